//! Enums: `'Variant'`, or `{Variant: content}`.

use serde::Deserializer as _;
use serde::de::{Deserialize, DeserializeSeed, EnumAccess, Unexpected, VariantAccess, Visitor};

use super::access::next_key;
use super::{Deserializer, invalid_type, key};
use crate::error::{Error, Result};

/// Reads the object at the position as an enum: one member, called like the variant.
pub(super) fn read_tagged<'de, V>(de: &mut Deserializer<'de>, visitor: V) -> Result<V::Value>
where
    V: Visitor<'de>,
{
    let start = de.scanner.position();
    de.scanner.bump();
    if !next_key(&mut de.scanner, false)? {
        return Err(de
            .scanner
            .unexpected("expected a member with the name of a variant"));
    }
    let result = visitor.visit_enum(Tagged { de: &mut *de });
    let value = de.located(start, result)?;
    if next_key(&mut de.scanner, true)? {
        return Err(de
            .scanner
            .unexpected("expected the end of the object with a variant"));
    }
    de.scanner.bump();
    Ok(value)
}

/// A variant given by its name alone.
pub(super) struct Unit<'a, 'de> {
    pub(super) de: &'a mut Deserializer<'de>,
}

impl<'de> EnumAccess<'de> for Unit<'_, 'de> {
    type Error = Error;
    type Variant = NoContent;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, NoContent)> {
        Ok((seed.deserialize(self.de)?, NoContent))
    }
}

/// The content of a variant that has none.
pub(super) struct NoContent;

impl<'de> VariantAccess<'de> for NoContent {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value> {
        Err(serde::de::Error::invalid_type(
            Unexpected::UnitVariant,
            &"a variant with a value",
        ))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        Err(invalid_type(Unexpected::UnitVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        Err(invalid_type(Unexpected::UnitVariant, &visitor))
    }
}

/// A variant given by a member, at whose key the deserializer stands.
struct Tagged<'a, 'de> {
    de: &'a mut Deserializer<'de>,
}

impl<'de> EnumAccess<'de> for Tagged<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let start = self.de.scanner.position();
        let key = self.de.scanner.key(&mut self.de.scratch)?;
        let result = seed.deserialize(key::Deserializer {
            key,
            scratch: &self.de.scratch,
        });
        let value = self.de.located(start, result)?;
        self.de.scanner.colon()?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        <()>::deserialize(self.de)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.de)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.de.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.de.deserialize_map(visitor)
    }
}
