//! Values of which only the text counts: keys of maps and raw text.

use std::fmt;

use serde::ser::{self, Impossible, Serialize};

use super::write_key;
use crate::error::{Error, ErrorKind, Result};
use crate::float;

/// Appends a value as a key, or a string as raw text.
pub(super) struct Serializer<'a> {
    out: &'a mut String,
    raw: bool,
}

impl<'a> Serializer<'a> {
    pub(super) fn key(out: &'a mut String) -> Self {
        Self { out, raw: false }
    }

    pub(super) fn raw(out: &'a mut String) -> Self {
        Self { out, raw: true }
    }

    /// Appends an integer, which is no bare name.
    fn write_digits(self, digits: &str) -> Result<()> {
        if self.raw {
            return ser::Serializer::serialize_str(self, digits);
        }
        self.out.push('\'');
        self.out.push_str(digits);
        self.out.push('\'');
        Ok(())
    }

    /// The error of a value that is no text.
    fn refuse<T>(self) -> Result<T> {
        let message = if self.raw {
            "raw text must be a string"
        } else {
            "a key must be a text"
        };
        Err(Error::plain(ErrorKind::Unwritable, message))
    }
}

macro_rules! serialize_integers {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<()> {
            self.write_digits(itoa::Buffer::new().format(value))
        }
    )*};
}

impl ser::Serializer for Serializer<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        if self.raw {
            self.out.push_str(value);
        } else {
            write_key(self.out, value);
        }
        Ok(())
    }

    serialize_integers! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        let mut text = String::new();
        // As the name of a property, zero has no sign.
        float::push_f32(&mut text, value + 0.0);
        self.serialize_str(&text)
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        let mut text = String::new();
        float::push_f64(&mut text, value + 0.0);
        self.serialize_str(&text)
    }

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.serialize_str(if value { "true" } else { "false" })
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T>(self, _: &'static str, value: &T) -> Result<()>
    where
        T: Serialize + ?Sized,
    {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<()> {
        self.serialize_str(&value.to_string())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<()> {
        self.refuse()
    }

    fn serialize_none(self) -> Result<()> {
        self.refuse()
    }

    fn serialize_unit(self) -> Result<()> {
        self.refuse()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.refuse()
    }

    fn serialize_newtype_variant<T>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()>
    where
        T: Serialize + ?Sized,
    {
        self.refuse()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq> {
        self.refuse()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple> {
        self.refuse()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        self.refuse()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        self.refuse()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
        self.refuse()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct> {
        self.refuse()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        self.refuse()
    }
}
