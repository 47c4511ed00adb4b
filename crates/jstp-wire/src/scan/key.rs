//! The names of members.

use super::string::{Discard, Sink};
use super::table::{self, NAME_PART, NAME_START};
use super::{Scanner, Str};
use crate::error::Result;
use crate::float;

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
