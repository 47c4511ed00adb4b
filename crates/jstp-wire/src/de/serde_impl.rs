//! What serde asks the deserializer for.
//!
//! Where a value of one kind is wanted, it is looked for first; whatever else is there goes the general way.

use serde::de::{self, Visitor};
use serde::forward_to_deserialize_any;

use super::{Deserializer, variant};
use crate::error::{Error, Result};
use crate::token::{self, Marker};

macro_rules! deserialize_integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.integer(visitor, |visitor, literal| literal.visit(visitor))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.any(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.float(visitor)
    }

    deserialize_integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.integer(visitor, |visitor, literal| literal.visit_i128(visitor))
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.integer(visitor, |visitor, literal| literal.visit_u128(visitor))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.peek() {
            Some(b'[') => self.array(visitor),
            _ => self.any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.peek() {
            Some(b'{') => self.object(visitor),
            _ => self.any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.peek() {
            Some(b'\'' | b'"') => self.string(visitor),
            _ => self.any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.token()? {
            Some(b'n') => self.word("null", visitor, Visitor::visit_none),
            Some(b'u') => self.word("undefined", visitor, Visitor::visit_none),
            _ => visitor.visit_some(self),
        }
    }

    // Inlined, so that the name is known and need not be compared.
    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        let first = self.scanner.token()?;
        match (name, first) {
            (token::VALUE, _) | (token::OBJECT, Some(b'{')) => {
                let start = self.scanner.position();
                self.value()?;
                self.located(start, visitor.visit_enum(Marker::value()))
            }
            (token::OBJECT, _) => self.any(visitor),
            (token::UNDEFINED, Some(b'u')) => self.word("undefined", visitor, |visitor| {
                visitor.visit_enum(Marker::undefined())
            }),
            (token::RAW, _) => {
                let text = self.raw()?;
                visitor.visit_enum(Marker::raw(text))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let start = match self.scanner.token()? {
            Some(b'{') => return self.nested(|this| variant::read_tagged(this, visitor)),
            Some(b'\'' | b'"') => self.scanner.position(),
            // Whatever it is, it is no enum; the visitor says so.
            _ => return self.any(visitor),
        };
        let result = visitor.visit_enum(variant::Unit { de: self });
        self.located(start, result)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.scanner.skip_space()?;
        let result = self.scanner.skip_value(self.remaining_depth);
        self.limited(result)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool char unit unit_struct identifier
    }
}
