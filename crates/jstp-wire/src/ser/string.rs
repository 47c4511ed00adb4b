//! Strings and keys.

use crate::scan::is_bare_key;

/// What becomes of a byte in a string.
const PLAIN: u8 = 0;
/// Written as `\u00xx`.
const CONTROL: u8 = 1;
/// Perhaps the start of U+2028 or U+2029.
const SEPARATOR: u8 = 2;

/// For each byte one of the constants above, or the letter of its escape.
static ESCAPES: [u8; 256] = escapes();

const fn escapes() -> [u8; 256] {
    let mut escapes = [PLAIN; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escapes[byte] = CONTROL;
        byte += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x0c] = b'f';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes[b'\'' as usize] = b'\'';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes[0xe2] = SEPARATOR;
    escapes
}

/// Appends `key` as the name of a member: bare if it may be, else as a string.
#[inline]
pub(crate) fn write_key(out: &mut String, key: &str) {
    if is_bare_key(key) {
        out.push_str(key);
    } else {
        write_string(out, key);
    }
}

/// Appends `text` as a string.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('\'');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == PLAIN {
            continue;
        }
        let length = if escape == SEPARATOR {
            match bytes.get(at..at + 3) {
                Some([_, 0x80, 0xa8 | 0xa9]) => 3,
                _ => continue,
            }
        } else {
            1
        };
        // `start` and `at` are boundaries of characters.
        out.push_str(text.get(start..at).unwrap_or_default());
        write_escape(out, escape, text.get(at..at + length).unwrap_or_default());
        start = at + length;
    }
    out.push_str(text.get(start..).unwrap_or_default());
    out.push('\'');
}

#[cold]
fn write_escape(out: &mut String, escape: u8, escaped: &str) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push('\\');
    if !matches!(escape, CONTROL | SEPARATOR) {
        out.push(char::from(escape));
        return;
    }
    let code = escaped.chars().next().map_or(0, u32::from);
    out.push('u');
    for shift in [12, 8, 4, 0] {
        out.push(char::from(DIGITS[(code >> shift & 0xf) as usize]));
    }
}

#[cfg(test)]
mod tests {
    use super::{write_key, write_string};

    #[test]
    fn strings_are_quoted_and_escaped() {
        let examples = [
            ("", "''"),
            ("plain é 😀", "'plain é 😀'"),
            ("'\"\\", r#"'\'\"\\'"#),
            (
                "\u{8}\u{c}\n\r\t\u{b}\0\u{1f}\u{7f}",
                "'\\b\\f\\n\\r\\t\\u000b\\u0000\\u001f\u{7f}'",
            ),
            (
                "\u{2028}x\u{2029}\u{2027}\u{202a}",
                "'\\u2028x\\u2029\u{2027}\u{202a}'",
            ),
        ];
        for (text, expected) in examples {
            let mut out = String::new();
            write_string(&mut out, text);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn keys_are_bare_when_they_are_ascii_names() {
        let examples = [
            ("a1_$", "a1_$"),
            ("$", "$"),
            ("", "''"),
            ("1a", "'1a'"),
            ("a-b", "'a-b'"),
            ("é", "'é'"),
        ];
        for (key, expected) in examples {
            let mut out = String::new();
            write_key(&mut out, key);
            assert_eq!(out, expected);
        }
    }
}
