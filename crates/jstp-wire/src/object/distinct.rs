//! Whether names repeat.

use super::Member;
use crate::words;

/// Whether no two members have the same name.
///
/// A name is compared with those before it only if one of them has the same fingerprint of six bits.
pub(super) fn all(members: &[Member]) -> bool {
    let mut seen: u64 = 0;
    members.iter().enumerate().all(|(at, (key, _))| {
        let mark = 1 << fingerprint(key.as_bytes());
        let is_new = seen & mark == 0 || members.iter().take(at).all(|(other, _)| other != key);
        seen |= mark;
        is_new
    })
}

/// A number below 64 that depends on the first and the last eight bytes and on the length.
fn fingerprint(name: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let last = name.last_chunk().unwrap_or(&[0; words::LENGTH]);
    let mixed = words::load(name) ^ u64::from_le_bytes(*last).rotate_left(29) ^ name.len() as u64;
    (mixed.wrapping_mul(MULTIPLIER) >> 58) as u32
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::all;
    use crate::Value;

    proptest! {
        #[test]
        fn names_are_distinct_if_as_many_remain_in_a_set(names in vec("[ab]{0,3}|[a-c]{7,9}|x{20,26}", 0..12)) {
            let members: Vec<_> = names.iter().map(|name| (name.into(), Value::Null)).collect();
            let set = std::collections::HashSet::<_>::from_iter(&names);
            prop_assert_eq!(all(&members), set.len() == names.len());
        }
    }
}
