//! Building values.

use std::cell::Cell;

use super::Value;
use super::known::KnownNames;
use crate::object::{NameList, Object};
use crate::scan::Container;

/// From how many elements or members on a container takes those that wait on the stack before it has them all.
///
/// With less, a container knows how many it has when it allocates; with more it grows as it goes, so that a
/// large one does not take twice its memory.
const MAX_WAITING: usize = 1024;

/// For how many values a thread's stack makes room at first: enough for most messages.
const FIRST_CAPACITY: usize = 32;
/// How many values, names and open containers, and how many bytes of names, the stacks that a thread keeps
/// have room for at most.
const KEPT: usize = 2 * MAX_WAITING;
const KEPT_BYTES: usize = 16 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<Builder>>> = const { Cell::new(None) };
}

/// Builds a value from its leaves on: each is put on a stack, from which containers take what is theirs.
///
/// That is faster than to return values, which are moved from one function to the next then. A thread keeps its
/// builder, so that small values need no memory but their own.
pub(super) struct Builder {
    values: Vec<Value>,
    /// The names of members of open objects.
    names: NameList,
    /// The open containers, the innermost one last.
    open: Vec<Open>,
    /// Containers that have begun to take values, and how many others are around each.
    begun: Vec<(usize, Value)>,
    known: KnownNames,
}

/// Where the values and names of a container begin on the stacks.
#[derive(Clone, Copy, Default)]
struct Open {
    first_value: usize,
    first_name: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            values: Vec::with_capacity(FIRST_CAPACITY),
            names: NameList::default(),
            open: Vec::new(),
            begun: Vec::new(),
            known: KnownNames::default(),
        }
    }
}

impl Builder {
    /// Has `build` put a value on the stack of the thread, and takes it from there.
    pub(super) fn lend<E>(build: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<Value, E> {
        // There is none while it is lent, nor where the thread is ending.
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        let mut builder = spare.unwrap_or_default();
        let result = build(&mut builder).map(|()| builder.values.pop().unwrap_or_default());
        builder.clear();
        let _ = SPARE.try_with(|spare| spare.set(Some(builder)));
        result
    }

    /// Removes what an error left, and memory that is too much to keep.
    fn clear(&mut self) {
        self.values.clear();
        self.values.shrink_to(KEPT);
        self.names.truncate(0);
        self.names.shrink_to(KEPT_BYTES, KEPT);
        self.open.clear();
        self.open.shrink_to(KEPT);
        self.begun = Vec::new();
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        if self.values.len() == self.values.capacity() {
            self.make_room();
        }
        self.values.push(value);
    }

    #[inline]
    pub(super) fn push_name(&mut self, name: &str) {
        self.names.push(name);
    }

    /// Removes the name whose value has not been pushed.
    pub(super) fn pop_name(&mut self) {
        self.names.truncate(self.names.len() - 1);
    }

    #[inline]
    pub(super) fn open(&mut self) {
        self.open.push(Open {
            first_value: self.values.len(),
            first_name: self.names.len(),
        });
    }

    #[inline]
    pub(super) fn close(&mut self, container: Container) {
        let open = self.open.pop().unwrap_or_default();
        let value = match (self.begun.last(), container) {
            (Some((depth, _)), _) if *depth == self.open.len() => self.finish(open),
            (_, Container::Array) => Value::Array(self.values.split_off(open.first_value)),
            (_, Container::Object) => Value::Object(self.object(open)),
        };
        self.push(value);
    }

    #[inline]
    fn object(&mut self, open: Open) -> Object {
        let names = self.names.tail(open.first_name);
        if names.is_empty() {
            return Object::new();
        }
        let object = if let Some(names) = self.known.share(names) {
            Object::of(names, self.values.split_off(open.first_value))
        } else {
            let values = self.values.drain(open.first_value..);
            let mut object = Object::with_capacity(values.len());
            object.extend_names(names, values);
            object
        };
        self.names.truncate(open.first_name);
        object
    }

    /// Gets room for a value: from the innermost container, or by letting the stack grow.
    #[cold]
    fn make_room(&mut self) {
        match self.open.last() {
            Some(&open) if self.values.len() - open.first_value >= MAX_WAITING => {
                let begun = self.take_waiting(open, self.open.len() - 1);
                self.begun.push((self.open.len() - 1, begun));
            }
            _ => self.values.reserve(FIRST_CAPACITY),
        }
    }

    #[cold]
    fn finish(&mut self, open: Open) -> Value {
        self.take_waiting(open, self.open.len())
    }

    /// The innermost container with all that it has so far; so many others are around it.
    fn take_waiting(&mut self, open: Open, depth: usize) -> Value {
        let is_object = self.names.len() > open.first_name;
        let begun = self.begun.pop_if(|(begun, _)| *begun == depth);
        let mut container = match begun {
            Some((_, container)) => container,
            None if is_object => Value::Object(Object::new()),
            None => Value::Array(Vec::new()),
        };
        let values = self.values.drain(open.first_value..);
        match &mut container {
            Value::Array(elements) => elements.extend(values),
            Value::Object(object) => {
                // The last name may still be without a value.
                let count = values.len();
                object.extend_names(self.names.tail(open.first_name), values);
                self.names.remove(open.first_name, count);
            }
            _ => {}
        }
        container
    }
}

#[cfg(test)]
mod tests {
    use super::{Builder, KEPT, KEPT_BYTES, SPARE};
    use crate::Value;

    #[test]
    fn a_thread_keeps_little_of_what_a_large_value_took() {
        let name = "n".repeat(KEPT_BYTES);
        let waiting = format!("[{}", "0,".repeat(KEPT - 1)).repeat(20) + &"]".repeat(20);
        let names = format!("[{}{{{name}:1}}{}]", "{".to_owned() + &name + ":", "}");
        for text in [waiting, names] {
            crate::from_str::<Value>(&text).unwrap();
            let builder: Box<Builder> = SPARE.take().unwrap();
            assert!(builder.values.is_empty() && builder.values.capacity() <= KEPT);
            assert!(builder.names.capacity() <= KEPT_BYTES);
            SPARE.set(Some(builder));
        }
    }
}
