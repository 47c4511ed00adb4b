//! Values of any type.

mod build;
mod convert;
mod distinct;
mod index;
mod known;
mod read;
mod serde_impls;
#[cfg(test)]
mod tests;
mod visit;

use std::fmt;

use crate::number::Number;
use crate::object::Object;

pub use index::ValueIndex;
pub(crate) use read::read;
pub use serde_impls::{from_value, to_value};

/// Any value that the text format can express.
///
/// # Memory
///
/// A value takes 32 bytes, and what its text, elements or members take. Its text in a message may be much
/// shorter. Measured on 64-bit Linux, holes and arrays of small arrays take 33 times the memory of their text
/// (264 MiB for a message of 8 MiB); `{a:0}` takes 13 times, a list of digits 16 times. Objects of ever other names
/// take 25 times, and a text that is made to keep `{b:0}` from sharing its name takes up to 40 times, and 45 while it
/// is read. A thread that has read values keeps half a MiB at most to read the next ones with.
///
/// There is no limit but the size of messages, because any other would refuse data that peers may well send,
/// and lists of digits are not that much better than holes. Whoever takes arguments of peers that are not
/// trusted as `Value` should lower that size, or take a type of their own, which refuses what does not fit.
///
/// ```
/// use jstp_wire::{Value, value};
///
/// let value: Value = jstp_wire::from_str("{name: 'x', sizes: [1, , 3]}")?;
/// assert_eq!(value["name"].as_str(), Some("x"));
/// assert_eq!(value["sizes"][2], 3);
/// assert!(value["sizes"][1].is_undefined() && value["colour"].is_undefined());
/// assert_eq!(value, value!({name: "x", sizes: [1, undefined, 3]}));
/// # Ok::<_, jstp_wire::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Value {
    /// `undefined`: an absent value, a hole of an array.
    #[default]
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, `NaN` and the infinities included.
    Number(Number),
    /// A text.
    String(String),
    /// An array; holes are [`Value::Undefined`].
    Array(Vec<Value>),
    /// An object. Members that are [`Value::Undefined`] are left out when it is written.
    Object(Object),
}

impl Value {
    /// Whether this is `undefined`.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this is a bool.
    pub fn is_bool(&self) -> bool {
        matches!(self, Self::Bool(_))
    }

    /// Whether this is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// Whether this is a text.
    pub fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    /// Whether this is an array.
    pub fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    /// Whether this is an object.
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Whether JavaScript takes this for true: all but `undefined`, `null`, `false`, zeros, `NaN` and `''`.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(value) => value.as_f64() != 0.0 && !value.as_f64().is_nan(),
            Self::String(value) => !value.is_empty(),
            Self::Array(_) | Self::Object(_) => true,
        }
    }

    /// The bool, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if this is a number that is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(|number| number.as_i64())
    }

    /// The integer, if this is a number that is one and fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number().and_then(|number| number.as_u64())
    }

    /// The number as JavaScript has it, if this is one.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(|number| number.as_f64())
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&Vec<Value>> {
        match self {
            Self::Array(value) => Some(value),
            _ => None,
        }
    }

    /// The elements to change, if this is an array.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            Self::Array(value) => Some(value),
            _ => None,
        }
    }

    /// The object, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(value) => Some(value),
            _ => None,
        }
    }

    /// The object to change, if this is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(value) => Some(value),
            _ => None,
        }
    }

    /// The member called, or the element numbered `index`, if there is one.
    pub fn get(&self, index: impl ValueIndex) -> Option<&Value> {
        index.get(self)
    }

    /// The member called, or the element numbered `index`, to change it.
    pub fn get_mut(&mut self, index: impl ValueIndex) -> Option<&mut Value> {
        index.get_mut(self)
    }

    /// Takes the value out and leaves `undefined`.
    #[must_use]
    pub fn take(&mut self) -> Value {
        std::mem::take(self)
    }
}

/// The compact text of the value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match crate::to_string(self) {
            Ok(text) => f.write_str(&text),
            Err(error) => write!(f, "({error})"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
