//! Writing values of any type as text.

mod compound;
mod escape;
mod raw;
mod string;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod write;

use std::any::type_name;
use std::mem;

use serde::ser::{self, Serialize};

use crate::base64;
use crate::error::{Error, ErrorKind, Result};
use crate::float;
use crate::integer;
use crate::limits::DEFAULT_MAX_DEPTH;
use crate::token;

pub(crate) use string::{push_start, write_key, write_string};
pub(crate) use value::Container;

pub use compound::Compound;
pub use write::{append_to_string, to_string, to_string_pretty, to_vec, to_writer};

/// Appends `value`. Each of the texts has a length that is known, so that it is a store or two.
#[inline]
fn write_bool(out: &mut String, value: bool) {
    if value {
        out.push_str("true");
    } else {
        out.push_str("false");
    }
}

/// The longest indent, in characters.
const MAX_INDENT: usize = 10;

/// Whether `T` is `U`. The compiler knows the answer, which goes by the name, since types that borrow have no id; no
/// two types have the same but those of two versions of one crate.
#[inline]
fn is<T: ?Sized, U>() -> bool {
    type_name::<T>() == type_name::<U>()
}

/// A serde serializer that appends the text of a value to a string.
///
/// * Text is canonical: members in the order they come, keys bare where they may be, `'` quotes.
/// * `None` and `()` are `null`; [`Undefined`](crate::Undefined) members are left out, elements are holes.
/// * Enums are texts (unit variants) or objects of one member, as in `serde_json`.
/// * Bytes are written as base64 text.
/// * Keys of maps may be texts, numbers, bools, characters and unit variants.
#[derive(Debug)]
pub struct Serializer<'o> {
    out: &'o mut String,
    /// The indent of one level, empty for compact text.
    indent: String,
    pretty: bool,
    /// Whether what was written last is undefined, in a container, where that is no text at all.
    undefined: bool,
    /// Whether the next number is not written, but left in `caught`.
    catches: bool,
    caught: f64,
    depth: usize,
    max_depth: usize,
}

impl<'o> Serializer<'o> {
    /// A serializer of compact text that refuses to nest deeper than [`DEFAULT_MAX_DEPTH`] levels.
    pub fn new(out: &'o mut String) -> Self {
        Self {
            out,
            indent: String::new(),
            pretty: false,
            undefined: false,
            catches: false,
            caught: 0.0,
            depth: 0,
            max_depth: DEFAULT_MAX_DEPTH,
        }
    }

    /// The same, but with each element and member in a line of its own; see [`to_string_pretty`].
    #[must_use]
    pub fn with_indent(mut self, indent: &str) -> Self {
        self.indent = indent.chars().take(MAX_INDENT).collect();
        self.pretty = !self.indent.is_empty();
        self
    }

    /// The same, but with nesting up to `max_depth` levels, each of which costs some stack.
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: usize) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// Opens a container.
    #[inline]
    fn open(&mut self, bracket: char) -> Result<()> {
        if self.depth >= self.max_depth {
            return Err(self.too_deep());
        }
        self.depth += 1;
        self.out.push(bracket);
        Ok(())
    }

    #[cold]
    fn too_deep(&self) -> Error {
        let message = format!("nesting deeper than {} levels", self.max_depth);
        Error::plain(ErrorKind::TooDeep, message)
    }

    /// Closes a container, in a line of its own unless it is empty.
    #[inline]
    fn close(&mut self, bracket: char, empty: bool) {
        self.depth = self.depth.saturating_sub(1);
        if !empty {
            self.break_line();
        }
        self.out.push(bracket);
    }

    /// Starts a new line where the text is indented.
    #[inline]
    fn break_line(&mut self) {
        if self.pretty {
            self.indent();
        }
    }

    #[cold]
    fn indent(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str(&self.indent);
        }
    }

    /// Takes the line back that was started last.
    #[cold]
    fn join_line(&mut self) {
        if self.pretty {
            let indent = 1 + self.depth * self.indent.len();
            self.out.truncate(self.out.len().saturating_sub(indent));
        }
    }

    /// Writes `undefined`: in a container not as text, the container knows what it means.
    fn write_undefined(&mut self) {
        if self.depth == 0 {
            self.out.push_str("undefined");
        } else {
            self.undefined = true;
        }
    }

    /// Whether the value that has just been written is undefined, which is told once.
    #[inline]
    fn take_undefined(&mut self) -> bool {
        mem::take(&mut self.undefined)
    }

    #[inline]
    fn write_key(&mut self, key: &str) {
        write_key(self.out, key);
        self.write_colon();
    }

    #[inline]
    fn write_colon(&mut self) {
        self.out.push(':');
        if self.pretty {
            self.out.push(' ');
        }
    }

    /// Opens the object around the content of a variant.
    fn open_variant(&mut self, variant: &str) -> Result<()> {
        self.open('{')?;
        self.break_line();
        self.write_key(variant);
        Ok(())
    }
}

macro_rules! serialize_integers {
    ($push:path: $($method:ident: $type:ty,)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<()> {
            $push(self.out, value.into());
            Ok(())
        }
    )*};
}

impl<'a, 'o> ser::Serializer for &'a mut Serializer<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a, 'o>;
    type SerializeTuple = Compound<'a, 'o>;
    type SerializeTupleStruct = Compound<'a, 'o>;
    type SerializeTupleVariant = Compound<'a, 'o>;
    type SerializeMap = Compound<'a, 'o>;
    type SerializeStruct = Compound<'a, 'o>;
    type SerializeStructVariant = Compound<'a, 'o>;

    serialize_integers! {
        integer::push:
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
    }
    serialize_integers! {
        integer::push_signed:
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
    }

    fn serialize_i128(self, value: i128) -> Result<()> {
        self.out.push_str(itoa::Buffer::new().format(value));
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        self.out.push_str(itoa::Buffer::new().format(value));
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        float::push_f32(self.out, value);
        Ok(())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<()> {
        if self.catches {
            self.catches = false;
            self.caught = value;
        } else {
            float::push_f64(self.out, value);
        }
        Ok(())
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        write_bool(self.out, value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        write_string(self.out, value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        write_string(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.out.push('\'');
        base64::encode(value, self.out);
        self.out.push('\'');
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<()> {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T>(self, name: &'static str, value: &T) -> Result<()>
    where
        T: Serialize + ?Sized,
    {
        match name {
            token::UNDEFINED => {
                self.write_undefined();
                Ok(())
            }
            token::RAW => self.write_raw(value),
            token::VALUE => self.write_container(value),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()>
    where
        T: Serialize + ?Sized,
    {
        self.open_variant(variant)?;
        value.serialize(&mut *self)?;
        if self.take_undefined() {
            self.out.push_str("undefined");
        }
        self.close('}', false);
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a, 'o>> {
        self.open('[')?;
        Ok(Compound::new(self))
    }

    #[inline]
    fn serialize_tuple(self, length: usize) -> Result<Compound<'a, 'o>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Compound<'a, 'o>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Compound<'a, 'o>> {
        self.open_variant(variant)?;
        self.serialize_seq(Some(length))
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a, 'o>> {
        self.open('{')?;
        Ok(Compound::new(self))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Compound<'a, 'o>> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Compound<'a, 'o>> {
        self.open_variant(variant)?;
        self.serialize_map(Some(length))
    }
}
