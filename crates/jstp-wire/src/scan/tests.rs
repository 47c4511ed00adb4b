use super::Scanner;
use super::table::{is_name_part, is_name_start};
use crate::{ErrorKind, RawValue};

#[test]
fn a_million_levels_are_an_error_and_no_overflow() {
    for opening in ["[", "{a:", "[{'':", "[,{\"x\":"] {
        let deep = opening.repeat(1_000_000);
        let kind = |max_depth| RawValue::parse(&deep, max_depth).map_err(|error| error.kind());
        assert_eq!(kind(128), Err(ErrorKind::TooDeep));
        assert_eq!(kind(usize::MAX), Err(ErrorKind::UnexpectedEnd));
    }
}

#[test]
fn mixed_nesting_is_told_apart_at_any_depth() {
    for depth in [1, 63, 64, 65, 127, 128, 129, 1000] {
        let openings = ["[", "{a:", "{'b c':"];
        let kinds: Vec<usize> = (0..depth)
            .map(|level| (level * level + level / 3) % 3)
            .collect();
        let mut text: String = kinds.iter().map(|&kind| openings[kind]).collect();
        text.push('1');
        text.extend(
            kinds
                .iter()
                .rev()
                .map(|&kind| if kind == 0 { ']' } else { '}' }),
        );
        assert!(RawValue::parse(&text, depth).is_ok(), "{text}");
        assert!(RawValue::parse(&text, depth - 1).is_err(), "{text}");
        // One closing bracket of the wrong kind.
        for (at, bracket) in text
            .char_indices()
            .filter(|(_, c)| matches!(c, ']' | '}'))
            .step_by(7)
        {
            let wrong = if bracket == ']' { "}" } else { "]" };
            let mut broken = text.clone();
            broken.replace_range(at..=at, wrong);
            assert!(RawValue::parse(&broken, depth).is_err(), "{broken}");
        }
    }
}

#[test]
fn names_follow_ecmascript_and_not_its_normalized_sets() {
    for c in [
        '$', '_', 'a', 'é', 'ж', '日', '𝒳', '\u{37a}', '\u{309b}', '\u{e33}', '\u{ff9e}', '℘', 'Ⅷ',
    ] {
        assert!(is_name_start(c), "{c:?}");
    }
    for c in [
        '0', '\u{200c}', '\u{200d}', '\u{301}', '·', '‿', '٣', '\u{309b}',
    ] {
        assert!(is_name_part(c), "{c:?}");
    }
    for c in ['0', '-', ' ', '\u{200c}', '€', '😀', '\u{301}', '²'] {
        assert!(!is_name_start(c), "{c:?}");
    }
    for c in [
        '-', '.', ' ', '\u{a0}', '²', '\u{ad}', '\u{2e2f}', '\u{fffd}',
    ] {
        assert!(!is_name_part(c), "{c:?}");
    }
}

/// Where the string behind the opening quote ends, byte by byte: behind its closing quote, or at a line end.
fn end_of_string(text: &str) -> Result<usize, usize> {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\'' => return Ok(at + 1),
            b'\n' | b'\r' => return Err(at),
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
    Err(text.len())
}

#[test]
fn strings_end_where_they_should_whatever_stands_at_any_place() {
    for length in 0..140 {
        for place in 0..=length {
            for stop in ["'", "\\n", "\n", "\r", "\t", "\u{1}", "\"", "é", ""] {
                let (before, behind) = ("x".repeat(place), "y".repeat(length - place));
                for text in [
                    format!("'{before}{stop}{behind}'"),
                    format!("'{before}{stop}{behind}', 'and more'"),
                ] {
                    let mut scanner = Scanner::new(&text);
                    let end = scanner.skip_string().map(|()| scanner.position());
                    let end = end.map_err(|_| scanner.position());
                    assert_eq!(end, end_of_string(&text), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn gaps_of_any_kind_and_length_end_at_the_token_behind_them() {
    let pieces = [
        "",
        " ",
        "\t\r\n",
        "\n   ",
        "\u{b}",
        "/**/",
        "/* 1 // */",
        "// 1\n",
        "//\u{2028}",
        "\u{a0}",
        "\u{feff}",
    ];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                let gap = format!("{first}{second}{third}");
                for text in [
                    format!("{gap}1"),
                    format!("{gap}'a b c d e f'"),
                    gap.clone(),
                ] {
                    let mut scanner = Scanner::new(&text);
                    assert!(scanner.skip_space().is_ok(), "{text:?}");
                    assert_eq!(scanner.position(), gap.len(), "{text:?}");
                }
            }
        }
    }
    for indent in 0..70 {
        for behind in ["", "1", "\"a\": 12345678901234567890"] {
            let text = format!("\n{}{behind}", " ".repeat(indent));
            let mut scanner = Scanner::new(&text);
            assert!(scanner.skip_space().is_ok(), "{text:?}");
            assert_eq!(scanner.position(), 1 + indent, "{text:?}");
        }
    }
}

#[test]
fn short_numbers_are_the_numbers_that_they_are_otherwise() {
    let numbers = [
        "1",
        "10",
        "999",
        "1234567",
        "12345678",
        "9999999999999999999",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1.5",
        "12.25e2",
        "1e3",
        "1.",
        "1.e",
        "9007199254740993.5",
        "0",
        "01",
        "0x1f",
        "-1",
        "-0",
        "-01",
        "+7",
        ".5",
        "-Infinity",
        "NaN",
        "1x",
        "1_0",
        "12a",
    ];
    for number in numbers {
        for behind in [
            "", ",", "]", "}", " ", ",1234567", "]}]}]}]}", " ,", ".", "e", "/**/", "\u{a0}",
        ] {
            let text = format!("{number}{behind}");
            let (mut long, mut short) = (Scanner::new(&text), Scanner::new(&text));
            let (expected, found) = (long.number(), short.short_number(text.as_bytes()[0]));
            let described = [expected, found].map(|number| format!("{number:?}"));
            assert_eq!(described[0], described[1], "{text}");
            assert_eq!(short.position(), long.position(), "{text}");
        }
    }
}
