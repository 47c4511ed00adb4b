//! Where in a text something is wrong, shown to people.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How much of a long line is shown, in columns of the terminal.
const WIDTH: usize = 72;

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    /// In bytes.
    pub(crate) offset: usize,
}

impl Fault {
    /// What the reader of a text said of it.
    pub(crate) fn from_wire(error: &jstp_wire::Error) -> Self {
        Self {
            message: error.reason(),
            offset: error.offset().unwrap_or_default(),
        }
    }

    /// `name`, line and column, what is wrong, and the line with a caret under the place. Before `text` so
    /// many lines stand in what is called `name`.
    pub(crate) fn describe(&self, name: &str, text: &str, lines_before: usize) -> String {
        let place = Place::new(text, self.offset).below(lines_before);
        format!(
            "{name}:{}:{}: {}\n{}",
            place.line,
            place.column,
            self.message,
            place.excerpt()
        )
    }
}

/// A place in a text: its line and column, counted from 1, and how to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    /// In characters.
    pub(crate) column: usize,
    /// The part of the line that is shown, without control characters.
    shown: String,
    /// How many columns of the terminal stand before the place in `shown`.
    indent: usize,
}

impl Place {
    /// The place `offset` bytes into `text`.
    pub(crate) fn new(text: &str, offset: usize) -> Self {
        let offset = floor(text, offset);
        let (before, behind) = text.split_at(offset);
        let mut lines_before = before.split(is_line_end);
        let crlf = before.matches("\r\n").count();
        let line = lines_before.clone().count() - crlf;
        let head = lines_before.next_back().unwrap_or_default();
        let tail = behind.split(is_line_end).next().unwrap_or_default();
        let column = head.chars().count() + 1;
        let (shown, indent) = crop(head, tail);
        Self {
            line,
            column,
            shown,
            indent,
        }
    }

    /// The same place in a text before which `lines` lines stand.
    pub(crate) fn below(mut self, lines: usize) -> Self {
        self.line += lines;
        self
    }

    /// The line with a caret under the place, each line starting with a bar.
    pub(crate) fn excerpt(&self) -> String {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "{margin} |\n{number} | {}\n{margin} | {}^",
            self.shown,
            " ".repeat(self.indent)
        );
        out
    }
}

/// The offset of a part of `text` that was borrowed from it; the end of `text` for any other.
pub(crate) fn offset_of(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .checked_sub(text.as_ptr() as usize)
        .filter(|offset| offset.saturating_add(part.len()) <= text.len())
        .unwrap_or(text.len())
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// The nearest place at or before `offset` where a character starts.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}

/// Of a line in two parts, as much as fits, and the width of what is left of the first one.
fn crop(head: &str, tail: &str) -> (String, usize) {
    let mut shown = printable(head);
    if shown.width() > WIDTH * 2 / 3 {
        shown = format!("…{}", last_columns(&shown, WIDTH / 2));
    }
    let indent = shown.width();
    let room = WIDTH.saturating_sub(indent);
    let tail = printable(tail);
    let cut = first_columns(&tail, room);
    shown.push_str(cut);
    if cut.len() < tail.len() {
        shown.push('…');
    }
    (shown, indent)
}

fn first_columns(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let end = text.char_indices().find_map(|(at, c)| {
        width += c.width().unwrap_or(0);
        (width > columns).then_some(at)
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

fn last_columns(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let start = text.char_indices().rev().find_map(|(at, c)| {
        width += c.width().unwrap_or(0);
        (width > columns).then_some(at + c.len_utf8())
    });
    text.get(start.unwrap_or(0)..).unwrap_or(text)
}

/// Control characters, tabs too, become blanks: each takes one column.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_line_column_and_a_caret_under_it() {
        let text = "{\r\n\ta: 1,\n  b: }";
        let place = Place::new(text, text.find('}').unwrap());
        assert_eq!((place.line, place.column), (3, 6));
        assert_eq!(place.excerpt(), "  |\n3 |   b: }\n  |      ^");
        let place = Place::new(text, text.find('1').unwrap()).below(10);
        assert_eq!((place.line, place.column), (12, 5));
        assert_eq!(place.excerpt(), "   |\n12 |  a: 1,\n   |     ^");
    }

    #[test]
    fn a_fault_is_described_with_its_place() {
        let text = "{a: 1 b}";
        let error = jstp_wire::from_str::<jstp_wire::Value>(text).unwrap_err();
        assert_eq!(
            Fault::from_wire(&error).describe("file", text, 2),
            "file:3:7: expected `,` or `}`, found `b`\n  |\n3 | {a: 1 b}\n  |       ^"
        );
    }

    #[test]
    fn the_caret_stands_right_under_wide_characters_and_at_the_end() {
        let text = "['日本' 1";
        assert_eq!(
            Place::new(text, text.len()).excerpt(),
            format!("  |\n1 | {text}\n  | {}^", " ".repeat(9))
        );
        // Within a character: its start.
        assert_eq!(Place::new(text, 3).column, 3);
        assert_eq!(Place::new("", 5).excerpt(), "  |\n1 | \n  | ^");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let text = format!("[{}!{}]", "1,".repeat(500), "2,".repeat(500));
        let place = Place::new(&text, text.find('!').unwrap());
        assert_eq!(place.column, 1002);
        let excerpt = place.excerpt();
        let lines: Vec<_> = excerpt.lines().collect();
        assert!(lines[1].chars().count() < 90, "{excerpt}");
        let caret = lines[2].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[1].chars().nth(caret), Some('!'), "{excerpt}");
    }

    #[test]
    fn the_offset_of_a_part_is_found() {
        let text = "abcdef";
        assert_eq!(offset_of(text, &text[2..4]), 2);
        assert_eq!(offset_of(text, "elsewhere, and longer"), 6);
    }
}
