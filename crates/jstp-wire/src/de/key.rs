//! The keys of objects, which serve for types other than text as well.

use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::integer::Literal;
use crate::error::{Error, Result};
use crate::scan::{Num, Scanner, Str};

/// A key, decoded into the scratch buffer if need be.
pub(super) struct Deserializer<'s, 'de> {
    pub(super) key: Str<'de>,
    pub(super) scratch: &'s str,
}

impl<'de> Deserializer<'_, 'de> {
    fn text(&self) -> &str {
        match self.key {
            Str::Borrowed(text) => text,
            Str::Scratch => self.scratch,
        }
    }

    /// The number that the whole key is.
    fn number(&self) -> Option<Num> {
        let mut scanner = Scanner::new(self.text());
        let num = scanner.number().ok()?;
        scanner.peek().is_none().then_some(num)
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.key {
            Str::Borrowed(text) => visitor.visit_borrowed_str(text),
            Str::Scratch => visitor.visit_str(self.scratch),
        }
    }
}

macro_rules! deserialize_numbers {
    ($($method:ident => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.number() {
                Some(num) => Literal { num, text: self.text() }.$visit(visitor),
                None => self.visit(visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Deserializer<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit(visitor)
    }

    deserialize_numbers! {
        deserialize_i8 => visit,
        deserialize_i16 => visit,
        deserialize_i32 => visit,
        deserialize_i64 => visit,
        deserialize_i128 => visit_i128,
        deserialize_u8 => visit,
        deserialize_u16 => visit,
        deserialize_u32 => visit,
        deserialize_u64 => visit,
        deserialize_u128 => visit_u128,
        deserialize_f32 => visit,
        deserialize_f64 => visit,
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.text() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self.text().into_deserializer())
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}
