//! Text looked at many bytes at a time.
//!
//! A word holds eight bytes, the first one lowest. A *mask* marks some of them by their high bits. Marks
//! behind the first one may be wrong, because the subtractions borrow; the first one, and that there is none,
//! is exact.

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// How many bytes a word holds.
pub(crate) const LENGTH: usize = 8;

/// How many bytes are looked at at once in long runs.
pub(crate) const BLOCK: usize = 64;

/// Runs that end within so many words, as most do, end there.
const WORDS_BEFORE_BLOCKS: usize = 4;

/// The two words that `bytes` are.
#[inline]
pub(crate) fn pair(bytes: &[u8; 2 * LENGTH]) -> (u64, u64) {
    let (words, _) = bytes.as_chunks();
    let word = |at: usize| words.get(at).map_or(0, |&word| u64::from_le_bytes(word));
    (word(0), word(1))
}

/// A word of eight times the same byte.
#[inline]
pub(crate) const fn repeat(byte: u8) -> u64 {
    ONES * byte as u64
}

/// The first bytes of `bytes`, at most eight of them, zeros behind them.
#[inline]
pub(crate) fn load(bytes: &[u8]) -> u64 {
    if let Some(chunk) = bytes.first_chunk::<LENGTH>() {
        return u64::from_le_bytes(*chunk);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // Where the two overlap, they are equal.
        let [first, last] = [first, last].map(|chunk| u64::from(u32::from_le_bytes(*chunk)));
        return first | last << (8 * (bytes.len() - 4));
    }
    bytes
        .iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// Marks the bytes that are `byte`.
#[inline]
pub(crate) const fn equal(word: u64, byte: u8) -> u64 {
    let differences = word ^ repeat(byte);
    // The high bits of both are the same for ASCII, and those of the word serve several searches.
    let highs = if byte.is_ascii() { word } else { differences };
    differences.wrapping_sub(ONES) & !highs & HIGHS
}

/// Marks the bytes that are the ASCII character that `repeated` repeats.
#[inline]
pub(crate) const fn same(word: u64, repeated: u64) -> u64 {
    (word ^ repeated).wrapping_sub(ONES) & !word & HIGHS
}

/// Marks the bytes below `bound`, which is at most 0x80.
#[inline]
pub(crate) const fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(repeat(bound)) & !word & HIGHS
}

/// Marks, exactly, the bytes that are none of `[A-Za-z0-9_$]`.
#[inline]
pub(crate) const fn not_of_name(word: u64) -> u64 {
    const fn between(ascii: u64, first: u8, last: u8) -> u64 {
        // Below 0x80 nothing is carried from one byte to the next.
        (ascii + repeat(0x80 - first)) & !(ascii + repeat(0x7f - last))
    }
    let ascii = word & !HIGHS;
    let of_name = between(ascii | repeat(0x20), b'a', b'z')
        | between(ascii, b'0', b'9')
        | between(ascii, b'_', b'_')
        | between(ascii, b'$', b'$');
    (word | !of_name) & HIGHS
}

/// Marks the bytes that are no decimal digits.
#[inline]
pub(crate) const fn not_digit(word: u64) -> u64 {
    (word.wrapping_add(repeat(0x7f - b'9')) | word.wrapping_sub(repeat(b'0'))) & HIGHS
}

/// The number that the eight decimal digits in `word` are; of a byte only the low half matters.
#[inline]
pub(crate) const fn decimal(word: u64) -> u64 {
    const PAIRS: u64 = 0xff_0000_00ff;
    let digits = word & repeat(0x0f);
    let pairs = digits * 10 + (digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul((1_000_000 << 32) + 100);
    let second = (pairs >> 16 & PAIRS).wrapping_mul((10_000 << 32) + 1);
    first.wrapping_add(second) >> 32
}

/// The bytes before the first mark, which there must be, moved to the end of the word; zeros before them.
#[inline]
pub(crate) const fn before(word: u64, mask: u64) -> u64 {
    word << (63 - mask.trailing_zeros() % 64) << 8
}

/// The bytes before the first mark, which there must be; zeros instead of those behind them.
#[inline]
pub(crate) const fn until(word: u64, mask: u64) -> u64 {
    word & ((mask & mask.wrapping_neg()) >> 7).wrapping_sub(1)
}

/// The place of the first mark, 8 if there is none.
#[inline]
pub(crate) const fn first(mask: u64) -> usize {
    mask.trailing_zeros() as usize / 8
}

/// The word or mask without the bytes or marks from the place `count` on.
#[inline]
pub(crate) const fn within(word: u64, count: usize) -> u64 {
    if count < LENGTH {
        word & !(u64::MAX << (8 * count))
    } else {
        word
    }
}

/// How many spaces there are at the start of `bytes`.
#[inline]
pub(crate) fn spaces(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((chunk, behind)) = rest.split_first_chunk::<LENGTH>() {
        let others = u64::from_le_bytes(*chunk) ^ repeat(b' ');
        if others != 0 {
            return bytes.len() - rest.len() + first(others);
        }
        rest = behind;
    }
    let last = rest.iter().take_while(|&&byte| byte == b' ').count();
    bytes.len() - rest.len() + last
}

/// How many bytes at the start of `bytes` are not marked by `find`; `is_marked` tells of a byte whether it is.
///
/// Nearly as fast as [`unmarked`] for short runs, and several times as fast for long ones.
#[inline]
pub(crate) fn unmarked_run(
    bytes: &[u8],
    find: impl Fn(u64) -> u64,
    is_marked: impl Fn(u8) -> bool,
) -> usize {
    let mut rest = bytes;
    for _ in 0..WORDS_BEFORE_BLOCKS {
        let Some((chunk, behind)) = rest.split_first_chunk::<LENGTH>() else {
            let Some(last) = bytes.last_chunk::<LENGTH>() else {
                break;
            };
            // A short string is often the last thing in a message. See `unmarked` for those looked at before.
            return bytes.len() - LENGTH + first(find(u64::from_le_bytes(*last)));
        };
        let mask = find(u64::from_le_bytes(*chunk));
        if mask != 0 {
            return bytes.len() - rest.len() + first(mask);
        }
        rest = behind;
    }
    bytes.len() - rest.len() + unmarked_blocks(rest, find, is_marked)
}

/// The same by whole blocks, as far as there are any.
///
/// Nothing within a block ends its loop, so that the compiler looks at many bytes in one instruction. Not
/// inlined, so that what is inlined for short runs is short.
#[inline(never)]
pub(crate) fn unmarked_blocks(
    bytes: &[u8],
    find: impl Fn(u64) -> u64,
    is_marked: impl Fn(u8) -> bool,
) -> usize {
    let any = |block: &[u8; BLOCK]| block.iter().fold(false, |any, &byte| any | is_marked(byte));
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let plain = BLOCK * blocks.iter().take_while(|block| !any(block)).count();
    plain + unmarked(bytes.get(plain..).unwrap_or_default(), find)
}

/// How many bytes at the start of `bytes` are not marked by `find`.
#[inline]
pub(crate) fn unmarked(bytes: &[u8], find: impl Fn(u64) -> u64) -> usize {
    let mut rest = bytes;
    while let Some((chunk, behind)) = rest.split_first_chunk::<LENGTH>() {
        let mask = find(u64::from_le_bytes(*chunk));
        if mask != 0 {
            return bytes.len() - rest.len() + first(mask);
        }
        rest = behind;
    }
    if rest.is_empty() {
        return bytes.len();
    }
    if let Some(chunk) = bytes.last_chunk::<LENGTH>() {
        // Of the last eight bytes those that have been looked at before are not marked.
        return bytes.len() - LENGTH + first(find(u64::from_le_bytes(*chunk)));
    }
    first(within(find(load(bytes)), bytes.len())).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{
        before, below, decimal, equal, load, not_digit, not_of_name, repeat, same, unmarked,
        unmarked_blocks, unmarked_run,
    };

    fn is_of_name(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
    }

    #[test]
    fn every_byte_is_marked_rightly_in_every_place() {
        for byte in 0..=u8::MAX {
            for filler in [b'a', 0x7f, 0x80, 0xff] {
                for place in 0..8 {
                    let mut bytes = [filler; 8];
                    bytes[place] = byte;
                    let word = load(&bytes);
                    let mark = |is_marked: bool| u64::from(is_marked) << (8 * place + 7);
                    assert_eq!(equal(word, b'\''), mark(byte == b'\''), "{bytes:?}");
                    assert_eq!(same(word, repeat(b'"')), mark(byte == b'"'), "{bytes:?}");
                    assert_eq!(below(word, b' '), mark(byte < b' '), "{bytes:?}");
                    let digits = load(&bytes.map(|byte| if byte == filler { b'0' } else { byte }));
                    let is_digit = byte == filler || byte.is_ascii_digit();
                    assert_eq!(
                        unmarked(&bytes[place..=place], not_digit) == 1,
                        byte.is_ascii_digit()
                    );
                    assert_eq!(not_digit(digits) == 0, is_digit, "{bytes:?}");
                    if filler == b'a' {
                        assert_eq!(not_of_name(word), mark(!is_of_name(byte)), "{bytes:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn runs_of_any_length_end_at_the_mark_whatever_stands_around_it() {
        let find = |word| equal(word, b'\'') | equal(word, 0xe2) | below(word, b' ');
        let is_marked = |byte| byte == b'\'' || byte == 0xe2 || byte < b' ';
        for length in 0..200 {
            for filler in [b'a', b'&', b' ', b'(', 0x80, 0xe1, 0xff] {
                let mut bytes = vec![filler; length];
                for place in (0..length).rev() {
                    for mark in [0, b'\n', 0x1f, b'\'', 0xe2] {
                        bytes[place] = mark;
                        assert_eq!(unmarked_run(&bytes, find, is_marked), place, "{bytes:?}");
                        assert_eq!(unmarked_blocks(&bytes, find, is_marked), place, "{bytes:?}");
                    }
                }
                bytes.fill(filler);
                assert_eq!(unmarked_run(&bytes, find, is_marked), length, "{bytes:?}");
                assert_eq!(
                    unmarked_blocks(&bytes, find, is_marked),
                    length,
                    "{bytes:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn the_unmarked_length_is_that_of_a_search_byte_by_byte(
            bytes in vec(prop_oneof![Just(b'a'), Just(b'$'), Just(b'\''), Just(b'&'), any::<u8>()], 0..40),
        ) {
            let length = |is_marked: fn(u8) -> bool| {
                bytes.iter().position(|&byte| is_marked(byte)).unwrap_or(bytes.len())
            };
            prop_assert_eq!(unmarked(&bytes, |word| equal(word, b'\'')), length(|byte| byte == b'\''));
            prop_assert_eq!(unmarked(&bytes, |word| below(word, b'\'')), length(|byte| byte < b'\''));
            prop_assert_eq!(unmarked(&bytes, not_of_name), length(|byte| !is_of_name(byte)));
            prop_assert_eq!(unmarked(&bytes, not_digit), length(|byte| !byte.is_ascii_digit()));
        }

        #[test]
        fn digits_have_the_value_that_they_have_one_by_one(digits in "[0-9]{0,8}", behind: [u8; 8]) {
            let bytes = [digits.as_bytes(), b"x", &behind].concat();
            let word = load(&bytes);
            let value = match not_digit(word) {
                0 => decimal(word),
                mask => decimal(before(word, mask)),
            };
            prop_assert_eq!(value, if digits.is_empty() { 0 } else { digits.parse().unwrap() });
        }
    }
}
