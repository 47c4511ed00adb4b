//! The holes of arrays.

use std::mem::ManuallyDrop;

use serde::de::{self, Visitor};
use serde::forward_to_deserialize_any;

use crate::error::{Error, Result};
use crate::token::{self, Marker};
use crate::value::Value;

/// Gives `undefined` without there being a text for it.
pub(super) struct Deserializer;

impl<'de> de::Deserializer<'de> for Deserializer {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match name {
            token::UNDEFINED => visitor.visit_enum(Marker::undefined()),
            token::VALUE => {
                token::hand_over(ManuallyDrop::new(Value::Undefined));
                visitor.visit_enum(Marker::value())
            }
            token::RAW => visitor.visit_enum(Marker::raw("undefined")),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
