//! Lists of names that a thread has met before.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::distinct;
use crate::object::{NameSlice, Names};
use crate::words;

/// How many lists are remembered, a power of two.
const SLOTS: usize = 256;
/// How many bytes the names of a list that is remembered have together, so that a thread keeps little.
const MAX_LENGTH: usize = 1024;

/// Remembers the names of objects, so that those of the next object are not copied again.
///
/// Messages have the same few names over and over. Each list has one place, where it takes that of another.
pub(super) struct KnownNames {
    slots: Vec<Option<Arc<Names>>>,
    /// Chosen at random, so that nobody can tell which lists want the same place.
    seed: u64,
}

impl Default for KnownNames {
    fn default() -> Self {
        Self {
            slots: vec![None; SLOTS],
            seed: RandomState::new().hash_one(()),
        }
    }
}

impl KnownNames {
    /// The names as an object keeps them; none if there are very many or one of them repeats.
    #[inline]
    pub(super) fn share(&mut self, names: NameSlice<'_>) -> Option<Arc<Names>> {
        let place = self.place(names.text());
        match self.slots.get(place) {
            Some(Some(known)) if *known.list() == names => Some(Arc::clone(known)),
            _ => self.learn(place, names),
        }
    }

    fn learn(&mut self, place: usize, names: NameSlice<'_>) -> Option<Arc<Names>> {
        if !distinct::are_distinct(names) {
            return None;
        }
        let new = Arc::new(Names::of(names.to_list()));
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Some(Arc::clone(&new));
        }
        Some(new)
    }

    /// Where names of this text are; beyond all places if they are too long.
    #[inline]
    fn place(&self, text: &str) -> usize {
        const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
        if text.len() > MAX_LENGTH {
            return usize::MAX;
        }
        let mut hash = self.seed ^ text.len() as u64;
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            hash = (hash ^ words::load(rest)).wrapping_mul(MULTIPLIER);
            hash ^= hash >> 32;
            rest = rest.get(words::LENGTH..).unwrap_or_default();
        }
        #[expect(clippy::cast_possible_truncation, reason = "only low bits are used")]
        let place = hash as usize % SLOTS;
        place
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{KnownNames, MAX_LENGTH, SLOTS};
    use crate::object::NameList;

    fn list(names: &[&str]) -> NameList {
        let mut list = NameList::default();
        for name in names {
            list.push(name);
        }
        list
    }

    #[test]
    fn equal_names_are_shared() {
        let mut known = KnownNames::default();
        let mut share = |names: &[&str]| known.share(list(names).tail(0));
        let first = share(&["a", "bc"]).unwrap();
        assert!(Arc::ptr_eq(&first, &share(&["a", "bc"]).unwrap()));
        assert_ne!(share(&["ab", "c"]).unwrap().list(), first.list());
        assert_ne!(share(&["abc"]).unwrap().list(), first.list());
        assert!(share(&["a", "a"]).is_none());
    }

    #[test]
    fn few_names_are_kept_and_no_long_ones() {
        let mut known = KnownNames::default();
        let long = "n".repeat(MAX_LENGTH + 1);
        let shared = known.share(list(&[&long]).tail(0)).unwrap();
        assert_eq!(Arc::strong_count(&shared), 1);
        let all: Vec<_> = (0..10 * SLOTS)
            .filter_map(|n| known.share(list(&[&n.to_string()]).tail(0)))
            .collect();
        let kept = all.iter().filter(|names| Arc::strong_count(names) > 1);
        assert!(kept.count() <= SLOTS);
    }
}
