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

    /// Moves over the key at the position if it is a known identifier of at most eight bytes, with a colon or its
    /// quote right behind it; whether it is. None if it is longer, or stands at the end of the text.
    ///
    /// `is_known` is asked about the bytes before the first colon, or between quotes, with zeros behind them, and
    /// gets their number. They may be anything, as they need not be looked at once they are known.
    #[inline]
    pub(crate) fn short_known_key(
        &mut self,
        is_known: impl FnOnce(u64, usize) -> bool,
    ) -> Option<bool> {
        let (start, end) = self.key_ends();
        let bytes = self.text.as_bytes().get(self.position + start..)?;
        let (bytes, behind) = bytes.split_first_chunk()?;
        let word = u64::from_le_bytes(*bytes);
        let mask = words::same(word, words::repeat(end));
        let length = words::first(mask);
        let name = if mask != 0 {
            words::until(word, mask)
        } else if behind.first() == Some(&end) {
            word
        } else {
            return None;
        };
        let found = is_known(name, length);
        if found {
            self.position += start + length + start;
        }
        Some(found)
    }

    /// How many bytes are before the key at the position, and which one is behind it if it is usual.
    #[inline]
    fn key_ends(&self) -> (usize, u8) {
        match self.peek() {
            Some(quote @ (b'\'' | b'"')) => (1, quote),
            _ => (0, b':'),
        }
    }

    /// The same for a key of any length: `is_known` is asked about the bytes, and the first eight of them.
    #[inline]
    pub(crate) fn known_key(&mut self, is_known: impl FnOnce(&'a [u8], u64) -> bool) -> bool {
        let (start, end) = self.key_ends();
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
