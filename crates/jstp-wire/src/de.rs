//! Reading text into values of any type.

mod access;
mod integer;
mod key;
mod serde_impl;
#[cfg(test)]
mod tests;
mod undefined;
mod variant;

use serde::de::{self, Deserialize, Unexpected, Visitor};

use crate::base64;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::DEFAULT_MAX_DEPTH;
use crate::scan::{Num, Scanner, Str};
use crate::value;

/// Reads one value from `text`.
///
/// White space and comments may stand around it, nothing else. Strings without escapes can be borrowed.
///
/// # Errors
///
/// The text breaks the grammar, nests deeper than [`DEFAULT_MAX_DEPTH`] levels or does not fit `T`; see
/// [`Error`].
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Point<'a> {
///     x: f64,
///     label: &'a str,
/// }
///
/// let point: Point = jstp_wire::from_str("{x: .5, label: 'here', color: 'red'}")?;
/// assert_eq!((point.x, point.label), (0.5, "here"));
/// # Ok::<_, jstp_wire::Error>(())
/// ```
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T> {
    let mut deserializer = Deserializer::new(text);
    // Written to its place at once.
    let mut result = T::deserialize(&mut deserializer);
    if result.is_ok()
        && let Err(error) = deserializer.end()
    {
        result = Err(error);
    }
    result
}

/// Reads one value from `bytes`, which must be UTF-8; see [`from_str`].
///
/// # Errors
///
/// Those of [`from_str`], and [`ErrorKind::InvalidUtf8`].
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T> {
    match std::str::from_utf8(bytes) {
        Ok(text) => from_str(text),
        Err(error) => Err(Error::invalid_utf8(bytes, error.valid_up_to())),
    }
}

/// A serde deserializer of the text format, straight from the text.
///
/// * `undefined` and `null` are both `None` and `()`; a member that is `undefined` counts as absent.
/// * Integers are taken from any number whose value is an integer in range: `10`, `0xa`, `1e1`.
/// * Enums are texts (unit variants) or objects of one member, as in `serde_json`.
/// * Bytes are read from base64 text.
/// * Members that a struct does not know are skipped.
#[derive(Debug)]
pub struct Deserializer<'de> {
    scanner: Scanner<'de>,
    /// Decoded strings, until they are visited.
    scratch: String,
    /// How many levels may still be opened.
    remaining_depth: usize,
    max_depth: usize,
}

impl<'de> Deserializer<'de> {
    /// A deserializer of `text`, with the nesting limited to [`DEFAULT_MAX_DEPTH`].
    pub fn new(text: &'de str) -> Self {
        Self {
            scanner: Scanner::new(text),
            scratch: String::new(),
            remaining_depth: DEFAULT_MAX_DEPTH,
            max_depth: DEFAULT_MAX_DEPTH,
        }
    }

    /// The same, but with nesting up to `max_depth` levels.
    ///
    /// Each level costs stack where values are built, up to some kilobytes in builds without optimization.
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: usize) -> Self {
        self.remaining_depth = max_depth;
        self.max_depth = max_depth;
        self
    }

    /// Checks that nothing but white space and comments follows the value that was read.
    ///
    /// # Errors
    ///
    /// Something else follows.
    pub fn end(&mut self) -> Result<()> {
        self.scanner.end()
    }

    /// Calls `read` one level deeper.
    #[inline]
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let Some(remaining) = self.remaining_depth.checked_sub(1) else {
            let position = self.scanner.position();
            return Err(Error::too_deep(
                self.scanner.text(),
                position,
                self.max_depth,
            ));
        };
        self.remaining_depth = remaining;
        let result = read(self);
        self.remaining_depth = remaining + 1;
        result
    }

    /// Gives errors that came from a visitor the position `start`.
    #[inline]
    fn located<T>(&self, start: usize, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.or_at(self.scanner.text(), start))
    }

    /// Reads the array at the position.
    #[inline]
    fn array<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.scanner.position();
        let result = self.nested(|this| {
            this.scanner.bump();
            let mut elements = access::Elements::new(this);
            let value = visitor.visit_seq(&mut elements)?;
            elements.end()?;
            Ok(value)
        });
        self.located(start, result)
    }

    /// Reads the object at the position.
    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.scanner.position();
        let result = self.nested(|this| {
            this.scanner.bump();
            let mut members = access::Members::new(this);
            let value = visitor.visit_map(&mut members)?;
            members.end()?;
            Ok(value)
        });
        self.located(start, result)
    }

    #[inline]
    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.scanner.position();
        let result = match self.scanner.string(&mut self.scratch)? {
            Str::Borrowed(text) => visitor.visit_borrowed_str(text),
            Str::Scratch => visitor.visit_str(&self.scratch),
        };
        self.located(start, result)
    }

    #[inline]
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.scanner.position();
        let num = self.scanner.number()?;
        self.located(start, visit_num(num, visitor))
    }

    fn word<V, T>(&mut self, word: &'static str, visitor: V, visit: T) -> Result<V::Value>
    where
        V: Visitor<'de>,
        T: FnOnce(V) -> Result<V::Value>,
    {
        let start = self.scanner.position();
        self.scanner.word(word)?;
        self.located(start, visit(visitor))
    }

    /// Reads the value that comes, whatever it is.
    ///
    /// Not inlined: it is long, and who wants a value of one kind mostly finds one.
    #[inline(never)]
    fn any<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        match self.scanner.token()? {
            Some(b'\'' | b'"') => self.string(visitor),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N') => self.number(visitor),
            Some(b'{') => self.object(visitor),
            Some(b'[') => self.array(visitor),
            Some(b't') => self.word("true", visitor, |visitor| visitor.visit_bool(true)),
            Some(b'f') => self.word("false", visitor, |visitor| visitor.visit_bool(false)),
            Some(b'n') => self.word("null", visitor, Visitor::visit_unit),
            Some(b'u') => self.word("undefined", visitor, Visitor::visit_unit),
            _ => Err(self.scanner.unexpected("expected a value")),
        }
    }

    /// Moves over the value at the position and gives its text.
    fn raw(&mut self) -> Result<&'de str> {
        let start = self.scanner.position();
        let result = self.scanner.skip_value(self.remaining_depth);
        self.limited(result)?;
        Ok(self.scanner.slice(start, self.scanner.position()))
    }

    /// Builds the value at the position and hands it over.
    fn value(&mut self) -> Result<()> {
        let result = value::read(&mut self.scanner, &mut self.scratch, self.remaining_depth);
        self.limited(result)
    }

    /// Names the whole limit in the error that less was left of it.
    #[inline]
    fn limited<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| match (error.kind(), error.offset()) {
            (ErrorKind::TooDeep, Some(offset)) => {
                Error::too_deep(self.scanner.text(), offset, self.max_depth)
            }
            _ => error,
        })
    }

    /// Reads a value that should be a number.
    #[inline]
    fn float<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.scanner.position();
        match self.scanner.peek() {
            Some(b'0'..=b'9' | b'-') => {
                let num = self.scanner.usual_number()?;
                self.located(start, visit_num(num, visitor))
            }
            _ => self.any(visitor),
        }
    }

    /// Reads the value at the position as an integer, or visits it as it is.
    fn integer<V: Visitor<'de>>(
        &mut self,
        visitor: V,
        visit: impl FnOnce(V, integer::Literal<'de>) -> Result<V::Value>,
    ) -> Result<V::Value> {
        let Some(first @ (b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N')) =
            self.scanner.token()?
        else {
            return self.any(visitor);
        };
        let start = self.scanner.position();
        let num = self.scanner.short_number(first)?;
        let text = self.scanner.slice(start, self.scanner.position());
        self.located(start, visit(visitor, integer::Literal { num, text }))
    }

    fn bytes<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        if !matches!(self.scanner.token()?, Some(b'\'' | b'"')) {
            return self.any(visitor);
        }
        let start = self.scanner.position();
        let decoded = match self.scanner.string(&mut self.scratch)? {
            Str::Borrowed(text) => base64::decode(text),
            Str::Scratch => base64::decode(&self.scratch),
        };
        let Some(bytes) = decoded else {
            let text = self.scanner.text();
            return Err(Error::at(
                ErrorKind::Data,
                text,
                start,
                "expected bytes as base64 text",
            ));
        };
        self.located(start, visitor.visit_byte_buf(bytes))
    }
}

fn visit_num<'de, V: Visitor<'de>>(num: Num, visitor: V) -> Result<V::Value> {
    match num {
        Num::Unsigned(value) => visitor.visit_u64(value),
        Num::Negative(value) => visitor.visit_i64(value),
        Num::Float(value) => visitor.visit_f64(value),
    }
}

/// The error that `found` stands where `visitor` wants something else.
fn invalid_type<'de, V: Visitor<'de>>(found: Unexpected<'_>, visitor: &V) -> Error {
    de::Error::invalid_type(found, visitor)
}
