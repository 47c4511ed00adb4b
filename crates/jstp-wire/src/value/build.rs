//! Building values.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use super::known::{KnownNames, Path};
use super::{Value, distinct};
use crate::error::Result;
use crate::object::{NameList, Names, Object};
use crate::scan::Container;
use crate::token;

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
    /// Nothing here is dropped by itself: a value that would have to be where its being pushed may fail could not
    /// be written straight to its place.
    values: Vec<ManuallyDrop<Value>>,
    /// The open containers, the innermost one last.
    open: Vec<Open>,
    known: KnownNames,
    /// The names of objects that are not known.
    names: NameList,
    /// Containers that have begun to take values, and how many others are around each.
    begun: Vec<(usize, Value)>,
}

/// An open container.
#[derive(Clone, Copy)]
struct Open {
    container: Container,
    names: OpenNames,
    /// Where its values begin on the stack.
    first_value: usize,
}

/// The names of an open object.
#[derive(Clone, Copy)]
enum OpenNames {
    Known(Path),
    /// In the list, from here on.
    Listed(usize),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            values: Vec::with_capacity(FIRST_CAPACITY),
            open: Vec::new(),
            known: KnownNames::default(),
            names: NameList::default(),
            begun: Vec::new(),
        }
    }
}

impl Builder {
    /// Has `build` put a value on the stack of the thread, and hands it over from there.
    pub(super) fn lend(build: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        // There is none while it is lent, nor where the thread is ending.
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        let mut builder = spare.unwrap_or_default();
        let result = build(&mut builder);
        if result.is_ok() {
            token::hand_over(builder.values.pop().unwrap_or_default());
        } else {
            builder.clear();
        }
        builder.shrink();
        let _ = SPARE.try_with(|spare| spare.set(Some(builder)));
        result
    }

    /// Removes what an error left.
    #[cold]
    fn clear(&mut self) {
        drop(self.take_values(0));
        self.open.clear();
        self.names.truncate(0);
        self.begun.clear();
    }

    /// Gives back memory that is too much to keep.
    #[inline]
    fn shrink(&mut self) {
        self.values.shrink_to(KEPT);
        self.open.shrink_to(KEPT);
        self.names.shrink_to(KEPT_BYTES, KEPT);
        self.begun.shrink_to(KEPT);
        self.known.make_room();
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        let value = ManuallyDrop::new(value);
        if self.values.len() == self.values.capacity() {
            self.make_room();
        }
        self.values.push(value);
    }

    /// Adds a name of which `first` are the first eight bytes, if it is one that is known here.
    #[inline]
    pub(super) fn push_known_name(&mut self, name: &[u8], first: u64) -> bool {
        let Some(OpenNames::Known(path)) = self.open.last_mut().map(|open| &mut open.names) else {
            return false;
        };
        let Some(next) = self.known.follow_plain(*path, name, first) else {
            return false;
        };
        *path = next;
        true
    }

    pub(super) fn push_name(&mut self, name: &str) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        if let OpenNames::Known(path) = open.names {
            if let Some(path) = self.known.follow_or_learn(path, name) {
                open.names = OpenNames::Known(path);
                return;
            }
            open.names = OpenNames::Listed(self.names.len());
            self.known.push_to(path, &mut self.names);
        }
        self.names.push(name);
    }

    /// Removes the name whose value has not been pushed.
    pub(super) fn pop_name(&mut self) {
        match self.open.last_mut().map(|open| &mut open.names) {
            Some(OpenNames::Known(path)) => *path = self.known.before(*path),
            _ => self.names.truncate(self.names.len() - 1),
        }
    }

    #[inline]
    pub(super) fn open(&mut self, container: Container) {
        self.open.push(Open {
            container,
            names: OpenNames::Known(Path::default()),
            first_value: self.values.len(),
        });
    }

    /// Ends the innermost container; gives the kind of the one around it.
    #[inline]
    pub(super) fn close(&mut self) -> Option<Container> {
        let open = self.open.pop()?;
        if (self.begun.last()).is_some_and(|(begun, _)| *begun == self.open.len()) {
            let value = self.take_waiting(open, self.open.len());
            self.push(value);
        } else if open.container == Container::Array {
            let elements = self.take_values(open.first_value);
            self.push(Value::Array(elements));
        } else {
            self.close_object(open);
        }
        Some(self.open.last()?.container)
    }

    #[inline]
    fn close_object(&mut self, open: Open) {
        let OpenNames::Known(path) = open.names else {
            let object = self.listed_object(open);
            return self.push(Value::Object(object));
        };
        if let Some(names) = self.known.list(path) {
            let values = self.take_values(open.first_value);
            self.push(Value::Object(Object::of(names, values)));
        } else {
            self.push(Value::Object(Object::new()));
        }
    }

    /// Takes the values from the position on off the stack.
    #[inline]
    fn take_values(&mut self, first: usize) -> Vec<Value> {
        let values = self.values.split_off(first);
        values.into_iter().map(ManuallyDrop::into_inner).collect()
    }

    #[cold]
    fn listed_object(&mut self, open: Open) -> Object {
        let OpenNames::Listed(first) = open.names else {
            return Object::new();
        };
        let names = self.names.tail(first);
        let object = if distinct::are_distinct(names) {
            let names = Arc::new(Names::of(names.to_list()));
            Object::of(names, self.take_values(open.first_value))
        } else {
            let values = self.values.drain(open.first_value..);
            let mut object = Object::with_capacity(values.len());
            object.extend_names(names, values.map(ManuallyDrop::into_inner));
            object
        };
        self.names.truncate(first);
        object
    }

    /// Gets room for a value: from the innermost container, or by letting the stack grow.
    #[cold]
    fn make_room(&mut self) {
        match self.open.last() {
            Some(&open) if self.values.len() - open.first_value >= MAX_WAITING => {
                let depth = self.open.len() - 1;
                let begun = self.take_waiting(open, depth);
                self.begun.push((depth, begun));
            }
            _ => self.values.reserve(FIRST_CAPACITY),
        }
    }

    /// A container with all that it has so far; so many others are around it.
    #[cold]
    fn take_waiting(&mut self, open: Open, depth: usize) -> Value {
        let begun = self.begun.pop_if(|(begun, _)| *begun == depth);
        let mut container = match (begun, open.container) {
            (Some((_, container)), _) => container,
            (None, Container::Object) => Value::Object(Object::new()),
            (None, Container::Array) => Value::Array(Vec::new()),
        };
        let values = self
            .values
            .drain(open.first_value..)
            .map(ManuallyDrop::into_inner);
        match (&mut container, open.names) {
            (Value::Array(elements), _) => elements.extend(values),
            // Of more names than paths have.
            (Value::Object(object), OpenNames::Listed(first)) => {
                // The last one may still be without a value.
                let count = values.len();
                object.extend_names(self.names.tail(first), values);
                self.names.remove(first, count);
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
