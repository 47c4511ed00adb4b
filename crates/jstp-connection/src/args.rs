//! The arguments of calls and events, on the way in and on the way out.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::UnitDeserializer;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use jstp_wire::{RawValue, ValueKind};

use crate::scratch::Scratch;

#[cfg(test)]
mod tests;

/// The arguments of a call or an event as they came: an array, still text.
///
/// ```
/// use jstp_connection::Args;
/// use jstp_wire::RawValue;
///
/// let raw = RawValue::parse("['pump', 4]", jstp_wire::DEFAULT_MAX_DEPTH)?;
/// let args = Args::new(raw).expect("the text is an array");
/// assert_eq!(args.count(), 2);
/// assert_eq!(args.parse::<(&str, u8)>()?, ("pump", 4));
/// assert!(args.parse::<(&str,)>().is_err());
/// # Ok::<_, jstp_wire::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(RawValue<'a>);

impl<'a> Args<'a> {
    /// Takes a value that is an array; `None` for any other.
    pub fn new(raw: RawValue<'a>) -> Option<Self> {
        (raw.kind() == ValueKind::Array).then_some(Self(raw))
    }

    /// The array as it stands in the message.
    pub fn as_raw(&self) -> RawValue<'a> {
        self.0
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.0
            .elements()
            .is_none_or(|mut elements| elements.next().is_none())
    }

    /// How many arguments there are, holes included. Walks the text.
    pub fn count(&self) -> usize {
        self.0.elements().map_or(0, Iterator::count)
    }

    /// Reads the arguments: into a tuple for exactly as many of them, `()` for none, or into
    /// anything else that is read from an array.
    ///
    /// # Errors
    ///
    /// When there are more or fewer arguments than the tuple has places, or one is of another
    /// type.
    pub fn parse<T: Deserialize<'a>>(self) -> Result<T, jstp_wire::Error> {
        parse_array(self.0)
    }
}

/// Reads an array, an empty one into `()` too, which serde reads from a null otherwise.
pub(crate) fn parse_array<'a, T: Deserialize<'a>>(
    array: RawValue<'a>,
) -> Result<T, jstp_wire::Error> {
    let is_empty = || {
        array
            .elements()
            .is_some_and(|mut elements| elements.next().is_none())
    };
    if size_of::<T>() == 0 && is_empty() {
        let unit = UnitDeserializer::<serde::de::value::Error>::new();
        if let Ok(nothing) = T::deserialize(unit) {
            return Ok(nothing);
        }
    }
    array.deserialize()
}

/// Reads the first element of an array in the same walk that looks for it; an absent one is `undefined`.
pub(crate) fn parse_first<'a, T: Deserialize<'a>>(
    array: RawValue<'a>,
) -> Result<T, jstp_wire::Error> {
    // The array is not one of the levels that the element may nest.
    match array.deserialize_within(jstp_wire::DEFAULT_MAX_DEPTH + 1)? {
        First(Some(first)) => Ok(first),
        First(None) => RawValue::UNDEFINED.deserialize(),
    }
}

struct First<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstVisitor(PhantomData))
    }
}

struct FirstVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
    type Value = First<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<First<T>, A::Error> {
        let first = elements.next_element()?;
        if first.is_some() {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(First(first))
    }
}

/// Why a value cannot stand for the arguments of a call or an event, or for several results.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// The value is not written as an array.
    #[error("expected a tuple such as `(x,)`, an array or another sequence, or `()` for nothing")]
    NotAnArray,
    /// The value cannot be written as text at all.
    #[error("the value cannot be written")]
    Unwritable(#[from] jstp_wire::Error),
}

/// The array text of what `call` and `emit` take: anything that is written as an array (tuples,
/// vectors, arrays, `Value::Array`), and `()` for no arguments.
///
/// # Errors
///
/// When the value is not written as an array, or cannot be written.
pub(crate) fn arguments_text<T: Serialize>(args: &T) -> Result<Scratch, ArgumentsError> {
    let mut text = Scratch::new();
    jstp_wire::append_to_string(text.write(), args)?;
    if text.starts_with('[') {
        Ok(text)
    } else if stands_for_nothing::<T>(&text) {
        Ok(Scratch::copy(NO_ARGUMENTS))
    } else {
        Err(ArgumentsError::NotAnArray)
    }
}

/// As [`arguments_text`], of arguments that are not needed any longer: a future that waits for room does not
/// hold them along with their text.
pub(crate) fn into_arguments_text(args: impl Serialize) -> Result<Scratch, ArgumentsError> {
    arguments_text(&args)
}

/// The text of no arguments and of no results.
pub(crate) const NO_ARGUMENTS: &str = "[]";

/// Whether `text` was written from `()` (or a unit structure), as opposed to a null that holds a
/// value, such as a `None`.
pub(crate) fn stands_for_nothing<T>(text: &str) -> bool {
    size_of::<T>() == 0 && text == "null"
}
