//! Where the keys of a large object are.

use std::hash::{BuildHasher, RandomState};

use crate::value::Value;

/// A slot without a member.
const EMPTY: usize = usize::MAX;

/// A hash table of positions, randomly keyed, so that nobody can choose keys that collide.
///
/// It knows no keys of its own: the members are passed in, always the same ones.
#[derive(Clone)]
pub(super) struct Index {
    hasher: RandomState,
    /// At least half of them empty; the length is a power of two.
    slots: Vec<usize>,
}

impl Index {
    pub(super) fn of(members: &[(String, Value)]) -> Self {
        let mut index = Self {
            hasher: RandomState::new(),
            slots: Vec::new(),
        };
        index.rebuild(members);
        index
    }

    pub(super) fn find(&self, key: &str, members: &[(String, Value)]) -> Option<usize> {
        self.probe(key).find_map(|(_, position)| {
            if position == EMPTY {
                return Some(None);
            }
            let (found, _) = members.get(position)?;
            (found == key).then_some(Some(position))
        })?
    }

    /// Adds the last of the members, whose key is new.
    pub(super) fn add_last(&mut self, members: &[(String, Value)]) {
        let Some((position, (key, _))) = members.iter().enumerate().next_back() else {
            return;
        };
        if members.len() > self.slots.len() / 2 {
            self.rebuild(members);
        } else {
            self.add(key, position);
        }
    }

    fn rebuild(&mut self, members: &[(String, Value)]) {
        let length = members.len().saturating_mul(4).next_power_of_two();
        self.slots.clear();
        self.slots.resize(length, EMPTY);
        for (position, (key, _)) in members.iter().enumerate() {
            self.add(key, position);
        }
    }

    fn add(&mut self, key: &str, position: usize) {
        let empty = self.probe(key).find(|&(_, found)| found == EMPTY);
        if let Some(slot) = empty.and_then(|(at, _)| self.slots.get_mut(at)) {
            *slot = position;
        }
    }

    /// The slots where `key` may be, in order, and what they hold.
    fn probe(&self, key: &str) -> impl Iterator<Item = (usize, usize)> {
        let mask = self.slots.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only low bits are used")]
        let start = self.hasher.hash_one(key) as usize & mask;
        let (before, behind) = self.slots.split_at_checked(start).unwrap_or_default();
        let behind = behind
            .iter()
            .enumerate()
            .map(move |(at, &slot)| (start + at, slot));
        behind.chain(before.iter().copied().enumerate())
    }
}
