//! Strings and the escapes in them.

use super::Scanner;
use crate::error::Result;
use crate::words;

/// A text that was read: as it stands in the message, or decoded into the scratch buffer.
#[derive(Debug)]
pub(crate) enum Str<'a> {
    Borrowed(&'a str),
    Scratch,
}

/// Where decoded text goes.
pub(super) trait Sink {
    fn push_run(&mut self, run: &str);
    fn push_char(&mut self, c: char);
}

impl Sink for String {
    fn push_run(&mut self, run: &str) {
        self.push_str(run);
    }

    fn push_char(&mut self, c: char) {
        self.push(c);
    }
}

/// Decoded text is not wanted.
pub(super) struct Discard;

impl Sink for Discard {
    fn push_run(&mut self, _: &str) {}
    fn push_char(&mut self, _: char) {}
}

impl<'a> Scanner<'a> {
    /// Reads the string whose opening quote stands at the position. `scratch` is overwritten if need be.
    #[inline]
    pub(crate) fn string(&mut self, scratch: &mut String) -> Result<Str<'a>> {
        let (start, quote) = self.open_string();
        self.skip_plain(quote);
        if self.peek() == Some(quote) {
            let text = self.slice(start, self.position);
            self.bump();
            return Ok(Str::Borrowed(text));
        }
        scratch.clear();
        self.decode_string(start, quote, scratch)?;
        Ok(Str::Scratch)
    }

    /// Moves over the string whose opening quote stands at the position.
    #[inline]
    pub(crate) fn skip_string(&mut self) -> Result<()> {
        let (start, quote) = self.open_string();
        self.skip_plain(quote);
        if self.peek() == Some(quote) {
            self.bump();
            return Ok(());
        }
        self.decode_string(start, quote, &mut Discard)
    }

    #[inline]
    fn open_string(&mut self) -> (usize, u8) {
        let quote = self.peek().unwrap_or(b'\'');
        self.bump();
        (self.position, quote)
    }

    /// Moves over characters that stand for themselves, to a quote, a backslash, a line end or the end.
    #[inline]
    fn skip_plain(&mut self, quote: u8) {
        let quotes = words::repeat(quote);
        let find = move |word| {
            words::same(word, quotes) | words::equal(word, b'\\') | words::below(word, b' ')
        };
        #[expect(
            clippy::needless_bitwise_bool,
            reason = "branches would keep the compiler from looking at many bytes at once"
        )]
        let is_marked = move |byte| (byte == quote) | (byte == b'\\') | (byte < b' ');
        loop {
            self.position += words::unmarked_run(self.rest_bytes(), find, is_marked);
            match self.peek() {
                // A control character.
                Some(byte @ ..b' ') if !matches!(byte, b'\n' | b'\r') => self.bump(),
                _ => return,
            }
        }
    }

    /// Reads the rest of a string that holds escapes: plain from `start` to the position.
    #[inline(never)]
    fn decode_string(&mut self, start: usize, quote: u8, sink: &mut impl Sink) -> Result<()> {
        let mut units = Units { sink, high: None };
        let mut run = start;
        loop {
            self.skip_plain(quote);
            units.run(self.slice(run, self.position));
            match self.peek() {
                Some(b'\\') => {
                    self.bump();
                    self.escape(&mut units)?;
                }
                Some(byte) if byte == quote => {
                    self.bump();
                    units.flush();
                    return Ok(());
                }
                _ => return Err(self.unexpected("expected the closing quote of a string")),
            }
            run = self.position;
        }
    }

    /// Reads an escape from the character after its backslash on.
    fn escape(&mut self, units: &mut Units<'_, impl Sink>) -> Result<()> {
        let Some(c) = self.peek_char() else {
            return Err(self.unexpected("expected an escape"));
        };
        let start = self.position;
        self.position += c.len_utf8();
        match c {
            'b' => units.char('\u{8}'),
            'f' => units.char('\u{c}'),
            'n' => units.char('\n'),
            'r' => units.char('\r'),
            't' => units.char('\t'),
            'v' => units.char('\u{b}'),
            'x' => units.unit(self.hex_digits(2)?),
            'u' => units.unit(self.unicode_escape()?),
            '0' if !matches!(self.peek(), Some(b'0'..=b'9')) => units.char('\0'),
            '0'..='9' => {
                self.position = start;
                return Err(self.unexpected("expected an escape that is not octal"));
            }
            // A line continuation adds nothing.
            '\n' | '\u{2028}' | '\u{2029}' => {}
            '\r' => _ = self.eat(b'\n'),
            other => units.char(other),
        }
        Ok(())
    }

    /// Reads `XXXX` or `{X…}`, the part of a Unicode escape after its `u`; at most 0x10FFFF.
    pub(super) fn unicode_escape(&mut self) -> Result<u32> {
        if !self.eat(b'{') {
            return self.hex_digits(4);
        }
        let start = self.position;
        let mut code: u32 = 0;
        while let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) {
            // Cannot overflow: the code was at most 0x10FFFF before.
            code = code * 16 + digit;
            if code > 0x10_ffff {
                self.position = start;
                return Err(self.unexpected("expected a code point up to 10FFFF"));
            }
            self.bump();
        }
        if self.position == start {
            return Err(self.unexpected("expected a hexadecimal digit"));
        }
        if !self.eat(b'}') {
            return Err(self.unexpected("expected a hexadecimal digit or `}`"));
        }
        Ok(code)
    }

    fn hex_digits(&mut self, count: usize) -> Result<u32> {
        let mut code = 0;
        for _ in 0..count {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("expected a hexadecimal digit"));
            };
            code = code * 16 + digit;
            self.bump();
        }
        Ok(code)
    }
}

/// Joins surrogates that were escaped one by one. One without its other half becomes U+FFFD.
struct Units<'s, S> {
    sink: &'s mut S,
    high: Option<u32>,
}

impl<S: Sink> Units<'_, S> {
    fn run(&mut self, run: &str) {
        if !run.is_empty() {
            self.flush();
            self.sink.push_run(run);
        }
    }

    fn char(&mut self, c: char) {
        self.flush();
        self.sink.push_char(c);
    }

    fn unit(&mut self, code: u32) {
        match (code, self.high) {
            (0xd800..=0xdbff, _) => {
                self.flush();
                self.high = Some(code);
            }
            (0xdc00..=0xdfff, Some(high)) => {
                self.high = None;
                let code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                self.sink
                    .push_char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => self.char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn flush(&mut self) {
        if self.high.take().is_some() {
            self.sink.push_char(char::REPLACEMENT_CHARACTER);
        }
    }
}
