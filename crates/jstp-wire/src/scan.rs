//! The lexer: finds its way through text without building values.
//!
//! Everything that reads text works with a [`Scanner`]: the raw values of messages use it to find where
//! values end, the deserializer to decode them.

mod key;
mod number;
mod space;
mod string;
mod table;
#[cfg(test)]
mod tests;
mod walk;

use crate::error::{Error, Result};
use table::GAP;

pub(crate) use number::Num;
pub(crate) use string::Str;
pub(crate) use table::is_bare_key;
pub(crate) use walk::{Container, Visit};

/// A position in a text.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The byte at the position, if the text goes on.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// The character at the position.
    fn peek_char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The text from the position on.
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The bytes from the position on.
    #[inline]
    fn rest_bytes(&self) -> &'a [u8] {
        self.text
            .as_bytes()
            .get(self.position..)
            .unwrap_or_default()
    }

    /// Moves over one byte, which must be of an ASCII character.
    #[inline]
    pub(crate) fn bump(&mut self) {
        self.position += 1;
    }

    /// Moves over `byte`, an ASCII character, if it stands here.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.position += 1;
        }
        found
    }

    /// The text between two positions.
    #[inline]
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'a str {
        // Positions rest beside ASCII characters or after whole characters, so the slice exists.
        self.text.get(from..to).unwrap_or_default()
    }

    /// Moves over white space and comments; gives the byte of the token that follows.
    #[inline]
    pub(crate) fn token(&mut self) -> Result<Option<u8>> {
        self.skip_space()?;
        Ok(self.peek())
    }

    /// Moves to the next element or member, over a comma where it stands behind another one, or to `close`;
    /// gives the byte there. Anything else is an error: `expected` did not stand there.
    #[expect(
        clippy::inline_always,
        reason = "short, wherever elements are read one by one; the compiler would rather call it"
    )]
    #[inline(always)]
    pub(crate) fn next_token(
        &mut self,
        behind_value: bool,
        close: u8,
        expected: &'static str,
    ) -> Result<Option<u8>> {
        if behind_value {
            match self.peek() {
                Some(b',') => self.bump(),
                Some(byte) if byte == close => return Ok(Some(byte)),
                _ => return self.distant_token(close, expected),
            }
        }
        self.token()
    }

    fn distant_token(&mut self, close: u8, expected: &'static str) -> Result<Option<u8>> {
        match self.token()? {
            Some(b',') => {
                self.bump();
                self.token()
            }
            Some(byte) if byte == close => Ok(Some(byte)),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Moves over `word`, which consists of ASCII letters.
    pub(crate) fn word(&mut self, word: &'static str) -> Result<()> {
        let end = self.position.saturating_add(word.len());
        if self.text.as_bytes().get(self.position..end) != Some(word.as_bytes()) {
            return Err(self.unexpected("expected a value"));
        }
        self.position = end;
        Ok(())
    }

    /// Moves over the colon behind a key and the space around it; gives the first byte of the value.
    ///
    /// The two usual cases share nothing, so that the processor guesses which one it is. If the length of the
    /// space were calculated, all that follows would wait for it.
    #[inline]
    pub(crate) fn colon(&mut self) -> Result<Option<u8>> {
        match *self.rest_bytes() {
            [b':', b' ', first, ..] if !table::is(first, GAP) => {
                self.position += 2;
                Ok(Some(first))
            }
            [b':', first, ..] if !table::is(first, GAP) => {
                self.position += 1;
                Ok(Some(first))
            }
            _ => self.distant_colon(),
        }
    }

    fn distant_colon(&mut self) -> Result<Option<u8>> {
        if self.token()? != Some(b':') {
            return Err(self.unexpected("expected `:` after the member name"));
        }
        self.bump();
        self.token()
    }

    /// Checks that nothing but white space and comments follows.
    pub(crate) fn end(&mut self) -> Result<()> {
        match self.token()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected("expected the end of the text")),
        }
    }

    /// The error that something else was expected at the position.
    #[cold]
    pub(crate) fn unexpected(&self, expected: &'static str) -> Error {
        Error::unexpected(self.text, self.position, expected)
    }
}
