//! Values that stay text.

mod buffer;
mod elements;
mod members;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Result;
use crate::number::Number;
use crate::scan::{Scanner, Str};
use crate::token;

pub use buffer::RawBuf;
pub use elements::Elements;
pub use members::Members;

/// One value as validated text, borrowed from its message.
///
/// The text has been checked against the grammar, but nothing was built from it. Elements can be walked and
/// the value deserialized when somebody wants it; until then it can be passed on as it stands.
///
/// ```
/// use jstp_wire::RawValue;
///
/// let raw = RawValue::parse(" [1, 'two', ] ", 128)?;
/// assert_eq!(raw.as_str(), "[1, 'two', ]");
/// assert_eq!(raw.deserialize::<(u8, &str)>()?, (1, "two"));
/// # Ok::<_, jstp_wire::Error>(())
/// ```
///
/// # Writing
///
/// Through the serializer of this crate it is written verbatim: comments, white space, non-canonical numbers
/// and the like reach the peer as they stand, which a peer that reads all of the format understands. Only text
/// that not every transport or peer can take is rewritten in canonical form, as a [`Value`](crate::Value) of it
/// would be written: text with a raw NUL, which would end the message on a byte stream, or a raw U+2028 or
/// U+2029, which the native parser of the npm package refuses. Such text has to nest no deeper than the
/// serializer allows.
///
/// [`as_str`](Self::as_str) gives the text without any of this. Other formats get it as a string.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RawValue<'a> {
    text: &'a str,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// `undefined`, or a hole of an array.
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, `NaN` and the infinities included.
    Number,
    /// A text.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'a> RawValue<'a> {
    /// The value `undefined`.
    pub const UNDEFINED: RawValue<'static> = RawValue { text: "undefined" };

    /// Checks that `text` is exactly one value, with white space and comments around it at most.
    ///
    /// Containers may nest `max_depth` levels; see [`DEFAULT_MAX_DEPTH`](crate::DEFAULT_MAX_DEPTH).
    ///
    /// # Errors
    ///
    /// The text breaks the grammar, ends too early, goes on behind the value or nests too deep.
    pub fn parse(text: &'a str, max_depth: usize) -> Result<RawValue<'a>> {
        let mut scanner = Scanner::new(text);
        scanner.skip_space()?;
        let start = scanner.position();
        scanner.skip_value(max_depth)?;
        let end = scanner.position();
        scanner.end()?;
        Ok(RawValue {
            text: scanner.slice(start, end),
        })
    }

    /// Takes a text that is known to be one value without white space around it.
    ///
    /// For text that was written by this crate. Text that breaks this promise is safe, but makes the other
    /// methods fail or give nonsense.
    #[doc(hidden)]
    pub fn from_trusted(text: &'a str) -> RawValue<'a> {
        RawValue { text }
    }

    /// The text of the value, without white space around it.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The type of the value.
    pub fn kind(&self) -> ValueKind {
        match self.text.as_bytes().first() {
            Some(b'{') => ValueKind::Object,
            Some(b'[') => ValueKind::Array,
            Some(b'\'' | b'"') => ValueKind::String,
            Some(b't' | b'f') => ValueKind::Bool,
            Some(b'n') => ValueKind::Null,
            Some(b'u') | None => ValueKind::Undefined,
            Some(_) => ValueKind::Number,
        }
    }

    /// Whether JavaScript takes the value for true: all but `undefined`, `null`, `false`, zeros, `NaN` and `''`.
    pub fn is_truthy(&self) -> bool {
        match self.kind() {
            ValueKind::Undefined | ValueKind::Null => false,
            ValueKind::Bool => self.text == "true",
            ValueKind::Number => self.as_number().is_some_and(|number| {
                let value = number.as_f64();
                value != 0.0 && !value.is_nan()
            }),
            ValueKind::String => self.as_text().is_some_and(|text| !text.is_empty()),
            ValueKind::Array | ValueKind::Object => true,
        }
    }

    /// The number, if the value is one.
    pub fn as_number(&self) -> Option<Number> {
        if self.kind() != ValueKind::Number {
            return None;
        }
        Scanner::new(self.text).number().ok().map(Number::from)
    }

    /// The decoded text, if the value is a string; borrowed unless it holds escapes.
    pub fn as_text(&self) -> Option<Cow<'a, str>> {
        if self.kind() != ValueKind::String {
            return None;
        }
        let mut scratch = String::new();
        let text = Scanner::new(self.text).string(&mut scratch).ok()?;
        Some(match text {
            Str::Borrowed(text) => Cow::Borrowed(text),
            Str::Scratch => Cow::Owned(scratch),
        })
    }

    /// The elements, if the value is an array.
    pub fn elements(&self) -> Option<Elements<'a>> {
        (self.kind() == ValueKind::Array).then(|| Elements::new(self.text))
    }

    /// Deserializes the value, which may nest [`DEFAULT_MAX_DEPTH`](crate::DEFAULT_MAX_DEPTH) levels.
    ///
    /// # Errors
    ///
    /// The value does not fit `T` or nests too deep. Offsets count from the start of the value's own text.
    pub fn deserialize<T: Deserialize<'a>>(&self) -> Result<T> {
        self.deserialize_within(crate::DEFAULT_MAX_DEPTH)
    }

    /// Deserializes the value, which may nest `max_depth` levels, each of which costs some stack.
    ///
    /// # Errors
    ///
    /// Those of [`deserialize`](Self::deserialize).
    pub fn deserialize_within<T: Deserialize<'a>>(&self, max_depth: usize) -> Result<T> {
        let mut deserializer = crate::Deserializer::new(self.text).with_max_depth(max_depth);
        let value = T::deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }
}

impl fmt::Display for RawValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for RawValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawValue({})", self.text)
    }
}

impl Serialize for RawValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(token::RAW, self.text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = token::deserialize_raw(deserializer)?;
        match text {
            token::RawText::Trusted(text) => Ok(RawValue { text }),
            token::RawText::Foreign(Cow::Borrowed(text)) => {
                RawValue::parse(text, crate::DEFAULT_MAX_DEPTH).map_err(de::Error::custom)
            }
            token::RawText::Foreign(Cow::Owned(_)) => {
                Err(de::Error::custom("expected a text that can be borrowed"))
            }
        }
    }
}

impl Default for RawValue<'_> {
    fn default() -> Self {
        Self::UNDEFINED
    }
}
