//! Owned raw values.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::RawValue;
use crate::error::Result;
use crate::token::{self, RawText};

/// One value as validated text, owned and cheap to clone.
///
/// It holds what a [`RawValue`] borrows. Through the serializer of this crate it is written verbatim, and
/// deserializing it captures the text of the value; other formats see the text as a string.
///
/// ```
/// use jstp_wire::{RawBuf, RawValue};
///
/// let text: RawBuf = jstp_wire::from_str("[1, /* two */ 2]")?;
/// assert_eq!(text.as_str(), "[1, /* two */ 2]");
/// assert_eq!(RawBuf::from_serialize(&("a", 1.5))?.as_str(), "['a',1.5]");
/// # Ok::<_, jstp_wire::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawBuf {
    /// UTF-8 always.
    text: Bytes,
}

impl RawBuf {
    /// The text of `value` as the serializer writes it.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        crate::to_string(value).map(Self::from_text)
    }

    /// A copy of the text of `raw`.
    pub fn from_raw(raw: RawValue<'_>) -> Self {
        Self {
            text: Bytes::copy_from_slice(raw.as_str().as_bytes()),
        }
    }

    /// Takes the text of one value, validating it; see [`RawValue::parse`].
    pub fn parse(text: &str, max_depth: usize) -> Result<Self> {
        RawValue::parse(text, max_depth).map(Self::from_raw)
    }

    /// The value.
    pub fn as_raw(&self) -> RawValue<'_> {
        RawValue::from_trusted(self.as_str())
    }

    /// The text of the value.
    pub fn as_str(&self) -> &str {
        // Only ever made from `str`s; checking again is cheaper than a second representation.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The text of the value as bytes, which share its memory.
    pub fn into_bytes(self) -> Bytes {
        self.text
    }

    fn from_text(text: String) -> Self {
        Self {
            text: Bytes::from(text),
        }
    }
}

impl fmt::Debug for RawBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBuf({})", self.as_str())
    }
}

impl Serialize for RawBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_raw().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match token::deserialize_raw(deserializer)? {
            RawText::Trusted(text) => Ok(Self::from_text(text.to_owned())),
            RawText::Foreign(text) => {
                Self::parse(&text, crate::DEFAULT_MAX_DEPTH).map_err(de::Error::custom)
            }
        }
    }
}
