//! Arrays and objects.

use serde::ser::{self, Serialize};

use super::{Serializer, is, text};
use crate::error::{Error, Result};
use crate::float::{self, Fraction};

/// An array or object that is being written; see [`Serializer`].
#[derive(Debug)]
pub struct Compound<'a, 'o> {
    ser: &'a mut Serializer<'o>,
    /// Whether nothing has been written yet.
    empty: bool,
    /// Whether the last element is a hole.
    hole: bool,
    /// The last element if it is not written yet, since two fractions are written faster than one by one.
    kept: Option<Fraction>,
    /// Where the text of the current member starts, with its comma.
    member: usize,
}

impl<'a, 'o> Compound<'a, 'o> {
    pub(super) fn new(ser: &'a mut Serializer<'o>) -> Self {
        Self {
            ser,
            empty: true,
            hole: false,
            kept: None,
            member: 0,
        }
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        if (is::<T, f64>() || is::<T, &f64>()) && !self.ser.pretty {
            return self.float(value);
        }
        self.start_element();
        self.ser.break_line();
        value.serialize(&mut *self.ser)?;
        self.hole = self.ser.undefined;
        if self.hole {
            self.ser.undefined = false;
            self.ser.join_line();
        }
        Ok(())
    }

    /// Writes what is before an element.
    #[inline]
    fn start_element(&mut self) {
        if let Some(kept) = self.kept.take() {
            kept.push_to(self.ser.out);
        }
        if !self.empty {
            self.ser.out.push(',');
        }
        self.empty = false;
    }

    /// Writes an element that is an `f64`, or keeps it.
    #[inline]
    fn float<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.ser.catches = true;
        value.serialize(&mut *self.ser)?;
        let value = self.ser.caught;
        self.hole = false;
        match (self.kept, Fraction::of(value)) {
            (Some(first), Some(second)) => {
                self.kept = None;
                first.push_two(second, self.ser.out);
            }
            (None, Some(first)) => {
                self.start_element();
                self.kept = Some(first);
            }
            (_, None) => {
                self.start_element();
                float::push_f64(self.ser.out, value);
            }
        }
        Ok(())
    }

    #[inline]
    fn end_elements(&mut self) {
        if let Some(kept) = self.kept {
            kept.push_to(self.ser.out);
        }
        // A comma behind the last element does not count, so that a hole needs one more.
        if self.hole {
            self.ser.out.push(',');
        }
        self.ser.close(']', self.empty);
    }

    #[inline]
    fn start_member(&mut self) {
        self.member = self.ser.out.len();
        if !self.empty {
            self.ser.out.push(',');
        }
        self.ser.break_line();
    }

    /// Writes the value of the member whose key has been written.
    #[inline]
    fn finish_member<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut *self.ser)?;
        if self.ser.take_undefined() {
            self.ser.out.truncate(self.member);
        } else {
            self.empty = false;
        }
        Ok(())
    }

    /// Writes a member of a struct.
    #[expect(
        clippy::inline_always,
        reason = "where the name is known, what it needs is as well, and it is a few stores"
    )]
    #[inline(always)]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.start_member();
        self.ser.write_key(key);
        self.finish_member(value)
    }

    #[inline]
    fn end_members(&mut self) {
        self.ser.close('}', self.empty);
    }
}

macro_rules! serialize_elements {
    ($($trait:ident: $method:ident,)*) => {$(
        impl ser::$trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            #[inline]
            fn end(mut self) -> Result<()> {
                self.end_elements();
                Ok(())
            }
        }
    )*};
}

serialize_elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
}

impl ser::SerializeTupleVariant for Compound<'_, '_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    #[inline]
    fn end(mut self) -> Result<()> {
        self.end_elements();
        self.ser.close('}', false);
        Ok(())
    }
}

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.start_member();
        key.serialize(text::Serializer::key(self.ser.out))?;
        self.ser.write_colon();
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.finish_member(value)
    }

    #[inline]
    fn end(mut self) -> Result<()> {
        self.end_members();
        Ok(())
    }
}

impl ser::SerializeStruct for Compound<'_, '_> {
    type Ok = ();
    type Error = Error;

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    #[inline]
    fn end(mut self) -> Result<()> {
        self.end_members();
        Ok(())
    }
}

impl ser::SerializeStructVariant for Compound<'_, '_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    #[inline]
    fn end(mut self) -> Result<()> {
        self.end_members();
        self.ser.close('}', false);
        Ok(())
    }
}
