//! Values over several lines: whether a command goes on, and how it looks on one line.

/// What a text of values looks like to somebody who types it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// A bracket, a text or a comment is still open.
    pub(super) is_unfinished: bool,
    /// The same values on one line, without comments. Line breaks within texts are written as escapes.
    pub(super) folded: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Values,
    Text(char),
    LineComment,
    BlockComment,
}

/// Looks through a text of values. What is wrong with it is not found here but by the parser.
pub(super) fn scan(text: &str) -> Scan {
    let mut folded = String::with_capacity(text.len());
    let mut place = Place::Values;
    let mut depth = 0_usize;
    let mut is_broken = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (place, c) {
            (Place::Values, '/') if chars.next_if_eq(&'/').is_some() => place = Place::LineComment,
            (Place::Values, '/') if chars.next_if_eq(&'*').is_some() => place = Place::BlockComment,
            (Place::LineComment | Place::Values, '\n') => {
                place = Place::Values;
                folded.push(' ');
            }
            (Place::BlockComment, '*') if chars.next_if_eq(&'/').is_some() => {
                place = Place::Values;
                folded.push(' ');
            }
            (Place::LineComment | Place::BlockComment, _) => {}
            (Place::Text(_), '\\') => {
                // A line break behind a backslash stands for nothing.
                if let Some(escaped) = chars.next()
                    && escaped != '\n'
                {
                    folded.extend(['\\', escaped]);
                }
            }
            (Place::Text(_), '\n') => folded.push_str("\\n"),
            (Place::Text(quote), _) => {
                if c == quote {
                    place = Place::Values;
                }
                folded.push(c);
            }
            (Place::Values, _) => {
                match c {
                    '\'' | '"' => place = Place::Text(c),
                    '[' | '{' => depth += 1,
                    ']' | '}' if depth > 0 => depth -= 1,
                    ']' | '}' => is_broken = true,
                    _ => {}
                }
                folded.push(c);
            }
        }
    }
    let is_open = depth > 0 || matches!(place, Place::Text(_) | Place::BlockComment);
    Scan {
        is_unfinished: is_open && !is_broken,
        folded: folded.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::scan;

    #[test]
    fn open_brackets_texts_and_comments_go_on() {
        for text in [
            "[1",
            "{a: {",
            "'abc",
            "\"it's",
            "1 /* not",
            "[1, // one",
            "'a\\",
        ] {
            assert!(scan(text).is_unfinished, "{text:?}");
        }
        for text in [
            "", "1, 'two'", "[1, '[']", "// it's", "\"it's\"", "{a: 1}}{", "'a\\'b'",
        ] {
            assert!(!scan(text).is_unfinished, "{text:?}");
        }
    }

    #[test]
    fn folded_text_stands_for_the_same_values() {
        let folded = |text| scan(text).folded;
        assert_eq!(folded("[1, // one\n 2]"), "[1,   2]");
        assert_eq!(folded("1 /* a\nb */, 2"), "1  , 2");
        assert_eq!(folded("'a\nb', \"c\\\nd\""), "'a\\nb', \"cd\"");
        assert_eq!(folded("'// no comment'"), "'// no comment'");
    }
}
