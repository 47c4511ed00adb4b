//! `value["key"]` and `value[0]`.

use std::ops::Index;

use super::Value;

static UNDEFINED: Value = Value::Undefined;

/// What a [`Value`] can be indexed by: keys of objects and positions of arrays.
pub trait ValueIndex {
    /// What this index stands for in `value`.
    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value>;

    /// What this index stands for in `value`, to change it.
    fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value>;
}

impl ValueIndex for str {
    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.as_object()?.get(self)
    }

    fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        value.as_object_mut()?.get_mut(self)
    }
}

impl ValueIndex for String {
    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        ValueIndex::get(self.as_str(), value)
    }

    fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        ValueIndex::get_mut(self.as_str(), value)
    }
}

impl ValueIndex for usize {
    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.as_array()?.get(*self)
    }

    fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        value.as_array_mut()?.get_mut(*self)
    }
}

impl<T: ValueIndex + ?Sized> ValueIndex for &T {
    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        T::get(self, value)
    }

    fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        T::get_mut(self, value)
    }
}

/// `undefined` where there is no such member or element, as in JavaScript.
impl<I: ValueIndex> Index<I> for Value {
    type Output = Value;

    fn index(&self, index: I) -> &Value {
        index.get(self).unwrap_or(&UNDEFINED)
    }
}
