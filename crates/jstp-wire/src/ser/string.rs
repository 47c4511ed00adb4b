//! Strings and keys.

use super::escape::{separator_escape, write_escape};
use crate::scan::is_bare_key;
use crate::words;

/// Room for the brackets behind a text, without which a long one would be moved for the sake of one byte.
const CLOSING: usize = 14;

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
    // What closes the containers around it is behind it.
    out.reserve(text.len() + 2 + CLOSING);
    out.push('\'');
    let plain = plain_length(text.as_bytes());
    if plain == text.len() {
        out.push_str(text);
    } else {
        write_escaped(out, text, plain);
    }
    out.push('\'');
}

/// Appends `text`, of which so many bytes at the start need no look at their character.
#[inline(never)]
fn write_escaped(out: &mut String, text: &str, plain: usize) {
    let bytes = text.as_bytes();
    // Where the run starts that is not written yet, and up to where it is known.
    let (mut start, mut end) = (0, plain);
    while let Some(&byte) = bytes.get(end) {
        if byte.is_ascii() {
            push_run(out, text, start, end);
            write_escape(out, byte);
            end += 1;
            start = end;
        } else {
            // A character of three bytes; but for two of them they belong to the run.
            if let Some(escape) = separator_escape(bytes.get(end..)) {
                push_run(out, text, start, end);
                out.push_str(escape);
                start = end + 3;
            }
            end += 3;
        }
        end += plain_behind(bytes.get(end..).unwrap_or_default());
    }
    push_run(out, text, start, text.len());
}

/// Like [`plain_length`], behind something that was not plain: then there often is more of it near.
#[inline]
fn plain_behind(bytes: &[u8]) -> usize {
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    let stop = near.iter().position(|&byte| STOPS[usize::from(byte)]);
    stop.unwrap_or_else(|| {
        let far = bytes.get(near.len()..).unwrap_or_default();
        near.len() + words::unmarked_run(far, perhaps_escaped, is_perhaps_escaped)
    })
}

/// Appends what stands from `start` to `end`.
#[inline]
fn push_run(out: &mut String, text: &str, start: usize, end: usize) {
    if start < end {
        let rest = text.get(start..).unwrap_or_default();
        push_start(out, rest, end - start);
    }
}

/// So many bytes behind what was not plain are looked at one by one.
const NEAR: usize = 8;

/// How long what is copied without a call is.
pub(crate) const COPIED: usize = 16;

/// Appends the first `length` bytes of `text`. A block of a fixed size is copied without a call; what is too much of it
/// is cut off.
#[inline]
pub(crate) fn push_start(out: &mut String, text: &str, length: usize) {
    match text.get(..COPIED) {
        Some(block) if length <= COPIED => {
            let end = out.len() + length;
            out.push_str(block);
            out.truncate(end);
        }
        _ => out.push_str(text.get(..length).unwrap_or_default()),
    }
}

/// How many bytes at the start of `bytes` need no look at their character.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    match bytes.len() {
        // Faster than to gather a few bytes in a word.
        ..words::LENGTH => {
            let end = bytes.iter().position(|&byte| STOPS[usize::from(byte)]);
            end.unwrap_or(bytes.len())
        }
        words::LENGTH..words::BLOCK => words::unmarked(bytes, perhaps_escaped),
        words::BLOCK.. => words::unmarked_blocks(bytes, perhaps_escaped, is_perhaps_escaped),
    }
}

/// The bytes that [`perhaps_escaped`] marks.
static STOPS: [bool; 256] = stops();

const fn stops() -> [bool; 256] {
    let mut stops = [false; 256];
    let mut byte: u8 = 0;
    loop {
        stops[byte as usize] = is_perhaps_escaped(byte);
        if byte == u8::MAX {
            return stops;
        }
        byte += 1;
    }
}

/// The same of one byte.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches would keep the compiler from looking at many bytes at once"
)]
#[inline]
const fn is_perhaps_escaped(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'\'') | (byte == b'"') | (byte == b'\\') | (byte == 0xe2)
}

/// Marks the bytes that need an escape, and 0xE2, the first byte of U+2028 and U+2029.
#[inline]
const fn perhaps_escaped(word: u64) -> u64 {
    words::below(word, 0x20)
        | words::equal(word, b'\'')
        | words::equal(word, b'"')
        | words::equal(word, b'\\')
        | words::equal(word, 0xe2)
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

    /// Character by character.
    fn escaped(text: &str) -> String {
        let escape = |c| match c {
            '\'' | '"' | '\\' => format!("\\{c}"),
            '\n' => "\\n".to_owned(),
            ..' ' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        };
        format!("'{}'", text.chars().map(escape).collect::<String>())
    }

    #[test]
    fn what_stands_at_any_place_of_a_text_of_any_length_is_escaped() {
        for length in 0..140 {
            for place in 0..=length {
                for special in [
                    "'", "\"", "\\", "\n", "\u{1f}", "\u{2028}", "\u{2027}", "é", " ", "'\0'",
                ] {
                    let (before, behind) = ("x".repeat(place), "~".repeat(length - place));
                    let text = format!("{before}{special}{behind}");
                    let mut out = String::new();
                    write_string(&mut out, &text);
                    assert_eq!(out, escaped(&text));
                }
            }
        }
    }

    #[test]
    fn characters_that_begin_as_separators_do_stay_as_they_are_beside_escapes() {
        let parts = [
            "\u{2019}",
            "\u{2028}",
            "\n",
            "x",
            "\u{20ac}",
            "eight or more",
            "'",
            "\u{2029}",
        ];
        for first in parts {
            for second in parts {
                for third in parts {
                    let text = [first, second, third, second, first, third].concat();
                    let mut out = String::new();
                    write_string(&mut out, &text);
                    assert_eq!(out, escaped(&text));
                }
            }
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
