//! Reading values.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::Value;
use crate::object::{Key, Object};
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
pub(super) struct Builder {
    values: Vec<Value>,
    keys: Vec<Key>,
}

impl Builder {
    /// The value, once it has been built.
    pub(super) fn finish(mut self) -> Value {
        self.values.pop().unwrap_or_default()
    }

    fn array<'de, A: SeqAccess<'de>>(&mut self, mut access: A) -> Result<Vec<Value>, A::Error> {
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

    fn object<'de, A: MapAccess<'de>>(&mut self, mut access: A) -> Result<Object, A::Error> {
        make_room(&mut self.values);
        make_room(&mut self.keys);
        let (first_key, first_value) = (self.keys.len(), self.values.len());
        let mut object = Object::new();
        while let Some(key) = access.next_key_seed(KeySeed)? {
            self.keys.push(key);
            access.next_value_seed(&mut *self)?;
            if self.keys.len() - first_key == MAX_WAITING {
                self.move_members(first_key, first_value, &mut object);
            }
        }
        self.move_members(first_key, first_value, &mut object);
        Ok(object)
    }

    fn move_members(&mut self, first_key: usize, first_value: usize, object: &mut Object) {
        let keys = self.keys.drain(first_key..);
        object.append(keys.zip(self.values.drain(first_value..)));
    }
}

fn make_room<T>(stack: &mut Vec<T>) {
    if stack.capacity() == 0 {
        stack.reserve_exact(FIRST_CAPACITY);
    }
}

impl<'de> DeserializeSeed<'de> for &mut Builder {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_newtype_struct(token::VALUE, self)
    }
}

impl<'de> Visitor<'de> for &mut Builder {
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
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(Key::new(name))
    }
}
