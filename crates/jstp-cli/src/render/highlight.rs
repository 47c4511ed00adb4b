//! Colours for JSTP text and JSON.

use std::fmt::Write;

use anstyle::Style;

use crate::output::{DIM, KEY, NUMBER, TEXT, WORD};

/// Colours a text that this program has written: JSTP text or JSON without comments.
pub(crate) fn highlight(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (token, behind) = rest.split_at(length);
        // Writing to a string does not fail.
        let _ = match style_of(first, behind) {
            Some(style) => write!(out, "{style}{token}{style:#}"),
            None => write!(out, "{token}"),
        };
        rest = behind;
    }
    out
}

/// The length of the token that `text`, with this first character, starts with.
fn token_length(text: &str, first: char) -> usize {
    match first {
        '\'' | '"' => string_length(text, first),
        _ if is_word(first) => text.find(|c| !is_word(c)).unwrap_or(text.len()),
        _ => first.len_utf8(),
    }
}

fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Whether a character may stand in a number, a key or a word.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '-' | '+')
}

fn style_of(first: char, behind: &str) -> Option<Style> {
    let is_key = behind.starts_with(':');
    Some(match first {
        '{' | '}' | '[' | ']' | ',' | ':' => DIM,
        '\'' | '"' if !is_key => TEXT,
        '\'' | '"' => KEY,
        _ if !is_word(first) => return None,
        _ if is_key => KEY,
        '0'..='9' | '-' | '+' | '.' => NUMBER,
        _ => WORD,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The styles of the tokens, by letters.
    fn styles(text: &str) -> String {
        let mut colored = highlight(text);
        for (style, letter) in [
            (DIM, ""),
            (KEY, "k:"),
            (TEXT, "t:"),
            (NUMBER, "n:"),
            (WORD, "w:"),
        ] {
            colored = colored.replace(&format!("{style}"), letter);
        }
        colored.replace("\u{1b}[0m", "")
    }

    #[test]
    fn keys_texts_numbers_and_words_are_told_apart() {
        assert_eq!(
            styles("{a:'b:',\"c\": -1.5e+3,d:[true,NaN,,'\\'']}"),
            "{k:a:t:'b:',k:\"c\": n:-1.5e+3,k:d:[w:true,w:NaN,,t:'\\'']}"
        );
    }

    #[test]
    fn a_text_that_does_not_end_is_no_trouble() {
        assert_eq!(styles("'abc\\"), "t:'abc\\");
        assert_eq!(styles("ü'é"), "w:üt:'é");
    }
}
