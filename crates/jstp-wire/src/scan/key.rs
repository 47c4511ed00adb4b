//! The names of members.

use super::string::{Discard, Sink};
use super::table::{self, NAME_PART, NAME_START};
use super::{Scanner, Str};
use crate::error::Result;
use crate::float;
use crate::words;

const EXPECTED: &str = "expected a member name";

impl<'a> Scanner<'a> {
    /// Reads the key at the position. `scratch` is overwritten if need be.
    #[inline]
    pub(crate) fn key(&mut self, scratch: &mut String) -> Result<Str<'a>> {
        match self.peek() {
            Some(b'\'' | b'"') => self.string(scratch),
            Some(b'0'..=b'9' | b'.') => {
                let value = self.number()?.as_f64();
                scratch.clear();
                float::push_f64(scratch, value);
                Ok(Str::Scratch)
            }
            _ => {
                let start = self.position;
                if let Some(name) = self.ascii_name() {
                    return Ok(Str::Borrowed(name));
                }
                self.position = start;
                scratch.clear();
                self.decode_name(scratch)?;
                Ok(Str::Scratch)
            }
        }
    }

    /// Moves over the key at the position if it is a known identifier with a colon or its quote right behind it.
    ///
    /// `is_known` is asked about the bytes before the first colon, or between quotes, and gets the first eight of
    /// them as a word. They may be anything, as they need not be looked at once they are known.
    #[inline]
    pub(crate) fn known_key(&mut self, is_known: impl FnOnce(&'a [u8], u64) -> bool) -> bool {
        let (start, end) = match self.peek() {
            Some(quote @ (b'\'' | b'"')) => (1, quote),
            _ => (0, b':'),
        };
        let ends = words::repeat(end);
        let bytes = self.rest_bytes().get(start..).unwrap_or_default();
        let length = words::unmarked(bytes, |word| words::same(word, ends));
        let first = words::within(words::load(bytes), length);
        let name = bytes.get(..length).unwrap_or_default();
        let found = bytes.get(length) == Some(&end) && is_known(name, first);
        if found {
            self.position += start + length + start;
        }
        found
    }

    /// Moves over the key at the position.
    #[inline]
    pub(crate) fn skip_key(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'\'' | b'"') => self.skip_string(),
            Some(b'0'..=b'9' | b'.') => self.skip_number(),
            _ => {
                let start = self.position;
                if self.ascii_name().is_some() {
                    return Ok(());
                }
                self.position = start;
                self.decode_name(&mut Discard)
            }
        }
    }

    /// Reads an identifier that is all ASCII and without escapes.
    #[inline]
    fn ascii_name(&mut self) -> Option<&'a str> {
        let start = self.position;
        if !table::is(self.peek()?, NAME_START) {
            return None;
        }
        self.bump();
        while let Some(byte) = self.peek() {
            if table::is(byte, NAME_PART) {
                self.bump();
            } else if byte >= 0x80 || byte == b'\\' {
                return None;
            } else {
                break;
            }
        }
        Some(self.slice(start, self.position))
    }

    fn decode_name(&mut self, sink: &mut impl Sink) -> Result<()> {
        let mut is_allowed: fn(char) -> bool = table::is_name_start;
        let first = self.position;
        loop {
            let start = self.position;
            let c = if self.eat(b'\\') {
                if !self.eat(b'u') {
                    return Err(self.unexpected("expected `u` of an escape in a member name"));
                }
                let c = char::from_u32(self.unicode_escape()?).filter(|&c| is_allowed(c));
                let Some(c) = c else {
                    self.position = start;
                    return Err(self.unexpected("expected an escape of a letter"));
                };
                c
            } else {
                let Some(c) = self.peek_char().filter(|&c| is_allowed(c)) else {
                    break;
                };
                self.position += c.len_utf8();
                c
            };
            sink.push_char(c);
            is_allowed = table::is_name_part;
        }
        if self.position == first {
            Err(self.unexpected(EXPECTED))
        } else {
            Ok(())
        }
    }
}
