//! Reading values from text.

use super::Value;
use super::build::Builder;
use crate::error::Result;
use crate::number::Number;
use crate::scan::{Container, Scanner, Str, Visit};

/// Reads the value at the position, which may nest `max_depth` levels of containers.
///
/// Strings with escapes are decoded in `scratch`.
pub(crate) fn read(
    scanner: &mut Scanner<'_>,
    scratch: &mut String,
    max_depth: usize,
) -> Result<Value> {
    Builder::lend(|builder| scanner.walk(max_depth, &mut Reader { builder, scratch }))
}

struct Reader<'a> {
    builder: &'a mut Builder,
    scratch: &'a mut String,
}

impl Visit for Reader<'_> {
    #[inline]
    fn name(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        match scanner.key(self.scratch)? {
            Str::Borrowed(name) => self.builder.push_name(name),
            Str::Scratch => self.builder.push_name(self.scratch),
        }
        Ok(())
    }

    fn absent(&mut self) {
        self.builder.pop_name();
    }

    #[inline]
    fn scalar(&mut self, scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<()> {
        let value = match first {
            Some(b'\'' | b'"') => Value::String(match scanner.string(self.scratch)? {
                Str::Borrowed(text) => text.to_owned(),
                Str::Scratch => self.scratch.clone(),
            }),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N') => {
                Value::Number(Number::from(scanner.number()?))
            }
            _ => word(scanner, first)?,
        };
        self.builder.push(value);
        Ok(())
    }

    fn hole(&mut self) {
        self.builder.push(Value::Undefined);
    }

    #[inline]
    fn open(&mut self) {
        self.builder.open();
    }

    #[inline]
    fn close(&mut self, container: Container) {
        self.builder.close(container);
    }
}

fn word(scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<Value> {
    let (word, value) = match first {
        Some(b't') => ("true", Value::Bool(true)),
        Some(b'f') => ("false", Value::Bool(false)),
        Some(b'n') => ("null", Value::Null),
        Some(b'u') => ("undefined", Value::Undefined),
        _ => return Err(scanner.unexpected("expected a value")),
    };
    scanner.word(word)?;
    Ok(value)
}
