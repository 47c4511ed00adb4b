//! Where the names of a large object are.

use std::hash::{BuildHasher, RandomState};

use super::names::NameList;

/// A slot without a member.
const EMPTY: usize = usize::MAX;

/// A hash table of positions, randomly keyed, so that nobody can choose names that collide.
///
/// It knows no names of its own: the list is passed in, always the same one.
#[derive(Clone, Debug)]
pub(super) struct Index {
    hasher: RandomState,
    /// At least half of them empty; the length is a power of two.
    slots: Vec<usize>,
}

impl Index {
    pub(super) fn of(names: &NameList) -> Self {
        let mut index = Self {
            hasher: RandomState::new(),
            slots: Vec::new(),
        };
        index.rebuild(names);
        index
    }

    pub(super) fn find(&self, name: &str, names: &NameList) -> Option<usize> {
        self.probe(name).find_map(|(_, position)| {
            if position == EMPTY {
                return Some(None);
            }
            (names.get(position)? == name).then_some(Some(position))
        })?
    }

    /// Adds the last of the names, which is new.
    pub(super) fn add_last(&mut self, names: &NameList) {
        let Some(last) = names.len().checked_sub(1) else {
            return;
        };
        if names.len() > self.slots.len() / 2 {
            self.rebuild(names);
        } else if let Some(name) = names.get(last) {
            self.add(name, last);
        }
    }

    fn rebuild(&mut self, names: &NameList) {
        let length = names.len().saturating_mul(4).next_power_of_two();
        self.slots.clear();
        self.slots.resize(length, EMPTY);
        for (position, name) in names.iter().enumerate() {
            self.add(name, position);
        }
    }

    fn add(&mut self, name: &str, position: usize) {
        let empty = self.probe(name).find(|&(_, found)| found == EMPTY);
        if let Some(slot) = empty.and_then(|(at, _)| self.slots.get_mut(at)) {
            *slot = position;
        }
    }

    /// The slots where `name` may be, in order, and what they hold.
    fn probe(&self, name: &str) -> impl Iterator<Item = (usize, usize)> {
        let mask = self.slots.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only low bits are used")]
        let start = self.hasher.hash_one(name) as usize & mask;
        let (before, behind) = self.slots.split_at_checked(start).unwrap_or_default();
        let behind = behind
            .iter()
            .enumerate()
            .map(move |(at, &slot)| (start + at, slot));
        behind.chain(before.iter().copied().enumerate())
    }
}
