//! Objects: members in the order of the wire.

mod index;
#[cfg(test)]
mod tests;

use std::fmt;
use std::slice;
use std::vec;

use crate::value::Value;
use index::Index;

/// Up to this many members, looking through them beats hashing.
const MAX_UNINDEXED: usize = 64;

/// An object: keys and values in the order in which they came.
///
/// Inserting a key that is there already replaces its value and keeps its place. Two objects are equal when they have
/// equal members, in whatever order.
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
    members: Vec<(String, Value)>,
    /// Where each key is; none while the members are few.
    index: Option<Box<Index>>,
}

impl Object {
    /// An object without members.
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
            index: None,
        }
    }

    /// An object without members, with room for `capacity` of them.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            members: Vec::with_capacity(capacity),
            index: None,
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The value of the member called `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let (_, value) = self.members.get(self.position(key)?)?;
        Some(value)
    }

    /// The value of the member called `key`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let position = self.position(key)?;
        let (_, value) = self.members.get_mut(position)?;
        Some(value)
    }

    /// Whether there is a member called `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Sets the member called `key`; gives the value it had before.
    ///
    /// A new member is the last one, a known one keeps its place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.insert_value(key.into(), value.into())
    }

    fn insert_value(&mut self, key: String, value: Value) -> Option<Value> {
        if let Some(old) = self.get_mut(&key) {
            return Some(std::mem::replace(old, value));
        }
        self.members.push((key, value));
        match &mut self.index {
            Some(index) => index.add_last(&self.members),
            None if self.members.len() > MAX_UNINDEXED => {
                self.index = Some(Box::new(Index::of(&self.members)));
            }
            None => {}
        }
        None
    }

    /// Takes the member called `key` out; those behind it move up.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let position = self.position(key)?;
        let (_, value) = self.members.remove(position);
        if self.index.is_some() {
            self.index =
                (self.members.len() > MAX_UNINDEXED).then(|| Box::new(Index::of(&self.members)));
        }
        Some(value)
    }

    /// The members in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            members: self.members.iter(),
        }
    }

    /// The members in order, with the values to change.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut Value)> {
        self.members
            .iter_mut()
            .map(|(key, value)| (key.as_str(), value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.members.iter().map(|(key, _)| key.as_str())
    }

    /// The values in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.members.iter().map(|(_, value)| value)
    }

    /// Takes the members of an object that had none; no name may repeat.
    pub(crate) fn fill(&mut self, members: impl Iterator<Item = (String, Value)>) {
        self.members = members.collect();
        if self.members.len() > MAX_UNINDEXED {
            self.index = Some(Box::new(Index::of(&self.members)));
        }
    }

    /// Inserts members, with room for no others.
    pub(crate) fn extend_exact(&mut self, members: impl ExactSizeIterator<Item = (String, Value)>) {
        self.members.reserve_exact(members.len());
        for (key, value) in members {
            self.insert_value(key, value);
        }
    }

    #[inline]
    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.find(key, &self.members),
            None => self.members.iter().position(|(name, _)| name == key),
        }
    }
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

/// The members of an [`Object`] in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    members: slice::Iter<'a, (String, Value)>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.members
            .next()
            .map(|(key, value)| (key.as_str(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.members.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.members
            .next_back()
            .map(|(key, value)| (key.as_str(), value))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a str, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}
