//! The names by which types of this crate make themselves known to its own serializer and deserializer.
//!
//! Serde has no word for `undefined` or for raw text. These types pass through it as newtype structs of
//! reserved names; a foreign format treats them as the plain values inside. The deserializer answers with a
//! [`Marker`], an enum variant of the same reserved name, which no other format gives by accident.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, EnumAccess, Unexpected, VariantAccess, Visitor};

use crate::error::Error;
use crate::value::Value;

/// The name of [`Undefined`](crate::Undefined).
pub(crate) const UNDEFINED: &str = "$jstp::Undefined";
/// The name of [`Value`](crate::Value), where it is written of arrays and objects only.
pub(crate) const VALUE: &str = "$jstp::Value";
/// The name of [`Object`](crate::Object), read only.
pub(crate) const OBJECT: &str = "$jstp::Object";
/// The name of raw text.
pub(crate) const RAW: &str = "$jstp::Raw";

thread_local! {
    /// The value of a marker between the deserializer that made it and the visitor that opens it, since
    /// serde has no way to hand over a value of a known type. It needs no destructor, which makes it cheap.
    static HANDED_OVER: Cell<ManuallyDrop<Value>> = const { Cell::new(ManuallyDrop::new(Value::Undefined)) };
}

/// Hands a value over, to be taken from its marker.
#[inline]
pub(crate) fn hand_over(value: ManuallyDrop<Value>) {
    HANDED_OVER.set(value);
}

/// What the deserializer gives a visitor that asked by one of the names: the name and a text.
pub(crate) struct Marker<'de> {
    name: &'static str,
    text: &'de str,
}

impl<'de> Marker<'de> {
    pub(crate) fn undefined() -> Self {
        Self {
            name: UNDEFINED,
            text: "",
        }
    }

    /// The text of a value, validated.
    pub(crate) fn raw(text: &'de str) -> Self {
        Self { name: RAW, text }
    }

    /// The value that was handed over, to be opened at once.
    #[inline]
    pub(crate) fn value() -> Self {
        Self {
            name: VALUE,
            text: "",
        }
    }

    /// The value that came with `access`, which must be a marker of one.
    pub(crate) fn open_value<A: EnumAccess<'de>>(access: A) -> Result<Value, A::Error> {
        Self::open(access, VALUE)?;
        Ok(ManuallyDrop::into_inner(HANDED_OVER.take()))
    }

    /// The text that came with `access`, which must be a marker called `name`.
    pub(crate) fn open<A: EnumAccess<'de>>(
        access: A,
        name: &'static str,
    ) -> Result<&'de str, A::Error> {
        let (found, variant): (&str, _) = access.variant()?;
        if found != name {
            return Err(de::Error::invalid_type(Unexpected::Enum, &"a value"));
        }
        variant.newtype_variant()
    }
}

impl<'de> EnumAccess<'de> for Marker<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = seed.deserialize(BorrowedStrDeserializer::<Error>::new(self.name))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Marker<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(BorrowedStrDeserializer::<Error>::new(self.text))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        Err(de::Error::invalid_type(
            Unexpected::NewtypeVariant,
            &visitor,
        ))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Err(de::Error::invalid_type(
            Unexpected::NewtypeVariant,
            &visitor,
        ))
    }
}

/// Raw text that was read.
pub(crate) enum RawText<'de> {
    /// Captured and validated by the deserializer of this crate.
    Trusted(&'de str),
    /// A string of another format.
    Foreign(Cow<'de, str>),
}

/// Reads raw text: captures it, or takes a string where the format is another one.
pub(crate) fn deserialize_raw<'de, D>(deserializer: D) -> Result<RawText<'de>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_newtype_struct(RAW, RawVisitor)
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value as text")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        Marker::open(access, RAW).map(RawText::Trusted)
    }

    fn visit_newtype_struct<D>(self, deserializer: D) -> Result<Self::Value, D::Error>
    where
        D: Deserializer<'de>,
    {
        deserializer.deserialize_str(self)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(RawText::Foreign(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(RawText::Foreign(Cow::Owned(text.to_owned())))
    }
}
