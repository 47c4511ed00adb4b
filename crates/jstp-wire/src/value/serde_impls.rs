//! Values and serde.

use serde::de;
use serde::{Serialize, Serializer};

use super::Value;
use crate::error::Result;
use crate::object::Object;
use crate::ser::Container;
use crate::undefined::Undefined;

/// Converts `value` to a [`Value`]: what its text would read back as.
///
/// # Errors
///
/// Those of [`to_string`](crate::to_string).
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    crate::from_str(&crate::to_string(value)?)
}

/// Converts a [`Value`] to another type: what that type would read from its text.
///
/// # Errors
///
/// The value does not fit `T`, or nests deeper than [`DEFAULT_MAX_DEPTH`](crate::DEFAULT_MAX_DEPTH) levels.
pub fn from_value<T: de::DeserializeOwned>(value: &Value) -> Result<T> {
    crate::from_str(&crate::to_string(value)?)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined => Undefined.serialize(serializer),
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::String(value) => serializer.serialize_str(value),
            Self::Array(value) => Container::Array(value).hand_over(serializer),
            Self::Object(value) => Container::Object(value).hand_over(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Container::Object(self).hand_over(serializer)
    }
}
