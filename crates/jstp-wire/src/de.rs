//! Reading text into values of any type.

mod access;
mod integer;
mod key;
#[cfg(test)]
mod tests;
mod undefined;
mod variant;

use serde::de::{self, Deserialize, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::base64;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::DEFAULT_MAX_DEPTH;
use crate::scan::{Num, Scanner, Str};
use crate::token::{self, Marker};
use crate::value::{self, Value};

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
    let value = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
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
        let result = match self.scanner.number()? {
            Num::Unsigned(value) => visitor.visit_u64(value),
            Num::Negative(value) => visitor.visit_i64(value),
            Num::Float(value) => visitor.visit_f64(value),
        };
        self.located(start, result)
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

    /// Reads the value at the position, which starts with `first`.
    #[inline]
    fn any<V: Visitor<'de>>(&mut self, first: Option<u8>, visitor: V) -> Result<V::Value> {
        match first {
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

    /// Builds the value at the position.
    fn value(&mut self) -> Result<Value> {
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

    /// Reads the value at the position, mostly a number.
    #[inline]
    fn float<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        match self.scanner.token()? {
            Some(b'0'..=b'9' | b'-') => self.number(visitor),
            first => self.any(first, visitor),
        }
    }

    /// Reads the value at the position as an integer, or visits it as it is.
    fn integer<V: Visitor<'de>>(
        &mut self,
        visitor: V,
        visit: impl FnOnce(V, integer::Literal<'de>) -> Result<V::Value>,
    ) -> Result<V::Value> {
        let first = self.scanner.token()?;
        if !matches!(first, Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N')) {
            return self.any(first, visitor);
        }
        let start = self.scanner.position();
        let num = self.scanner.number()?;
        let text = self.scanner.slice(start, self.scanner.position());
        self.located(start, visit(visitor, integer::Literal { num, text }))
    }

    fn bytes<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let first = self.scanner.token()?;
        if !matches!(first, Some(b'\'' | b'"')) {
            return self.any(first, visitor);
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

macro_rules! deserialize_integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.integer(visitor, |visitor, literal| literal.visit(visitor))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let first = self.scanner.token()?;
        self.any(first, visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.float(visitor)
    }

    deserialize_integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.integer(visitor, |visitor, literal| literal.visit_i128(visitor))
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.integer(visitor, |visitor, literal| literal.visit_u128(visitor))
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.token()? {
            Some(b'n') => self.word("null", visitor, Visitor::visit_none),
            Some(b'u') => self.word("undefined", visitor, Visitor::visit_none),
            _ => visitor.visit_some(self),
        }
    }

    // Inlined, so that the name is known and need not be compared.
    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        let first = self.scanner.token()?;
        match (name, first) {
            (token::VALUE, _) | (token::OBJECT, Some(b'{')) => {
                let start = self.scanner.position();
                let value = self.value()?;
                self.located(start, visitor.visit_enum(Marker::value(value)))
            }
            (token::OBJECT, _) => self.any(first, visitor),
            (token::UNDEFINED, Some(b'u')) => self.word("undefined", visitor, |visitor| {
                visitor.visit_enum(Marker::undefined())
            }),
            (token::RAW, _) => {
                let text = self.raw()?;
                visitor.visit_enum(Marker::raw(text))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let start = match self.scanner.token()? {
            Some(b'{') => return self.nested(|this| variant::read_tagged(this, visitor)),
            Some(b'\'' | b'"') => self.scanner.position(),
            // Whatever it is, it is no enum; the visitor says so.
            first => return self.any(first, visitor),
        };
        let result = visitor.visit_enum(variant::Unit { de: self });
        self.located(start, result)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.scanner.skip_space()?;
        let result = self.scanner.skip_value(self.remaining_depth);
        self.limited(result)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool char str string unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// The error that `found` stands where `visitor` wants something else.
fn invalid_type<'de, V: Visitor<'de>>(found: Unexpected<'_>, visitor: &V) -> Error {
    de::Error::invalid_type(found, visitor)
}
