//! Strings and keys.

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
    let mut rest = text;
    loop {
        // What ends a plain run is an ASCII character or the start of another one, so that both halves exist.
        let plain = plain_length(rest.as_bytes());
        let (run, behind) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.push_str(run);
        let mut behind = behind.chars();
        match behind.next() {
            Some(c) => write_char(out, c),
            None => break,
        }
        rest = behind.as_str();
    }
    out.push('\'');
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

/// Appends `c`, with an escape if it needs one.
fn write_char(out: &mut String, c: char) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let letter = match c {
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\'' | '"' | '\\' => c,
        ..'\u{20}' | '\u{2028}' | '\u{2029}' => 'u',
        _ => return out.push(c),
    };
    out.push('\\');
    out.push(letter);
    if letter == 'u' {
        let code = u32::from(c);
        for shift in [12, 8, 4, 0] {
            out.push(char::from(DIGITS[(code >> shift & 0xf) as usize]));
        }
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
