//! Reading values from text.

use super::Value;
use super::build::Builder;
use crate::error::Result;
use crate::number::Number;
use crate::scan::{Container, Scanner, Str, Visit};

/// Reads the value at the position, which may nest `max_depth` levels of containers, and hands it over.
///
/// Strings with escapes are decoded in `scratch`.
pub(crate) fn read(
    scanner: &mut Scanner<'_>,
    scratch: &mut String,
    max_depth: usize,
) -> Result<()> {
    Builder::lend(scanner.text(), |builder| {
        scanner.walk(max_depth, &mut Reader { builder, scratch })
    })
}

struct Reader<'a> {
    builder: &'a mut Builder,
    scratch: &'a mut String,
}

impl Visit for Reader<'_> {
    #[inline]
    fn name(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        match scanner.short_known_key(|name, length| self.builder.push_short_name(name, length)) {
            Some(true) => Ok(()),
            Some(false) => self.unknown_name(scanner),
            None => self.long_name(scanner),
        }
    }

    fn absent(&mut self) {
        self.builder.pop_name();
    }

    #[inline]
    fn scalar(&mut self, scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<()> {
        match first {
            Some(b'\'' | b'"') => match scanner.string(self.scratch)? {
                Str::Borrowed(text) => self.builder.push(Value::String(text.to_owned())),
                Str::Scratch => self.builder.push(Value::String(self.scratch.clone())),
            },
            Some(first @ (b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N')) => {
                let number = Number::from(scanner.short_number(first)?);
                self.builder.push(Value::Number(number));
            }
            _ => self.word(scanner, first)?,
        }
        Ok(())
    }

    fn hole(&mut self) {
        self.builder.push(Value::Undefined);
    }

    #[inline]
    fn open(&mut self, container: Container) {
        self.builder.open(container);
    }

    #[inline]
    fn close(&mut self) -> Option<Container> {
        self.builder.close()
    }
}

impl Reader<'_> {
    #[inline(never)]
    fn long_name(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        if scanner.known_key(|name, first| self.builder.push_known_name(name, first)) {
            return Ok(());
        }
        self.unknown_name(scanner)
    }

    #[inline(never)]
    fn unknown_name(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        match scanner.key(self.scratch)? {
            Str::Borrowed(name) => self.builder.push_name(name),
            Str::Scratch => self.builder.push_name(self.scratch),
        }
        Ok(())
    }

    /// Values are pushed where they are made: one that is returned is moved as a block, which waits for its parts.
    #[inline(never)]
    fn word(&mut self, scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<()> {
        match first {
            Some(b't') => {
                scanner.word("true")?;
                self.builder.push(Value::Bool(true));
            }
            Some(b'f') => {
                scanner.word("false")?;
                self.builder.push(Value::Bool(false));
            }
            Some(b'n') => {
                scanner.word("null")?;
                self.builder.push(Value::Null);
            }
            Some(b'u') => {
                scanner.word("undefined")?;
                self.builder.push(Value::Undefined);
            }
            _ => return Err(scanner.unexpected("expected a value")),
        }
        Ok(())
    }
}
