//! Moving over whole values, checking them on the way.

use super::Scanner;
use crate::error::{Error, Result};

/// The containers around a position: a bit for each level, set for objects.
///
/// The innermost 64 levels are in `bits`; more go to `outer`, which allocates only then.
struct Nesting {
    bits: u64,
    outer: Vec<u64>,
    depth: usize,
}

impl Nesting {
    fn push(&mut self, is_object: bool) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(is_object);
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    fn is_object(&self) -> bool {
        self.bits & 1 != 0
    }
}

impl Scanner<'_> {
    /// Moves over the value at the position, which may nest `max_depth` levels of containers.
    pub(crate) fn skip_value(&mut self, max_depth: usize) -> Result<()> {
        let mut nesting = Nesting {
            bits: 0,
            outer: Vec::new(),
            depth: 0,
        };
        loop {
            let mut opened = false;
            match self.peek() {
                Some(byte @ (b'{' | b'[')) => {
                    if nesting.depth >= max_depth {
                        return Err(Error::too_deep(self.text, self.position, max_depth));
                    }
                    self.bump();
                    nesting.push(byte == b'{');
                    opened = true;
                }
                _ => self.skip_scalar()?,
            }
            if self.leave_containers(&mut nesting, opened)? {
                return Ok(());
            }
        }
    }

    /// Goes on to the next value, leaving the containers that end; whether that was all.
    ///
    /// `opened` tells that the position is behind an opening bracket and not behind a value.
    #[inline]
    fn leave_containers(&mut self, nesting: &mut Nesting, mut opened: bool) -> Result<bool> {
        while nesting.depth != 0 {
            let left = if nesting.is_object() {
                !self.next_member(opened)?
            } else {
                !self.next_element(opened)?
            };
            if !left {
                return Ok(false);
            }
            nesting.pop();
            opened = false;
        }
        Ok(true)
    }

    /// Moves to the value of the next member; false if it moved over the closing brace instead.
    #[inline]
    fn next_member(&mut self, opened: bool) -> Result<bool> {
        if !opened && self.token()? == Some(b',') {
            self.bump();
        } else if !opened && self.peek() != Some(b'}') {
            return Err(self.unexpected("expected `,` or `}`"));
        }
        if self.token()? == Some(b'}') {
            self.bump();
            return Ok(false);
        }
        self.skip_key()?;
        self.colon()?;
        Ok(true)
    }

    /// Moves over holes to the next element; false if it moved over the closing bracket instead.
    #[inline]
    fn next_element(&mut self, opened: bool) -> Result<bool> {
        if !opened && self.token()? == Some(b',') {
            self.bump();
        } else if !opened && self.peek() != Some(b']') {
            return Err(self.unexpected("expected `,` or `]`"));
        }
        loop {
            match self.token()? {
                Some(b',') => self.bump(),
                Some(b']') => {
                    self.bump();
                    return Ok(false);
                }
                _ => return Ok(true),
            }
        }
    }

    /// Moves over a value that is no container.
    #[inline]
    pub(crate) fn skip_scalar(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'\'' | b'"') => self.skip_string(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N') => self.skip_number(),
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'u') => self.word("undefined"),
            _ => Err(self.unexpected("expected a value")),
        }
    }
}
