//! The calls under way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

/// How many places an empty table keeps.
const KEPT_CAPACITY: usize = 256;

/// What a token waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// A call of a method.
    Call,
    /// An introspection of an interface.
    Inspect,
    /// A ping.
    Ping,
}

/// What is needed to make a call again.
#[derive(Debug, Clone)]
pub(crate) struct Resend {
    pub(crate) interface: Box<str>,
    pub(crate) method: Box<str>,
    pub(crate) args: Box<str>,
}

#[derive(Debug)]
pub(crate) struct CallEntry<C> {
    pub(crate) token: C,
    pub(crate) kind: CallKind,
    pub(crate) resend: Option<Box<Resend>>,
}

/// Calls by the absolute ids of their messages.
#[derive(Debug)]
pub(crate) struct Calls<C> {
    entries: HashMap<u64, CallEntry<C>, BuildHasherDefault<IdHasher>>,
}

impl<C> Calls<C> {
    pub(crate) fn new() -> Self {
        Self {
            entries: HashMap::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn insert(&mut self, id: u64, entry: CallEntry<C>) {
        self.entries.insert(id, entry);
    }

    pub(crate) fn remove(
        &mut self,
        id: u64,
        is_meant: impl FnOnce(&C) -> bool,
    ) -> Option<CallEntry<C>> {
        let entry = match self.entries.entry(id) {
            Entry::Occupied(entry) if is_meant(&entry.get().token) => entry.remove(),
            _ => return None,
        };
        self.shrink();
        Some(entry)
    }

    /// Removes an answered call, unless it waits for another kind of answer.
    pub(crate) fn answered(&mut self, id: u64, pong: bool) -> Option<CallEntry<C>> {
        let entry = match self.entries.entry(id) {
            Entry::Occupied(entry) if (entry.get().kind == CallKind::Ping) == pong => {
                entry.remove()
            }
            _ => return None,
        };
        self.shrink();
        Some(entry)
    }

    /// Takes out every call with an id up to `id`, oldest first.
    pub(crate) fn take_up_to(&mut self, id: u64) -> Vec<(u64, CallEntry<C>)> {
        let mut taken: Vec<_> = self.entries.extract_if(|&key, _| key <= id).collect();
        taken.sort_unstable_by_key(|&(key, _)| key);
        self.shrink();
        taken
    }

    /// A burst of calls must not keep its memory for the life of the connection.
    fn shrink(&mut self) {
        if self.entries.is_empty() && self.entries.capacity() > KEPT_CAPACITY {
            self.entries.shrink_to_fit();
        }
    }
}

/// Ids are small consecutive numbers of our own making: multiplying spreads them well enough.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
