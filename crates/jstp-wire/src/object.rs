//! Objects: members in the order of the wire.

mod index;
mod iter;
mod names;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::value::Value;
use names::{NameIter, WrittenName};

pub use iter::{IntoIter, Iter};
pub(crate) use names::{NameList, NameSlice, Names};

/// An object: keys and values in the order in which they came.
///
/// Inserting a key that is there already replaces its value and keeps its place. Two objects are equal when they have
/// equal members, in whatever order.
///
/// The keys are kept apart from the values, and objects that were read may share them with others that have the same
/// keys in the same order; the first insertion or removal copies them.
///
/// ```
/// use jstp_wire::{Object, Value};
///
/// let mut object = Object::new();
/// object.insert("b", 1);
/// object.insert("a", 2);
/// object.insert("b", 3);
/// assert_eq!(object.get("b"), Some(&Value::from(3)));
/// assert_eq!(object.keys().collect::<Vec<_>>(), ["b", "a"]);
/// ```
#[derive(Clone, Default)]
pub struct Object {
    /// As many as values; none if there never were any.
    names: Option<Arc<Names>>,
    values: Vec<Value>,
}

impl Object {
    /// An object without members.
    pub const fn new() -> Self {
        Self {
            names: None,
            values: Vec::new(),
        }
    }

    /// An object without members, with room for `capacity` values.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            names: None,
            values: Vec::with_capacity(capacity),
        }
    }

    /// An object of as many names as values.
    #[inline]
    pub(crate) fn of(names: Arc<Names>, values: Vec<Value>) -> Self {
        debug_assert_eq!(names.list().len(), values.len());
        Self {
            names: Some(names),
            values,
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of the member called `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(self.position(key)?)
    }

    /// The value of the member called `key`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let position = self.position(key)?;
        self.values.get_mut(position)
    }

    /// Whether there is a member called `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Sets the member called `key`; gives the value it had before.
    ///
    /// A new member is the last one, a known one keeps its place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.insert_value(&key.into(), value.into())
    }

    fn insert_value(&mut self, key: &str, value: Value) -> Option<Value> {
        if let Some(old) = self.get_mut(key) {
            return Some(std::mem::replace(old, value));
        }
        Arc::make_mut(self.names.get_or_insert_default()).push(key);
        self.values.push(value);
        None
    }

    /// Inserts members: as many as there are values.
    pub(crate) fn extend_names(
        &mut self,
        names: NameSlice<'_>,
        values: impl Iterator<Item = Value>,
    ) {
        for (name, value) in names.iter().zip(values) {
            self.insert_value(name, value);
        }
    }

    /// Takes the member called `key` out; those behind it move up.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let position = self.position(key)?;
        Arc::make_mut(self.names.as_mut()?).remove(position);
        Some(self.values.remove(position))
    }

    /// The members in order.
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// The members in order, with the values to change.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut Value)> {
        names(self.names.as_ref()).zip(&mut self.values)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        names(self.names.as_ref())
    }

    /// The values in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.values.iter()
    }

    /// The members, with their names as they are written behind another member, `,name:`.
    ///
    /// Only where the names are shared, so that it is worth while to keep them so, and all of them are bare.
    #[inline]
    pub(crate) fn written_members(
        &self,
    ) -> Option<impl Iterator<Item = (WrittenName<'_>, &Value)>> {
        let names = self.names.as_ref()?;
        if Arc::strong_count(names) == 1 {
            return None;
        }
        Some(names.written()?.zip(&self.values))
    }

    #[inline]
    fn position(&self, key: &str) -> Option<usize> {
        self.names.as_ref()?.position(key)
    }
}

fn names(names: Option<&Arc<Names>>) -> NameIter<'_> {
    names.map_or_else(NameIter::default, |names| names.list().iter())
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key).is_some_and(|found| found == value))
    }
}

impl Eq for Object {}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        let mut object = Self::new();
        object.extend(members);
        object
    }
}

impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for Object {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, members: I) {
        for (key, value) in members {
            self.insert(key, value);
        }
    }
}
