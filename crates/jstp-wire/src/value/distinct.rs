//! Whether names repeat.

use crate::object::NameSlice;
use crate::words;

/// More names are not looked at.
const MAX_NAMES: usize = 64;

/// A bit for each fingerprint, six bits long, that one of some names has.
#[derive(Clone, Copy, Default)]
pub(super) struct Fingerprints(u64);

impl Fingerprints {
    /// Adds that of `name`; whether it is new, so that the name is none of those before.
    pub(super) fn add(&mut self, name: &str) -> bool {
        let mark = 1 << fingerprint(name.as_bytes());
        let is_new = self.0 & mark == 0;
        self.0 |= mark;
        is_new
    }
}

/// Whether there are at most 64 names, none of which repeats.
///
/// A name is compared with those before it only if one of them has the same fingerprint.
pub(super) fn are_distinct(names: NameSlice<'_>) -> bool {
    let mut seen = Fingerprints::default();
    names.len() <= MAX_NAMES
        && names
            .iter()
            .enumerate()
            .all(|(at, name)| seen.add(name) || names.iter().take(at).all(|other| other != name))
}

/// A number below 64 that depends on the first and the last eight bytes and on the length.
fn fingerprint(name: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let last = name.last_chunk().unwrap_or(&[0; words::LENGTH]);
    let mixed = words::load(name) ^ u64::from_le_bytes(*last).rotate_left(29) ^ name.len() as u64;
    mixed.wrapping_mul(MULTIPLIER) >> 58
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::are_distinct;
    use crate::object::NameList;

    proptest! {
        #[test]
        fn names_are_distinct_if_as_many_remain_in_a_set(names in vec("[ab]{0,3}|[a-c]{7,9}|x{20,26}", 0..12)) {
            let set: HashSet<_> = names.iter().collect();
            let mut list = NameList::default();
            list.push("a");
            for name in &names {
                list.push(name);
            }
            prop_assert_eq!(are_distinct(list.tail(1)), set.len() == names.len());
        }
    }
}
