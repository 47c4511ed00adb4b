//! Owned raw values.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::RawValue;
use crate::error::Result;
use crate::token::{self, RawText};

/// One value as validated text, owned and cheap to clone.
///
/// It holds what a [`RawValue`] borrows; what is said there about writing it holds here too. Deserializing it
/// captures the text of the value; other formats see the text as a string.
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
    text: Arc<str>,
}

impl RawBuf {
    /// The text of `value` as the serializer writes it.
    ///
    /// # Errors
    ///
    /// Those of [`to_string`](crate::to_string).
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let text = crate::to_string(value)?.into();
        Ok(Self { text })
    }

    /// A copy of the text of `raw`.
    pub fn from_raw(raw: RawValue<'_>) -> Self {
        Self {
            text: raw.as_str().into(),
        }
    }

    /// A copy of the text of one value, which is validated.
    ///
    /// # Errors
    ///
    /// Those of [`RawValue::parse`].
    pub fn parse(text: &str, max_depth: usize) -> Result<Self> {
        RawValue::parse(text, max_depth).map(Self::from_raw)
    }

    /// The value.
    pub fn as_raw(&self) -> RawValue<'_> {
        RawValue::from_trusted(self.as_str())
    }

    /// The text of the value.
    pub fn as_str(&self) -> &str {
        &self.text
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
            RawText::Trusted(text) => Ok(Self { text: text.into() }),
            RawText::Foreign(text) => {
                Self::parse(&text, crate::DEFAULT_MAX_DEPTH).map_err(de::Error::custom)
            }
        }
    }
}
