//! Iterators over the members of objects.

use std::slice;
use std::sync::Arc;
use std::vec;

use super::names::{NameIter, Names};
use super::{Object, names};
use crate::value::Value;

/// The members of an [`Object`] in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    names: NameIter<'a>,
    values: slice::Iter<'a, Value>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a Value);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        Some((self.names.next()?, self.values.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        Some((self.names.next_back()?, self.values.next_back()?))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a str, &'a Value);
    type IntoIter = Iter<'a>;

    #[inline]
    fn into_iter(self) -> Iter<'a> {
        Iter {
            names: names(self.names.as_ref()),
            values: self.values.iter(),
        }
    }
}

/// The members of an [`Object`] in order, taken out of it.
#[derive(Debug)]
pub struct IntoIter {
    names: Option<Arc<Names>>,
    /// Which of the names are left.
    left: std::ops::Range<usize>,
    values: vec::IntoIter<Value>,
}

impl IntoIter {
    fn name(&self, position: Option<usize>) -> Option<String> {
        let names = self.names.as_ref()?;
        names.list().get(position?).map(str::to_owned)
    }
}

impl Iterator for IntoIter {
    type Item = (String, Value);

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.left.next();
        Some((self.name(position)?, self.values.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl DoubleEndedIterator for IntoIter {
    fn next_back(&mut self) -> Option<Self::Item> {
        let position = self.left.next_back();
        Some((self.name(position)?, self.values.next_back()?))
    }
}

impl ExactSizeIterator for IntoIter {}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter {
            left: 0..self.values.len(),
            names: self.names,
            values: self.values.into_iter(),
        }
    }
}
