//! The value `undefined`.

use std::fmt;

use serde::de::{self, EnumAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::token::{self, Marker};

/// JavaScript's `undefined`.
///
/// As a value of its own it is written `undefined`; as an element of an array it is a hole; a member that is
/// `undefined` is left out. Other formats see the unit value, which JSON writes `null`.
///
/// ```
/// use jstp_wire::Undefined;
///
/// assert_eq!(jstp_wire::to_string(&(1, Undefined, 2))?, "[1,,2]");
/// assert_eq!(jstp_wire::to_string(&(1, Undefined))?, "[1,,]");
/// assert_eq!(jstp_wire::from_str::<(u8, Undefined)>("[1,,]")?, (1, Undefined));
/// # Ok::<_, jstp_wire::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Undefined;

impl Serialize for Undefined {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(token::UNDEFINED, &())
    }
}

impl<'de> Deserialize<'de> for Undefined {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(token::UNDEFINED, UndefinedVisitor)
    }
}

struct UndefinedVisitor;

impl<'de> Visitor<'de> for UndefinedVisitor {
    type Value = Undefined;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("undefined")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Undefined, A::Error> {
        Marker::open(access, token::UNDEFINED).map(|_| Undefined)
    }

    fn visit_newtype_struct<D>(self, deserializer: D) -> Result<Undefined, D::Error>
    where
        D: Deserializer<'de>,
    {
        deserializer.deserialize_unit(self)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Undefined, E> {
        Ok(Undefined)
    }

    fn visit_none<E: de::Error>(self) -> Result<Undefined, E> {
        Ok(Undefined)
    }
}
