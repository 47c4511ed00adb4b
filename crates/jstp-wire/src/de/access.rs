//! Arrays and objects.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::{Deserializer, key, undefined};
use crate::error::{Error, Result};
use crate::scan::Scanner;

/// The elements of the array behind whose opening bracket the deserializer stands.
pub(super) struct Elements<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    /// Whether the position is behind an element, before its comma.
    behind_element: bool,
    /// Whether the position is at the closing bracket.
    is_at_end: bool,
}

impl<'a, 'de> Elements<'a, 'de> {
    pub(super) fn new(de: &'a mut Deserializer<'de>) -> Self {
        Self {
            de,
            behind_element: false,
            is_at_end: false,
        }
    }

    /// Moves to the next element; its first byte, a comma for a hole, a bracket at the end.
    #[inline]
    fn advance(&mut self) -> Result<u8> {
        let scanner = &mut self.de.scanner;
        let next = scanner.next_token(self.behind_element, b']', "expected `,` or `]`")?;
        next.ok_or_else(|| scanner.unexpected("expected a value, `,` or `]`"))
    }

    /// Moves behind the closing bracket; more elements are an error.
    ///
    /// Not by value: what is moved as a block waits for the flags in it, which have just been written.
    #[inline]
    pub(super) fn end(&mut self) -> Result<()> {
        if !self.is_at_end && self.advance()? != b']' {
            return Err(self.de.scanner.unexpected("expected the end of the array"));
        }
        self.de.scanner.bump();
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        match self.advance()? {
            b']' => {
                self.is_at_end = true;
                Ok(None)
            }
            b',' => {
                let hole = self.de.scanner.position();
                let result = seed.deserialize(undefined::Deserializer);
                let value = self.de.located(hole, result)?;
                self.de.scanner.bump();
                self.behind_element = false;
                Ok(Some(value))
            }
            _ => {
                let value = seed.deserialize(&mut *self.de)?;
                self.behind_element = true;
                Ok(Some(value))
            }
        }
    }
}

/// The members of the object behind whose opening brace the deserializer stands.
pub(super) struct Members<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    /// Whether the position is behind a member, before its comma.
    behind_member: bool,
    /// Whether the position is at the closing brace.
    is_at_end: bool,
}

impl<'a, 'de> Members<'a, 'de> {
    pub(super) fn new(de: &'a mut Deserializer<'de>) -> Self {
        Self {
            de,
            behind_member: false,
            is_at_end: false,
        }
    }

    /// Moves to the next key; false at the closing brace.
    #[inline]
    fn advance(&mut self) -> Result<bool> {
        next_key(&mut self.de.scanner, self.behind_member)
    }

    /// Moves behind the closing brace; more members are an error, unless they are undefined.
    ///
    /// Not by value, as the end of an array.
    #[inline]
    pub(super) fn end(&mut self) -> Result<()> {
        while !self.is_at_end && self.advance()? {
            let key = self.de.scanner.position();
            self.de.scanner.skip_key()?;
            if self.de.scanner.colon()? != Some(b'u') {
                return Err(Error::unexpected(
                    self.de.scanner.text(),
                    key,
                    "expected the end of the object",
                ));
            }
            self.de.scanner.word("undefined")?;
            self.behind_member = true;
        }
        self.de.scanner.bump();
        Ok(())
    }
}

/// Moves from the opening brace or from behind a member to the next key; false at the closing brace.
#[inline]
pub(super) fn next_key(scanner: &mut Scanner<'_>, behind_member: bool) -> Result<bool> {
    let next = scanner.next_token(behind_member, b'}', "expected `,` or `}`")?;
    Ok(next != Some(b'}'))
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        while self.advance()? {
            let start = self.de.scanner.position();
            let key = self.de.scanner.key(&mut self.de.scratch)?;
            // A member that is undefined is absent, so the value decides whether there is a key.
            if self.de.scanner.colon()? == Some(b'u') {
                self.de.scanner.word("undefined")?;
                self.behind_member = true;
                continue;
            }
            let result = seed.deserialize(key::Deserializer {
                key,
                scratch: &self.de.scratch,
            });
            return self.de.located(start, result).map(Some);
        }
        self.is_at_end = true;
        Ok(None)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let value = seed.deserialize(&mut *self.de)?;
        self.behind_member = true;
        Ok(value)
    }
}
