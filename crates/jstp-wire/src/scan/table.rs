//! What each byte may be.

use crate::words;

/// ASCII white space.
pub(super) const SPACE: u8 = 1;
/// May begin or be white space or a comment.
pub(super) const GAP: u8 = 1 << 1;
/// An ASCII character that an identifier may start with.
pub(super) const NAME_START: u8 = 1 << 2;
/// An ASCII character that an identifier may contain.
pub(super) const NAME_PART: u8 = 1 << 3;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    loop {
        let mut class = 0;
        if matches!(byte, b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b' ') {
            class |= SPACE | GAP;
        }
        if byte == b'/' || byte >= 0x80 {
            class |= GAP;
        }
        if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') {
            class |= NAME_START | NAME_PART;
        }
        if byte.is_ascii_digit() {
            class |= NAME_PART;
        }
        classes[byte as usize] = class;
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

/// Whether `byte` is of one of the `classes`.
#[inline]
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASSES[usize::from(byte)] & classes != 0
}

/// Whether `key` is written without quotes: `[A-Za-z_$][A-Za-z0-9_$]*`.
#[inline]
pub(crate) fn is_bare_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes.first().is_some_and(|&first| is(first, NAME_START))
        && if bytes.len() < words::LENGTH {
            bytes.iter().all(|&byte| is(byte, NAME_PART))
        } else {
            words::unmarked(bytes, words::not_of_name) == bytes.len()
        }
}

/// Whether an identifier may start with `c`: ECMAScript's `IdentifierStart`.
pub(super) fn is_name_start(c: char) -> bool {
    if c.is_ascii() {
        return u8::try_from(c).is_ok_and(|byte| is(byte, NAME_START));
    }
    unicode_ident::is_xid_start(c)
        || is_lost_in_xid(c)
        || matches!(c, '\u{e33}' | '\u{eb3}' | '\u{ff9e}' | '\u{ff9f}')
}

/// Whether an identifier may contain `c`: ECMAScript's `IdentifierPart`.
pub(super) fn is_name_part(c: char) -> bool {
    if c.is_ascii() {
        return u8::try_from(c).is_ok_and(|byte| is(byte, NAME_PART));
    }
    unicode_ident::is_xid_continue(c) || is_lost_in_xid(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

/// The characters of `ID_Start` that are missing from the sets closed under normalization.
fn is_lost_in_xid(c: char) -> bool {
    matches!(
        c,
        '\u{37a}' | '\u{309b}' | '\u{309c}' | '\u{fc5e}'
            ..='\u{fc63}'
                | '\u{fdfa}'
                | '\u{fdfb}'
                | '\u{fe70}'
                | '\u{fe72}'
                | '\u{fe74}'
                | '\u{fe76}'
                | '\u{fe78}'
                | '\u{fe7a}'
                | '\u{fe7c}'
                | '\u{fe7e}'
    )
}
