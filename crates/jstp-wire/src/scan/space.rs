//! White space and comments.

use super::Scanner;
use super::table::{self, GAP, SPACE};
use crate::error::{Error, ErrorKind, Result};
use crate::words;

impl Scanner<'_> {
    /// Moves over white space and comments.
    #[inline]
    pub(crate) fn skip_space(&mut self) -> Result<()> {
        match self.peek() {
            Some(byte) if table::is(byte, GAP) => self.skip_gap(),
            _ => Ok(()),
        }
    }

    /// Does so where there may be some: most often a line end with a long indent behind it.
    fn skip_gap(&mut self) -> Result<()> {
        self.skip_ascii_space();
        match self.peek() {
            Some(b'/' | 0x80..) => self.skip_long_gap(),
            _ => Ok(()),
        }
    }

    #[inline]
    fn skip_ascii_space(&mut self) {
        while let Some(byte) = self.peek()
            && table::is(byte, SPACE)
        {
            self.bump();
            self.position += words::spaces(self.rest_bytes());
        }
    }

    /// Moves over white space and comments of any kind.
    #[cold]
    #[inline(never)]
    fn skip_long_gap(&mut self) -> Result<()> {
        loop {
            match self.peek_char() {
                Some('/') => self.skip_comment()?,
                Some(c) if is_wide_space(c) => self.position += c.len_utf8(),
                _ => return Ok(()),
            }
            self.skip_ascii_space();
        }
    }

    fn skip_comment(&mut self) -> Result<()> {
        let rest = self.rest().as_bytes();
        match rest.get(1) {
            Some(b'/') => self.skip_line_comment(),
            Some(b'*') => {
                let body = rest.get(2..).unwrap_or_default();
                let Some(length) = memchr::memmem::find(body, b"*/") else {
                    let message = "a comment without an end";
                    return Err(Error::at(
                        ErrorKind::UnexpectedEnd,
                        self.text,
                        self.position,
                        message,
                    ));
                };
                self.position += length + 4;
            }
            _ => return Err(self.unexpected("expected a value or a comment")),
        }
        Ok(())
    }

    /// Moves to the end of the line, be it LF, CR, U+2028 or U+2029.
    fn skip_line_comment(&mut self) {
        loop {
            let rest = self.rest().as_bytes();
            // 0xE2 is the first byte of U+2028 and U+2029.
            let Some(length) = memchr::memchr3(b'\n', b'\r', 0xe2, rest) else {
                self.position = self.text.len();
                return;
            };
            self.position += length;
            match self.peek_char() {
                Some(c @ ('\u{2028}' | '\u{2029}' | '\n' | '\r')) => {
                    self.position += c.len_utf8();
                    return;
                }
                c => self.position += c.map_or(0, char::len_utf8),
            }
        }
    }
}

/// The white space and line terminators of ECMAScript outside ASCII.
fn is_wide_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202f}'
                | '\u{205f}'
                | '\u{3000}'
                | '\u{feff}'
    )
}
