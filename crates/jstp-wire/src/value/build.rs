//! Reading values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::{Value, names};
use crate::object::Object;
use crate::token::{self, Marker};

/// How many elements or members wait on the stack before their container takes them.
///
/// With less, a container knows how many it has when it allocates; with more it grows as it goes, so that a
/// large one does not take twice its memory.
const MAX_WAITING: usize = 1024;

/// For how many values and keys the stack makes room at first: enough for most messages.
const FIRST_CAPACITY: usize = 16;

/// Builds a value from its leaves on: each is put on a stack, from which containers take what is theirs.
///
/// As a seed and visitor it adds exactly one value to the stack, or fails. That is faster than to return
/// values, which are moved from one function to the next then.
#[derive(Default)]
pub(super) struct Builder<'de> {
    values: Vec<Value>,
    /// The names of members, copied only when all of an object are known.
    names: Vec<Cow<'de, str>>,
}

impl<'de> Builder<'de> {
    /// The value, once it has been built.
    pub(super) fn finish(mut self) -> Value {
        self.values.pop().unwrap_or_default()
    }

    fn array<A: SeqAccess<'de>>(&mut self, mut access: A) -> Result<Vec<Value>, A::Error> {
        make_room(&mut self.values);
        let start = self.values.len();
        let mut elements = Vec::new();
        while access.next_element_seed(&mut *self)?.is_some() {
            if self.values.len() - start == MAX_WAITING {
                elements.extend(self.values.drain(start..));
            }
        }
        elements.reserve_exact(self.values.len() - start);
        elements.extend(self.values.drain(start..));
        Ok(elements)
    }

    fn object<A: MapAccess<'de>>(&mut self, mut access: A) -> Result<Object, A::Error> {
        make_room(&mut self.values);
        make_room(&mut self.names);
        let (first_name, first_value) = (self.names.len(), self.values.len());
        let mut object = Object::new();
        while let Some(name) = access.next_key_seed(NameSeed)? {
            self.names.push(name);
            access.next_value_seed(&mut *self)?;
            if self.names.len() - first_name == MAX_WAITING {
                self.move_members(first_name, first_value, &mut object);
            }
        }
        self.move_members(first_name, first_value, &mut object);
        Ok(object)
    }

    fn move_members(&mut self, first_name: usize, first_value: usize, object: &mut Object) {
        let are_distinct = self
            .names
            .get(first_name..)
            .is_some_and(names::are_distinct);
        let names = self.names.drain(first_name..);
        let values = self.values.drain(first_value..);
        let members = names.map(Cow::into_owned).zip(values);
        if are_distinct && object.is_empty() {
            object.fill(members);
        } else {
            object.extend_exact(members);
        }
    }
}

fn make_room<T>(stack: &mut Vec<T>) {
    if stack.capacity() == 0 {
        stack.reserve_exact(FIRST_CAPACITY);
    }
}

impl<'de> DeserializeSeed<'de> for &mut Builder<'de> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_newtype_struct(token::VALUE, self)
    }
}

impl<'de> Visitor<'de> for &mut Builder<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<(), A::Error> {
        Marker::open(access, token::UNDEFINED)?;
        self.values.push(Value::Undefined);
        Ok(())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_none<E>(self) -> Result<(), E> {
        self.values.push(Value::Null);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.values.push(Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.values.push(Value::Bool(value));
        Ok(())
    }

    #[inline]
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.values.push(Value::from(value));
        Ok(())
    }

    #[inline]
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.values.push(Value::from(value));
        Ok(())
    }

    #[inline]
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.values.push(Value::from(value));
        Ok(())
    }

    #[inline]
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.values.push(Value::String(value.to_owned()));
        Ok(())
    }

    fn visit_string<E>(self, value: String) -> Result<(), E> {
        self.values.push(Value::String(value));
        Ok(())
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<(), A::Error> {
        let elements = self.array(access)?;
        self.values.push(Value::Array(elements));
        Ok(())
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<(), A::Error> {
        let object = self.object(access)?;
        self.values.push(Value::Object(object));
        Ok(())
    }
}

/// Reads an object, whatever the format calls it.
pub(super) struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Object, A::Error> {
        Builder::default().object(access)
    }
}

/// Reads the name of a member.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
