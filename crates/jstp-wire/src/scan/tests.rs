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

#[test]
fn plain_runs_end_where_they_should_at_any_length() {
    for length in 0..40 {
        for stop in [
            "'",
            "\\n'",
            "\n'",
            "\r'",
            "\u{1}'",
            "\"'",
            "é'",
            "\u{b}\u{b}'",
        ] {
            let text = format!("'{}{stop}", "x".repeat(length));
            let mut scanner = Scanner::new(&text);
            let is_broken = stop.starts_with(['\n', '\r']);
            assert_eq!(scanner.skip_string().is_err(), is_broken, "{text:?}");
            if !is_broken {
                assert_eq!(scanner.position(), text.len(), "{text:?}");
            }
        }
    }
}
