//! Values, which are written straight instead of by way of serde.
//!
//! Serde has no way to hand a value of a known type to a serializer, but the value can be handed the text:
//! the serializer lends it by way of the thread, and the value takes it when it is asked to serialize itself.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};

use serde::ser::{self, Serialize};

use super::{Serializer, is, text, write_bool, write_key, write_string};
use crate::error::Result;
use crate::object::Object;
use crate::token;
use crate::value::Value;

/// The text that is lent.
struct Loan {
    out: String,
    /// How many levels there may still be.
    levels: usize,
    written: Option<Depth>,
}

/// Whether a value nests too deep, which ends its text.
type Depth = std::result::Result<(), TooDeep>;

struct TooDeep;

thread_local! {
    /// What is lent at the moment, between a serializer and the value that it is called with: meanwhile nothing runs
    /// but code of this file. It needs no destructor, which makes it cheap.
    static LOAN: Cell<ManuallyDrop<Option<Loan>>> = const { Cell::new(ManuallyDrop::new(None)) };
}

/// The elements or members of a value.
#[derive(Clone, Copy)]
pub(crate) enum Container<'a> {
    Array(&'a [Value]),
    Object(&'a Object),
}

impl Container<'_> {
    /// Serializes it in a way that the serializer of this crate knows and to others looks like the plain container.
    #[inline]
    pub(crate) fn hand_over<S: ser::Serializer>(
        self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(token::VALUE, &self)
    }

    /// Writes it to the text that is lent; whether there is one.
    fn write_to_loan(self) -> bool {
        let Some(mut loan) = ManuallyDrop::into_inner(LOAN.take()) else {
            return false;
        };
        loan.written = Some(match self {
            Self::Array(elements) => write_array(&mut loan.out, elements, loan.levels),
            Self::Object(object) => write_object(&mut loan.out, object, loan.levels),
        });
        LOAN.set(ManuallyDrop::new(Some(loan)));
        true
    }
}

impl Serialize for Container<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        if self.write_to_loan() {
            return serializer.serialize_str("");
        }
        match *self {
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Object(object) => serializer.collect_map(object),
        }
    }
}

impl Serializer<'_> {
    /// Writes a [`Container`], which takes the text if it is compact.
    pub(super) fn write_container<T: Serialize + ?Sized>(&mut self, container: &T) -> Result<()> {
        // To nothing else that calls itself so, which might serialize other values meanwhile, or panic.
        if self.pretty || !is::<T, Container<'_>>() {
            return container.serialize(self);
        }
        LOAN.set(ManuallyDrop::new(Some(Loan {
            out: mem::take(self.out),
            levels: self.max_depth.saturating_sub(self.depth),
            written: None,
        })));
        let answer = container.serialize(text::Serializer::raw(&mut String::new()));
        let loan = ManuallyDrop::into_inner(LOAN.take());
        let written = loan.and_then(|loan| {
            *self.out = loan.out;
            loan.written
        });
        match written {
            Some(Ok(())) => answer,
            Some(Err(TooDeep)) => Err(self.too_deep()),
            // That of another version of this crate, which has loans of its own.
            None => container.serialize(self),
        }
    }
}

#[inline]
fn write_value(out: &mut String, value: &Value, levels: usize) -> Depth {
    match value {
        // The container knows what it means.
        Value::Undefined => {}
        Value::Null => out.push_str("null"),
        Value::Bool(value) => write_bool(out, *value),
        Value::Number(number) => number.push_to(out),
        Value::String(text) => write_string(out, text),
        Value::Array(elements) => return write_array(out, elements, levels),
        Value::Object(object) => return write_object(out, object, levels),
    }
    Ok(())
}

fn write_array(out: &mut String, elements: &[Value], levels: usize) -> Depth {
    let levels = levels.checked_sub(1).ok_or(TooDeep)?;
    out.push('[');
    let mut rest = elements;
    while let [first, behind @ ..] = rest {
        if let (Value::Number(first), [Value::Number(second), behind @ ..]) = (first, behind) {
            first.push_two(*second, out);
            rest = behind;
        } else {
            write_value(out, first, levels)?;
            rest = behind;
        }
        if !rest.is_empty() {
            out.push(',');
        }
    }
    // A comma behind the last element does not count, so that a hole needs one more.
    if elements.last().is_some_and(Value::is_undefined) {
        out.push(',');
    }
    out.push(']');
    Ok(())
}

fn write_object(out: &mut String, object: &Object, levels: usize) -> Depth {
    let levels = levels.checked_sub(1).ok_or(TooDeep)?;
    out.push('{');
    let mut is_first = true;
    if let Some(members) = object.written_members() {
        for (name, value) in members {
            if !value.is_undefined() {
                let name = if is_first { name.without_comma() } else { name };
                is_first = false;
                name.push_to(out);
                write_value(out, value, levels)?;
            }
        }
    } else {
        for (name, value) in object {
            if !value.is_undefined() {
                if !is_first {
                    out.push(',');
                }
                is_first = false;
                write_key(out, name);
                out.push(':');
                write_value(out, value, levels)?;
            }
        }
    }
    out.push('}');
    Ok(())
}
