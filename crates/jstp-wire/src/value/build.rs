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
    /// The names of open objects that are not known, and where those of each of them begin.
    names: NameList,
    first_names: Vec<usize>,
    /// Containers that have begun to take values, and how many others are around each.
    begun: Vec<(usize, Value)>,
}

/// An open container.
///
/// Its parts are read as they were written: a processor that loads in one block what it has just stored piece by
/// piece has to wait.
#[derive(Clone, Copy)]
struct Open {
    kind: Kind,
    /// Where its values begin on the stack.
    first_value: usize,
}

/// What kind of container it is, and where the names are if it is an object.
#[derive(Clone, Copy)]
enum Kind {
    Array,
    /// Of names that are known.
    Known(Path),
    /// Of names in the list.
    Listed,
}

impl Kind {
    #[inline]
    fn container(self) -> Container {
        match self {
            Self::Array => Container::Array,
            Self::Known(_) | Self::Listed => Container::Object,
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            values: Vec::with_capacity(FIRST_CAPACITY),
            open: Vec::new(),
            known: KnownNames::default(),
            names: NameList::default(),
            first_names: Vec::new(),
            begun: Vec::new(),
        }
    }
}

impl Builder {
    /// Has `build` put a value that is in `text` on the stack of the thread, and hands it over from there.
    pub(super) fn lend(text: &str, build: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        // There is none while it is lent, nor where the thread is ending.
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        let mut builder = spare.unwrap_or_default();
        let result = build(&mut builder);
        if result.is_err() {
            builder.clear();
        } else if let Some(value) = builder.values.pop() {
            token::hand_over(value);
        }
        builder.shrink(text);
        let _ = SPARE.try_with(|spare| spare.set(Some(builder)));
        result
    }

    /// Removes what an error left.
    #[cold]
    fn clear(&mut self) {
        drop(self.take_values(0));
        self.open.clear();
        self.names.truncate(0);
        self.first_names.clear();
        self.begun.clear();
    }

    /// Gives back memory that is too much to keep, of what was needed for `text`.
    #[inline]
    fn shrink(&mut self, text: &str) {
        // All that is on a stack is in the text.
        if text.len() > KEPT {
            self.values.shrink_to(KEPT);
            self.open.shrink_to(KEPT);
            self.names.shrink_to(KEPT_BYTES, KEPT);
            self.first_names.shrink_to(KEPT);
            self.begun.shrink_to(KEPT);
        }
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

    /// Adds a name of so many bytes, at most eight, if it is one that is known here.
    #[inline]
    pub(super) fn push_short_name(&mut self, name: u64, length: usize) -> bool {
        let Some(Kind::Known(path)) = self.open.last_mut().map(|open| &mut open.kind) else {
            return false;
        };
        let Some(next) = self.known.follow_short(*path, name, length) else {
            return false;
        };
        *path = next;
        true
    }

    /// Adds a name of which `first` are the first eight bytes, if it is one that is known here.
    #[inline]
    pub(super) fn push_known_name(&mut self, name: &[u8], first: u64) -> bool {
        let Some(Kind::Known(path)) = self.open.last_mut().map(|open| &mut open.kind) else {
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
        if let Kind::Known(path) = open.kind {
            if let Some(path) = self.known.follow_or_learn(path, name) {
                open.kind = Kind::Known(path);
                return;
            }
            open.kind = Kind::Listed;
            self.first_names.push(self.names.len());
            self.known.push_to(path, &mut self.names);
            self.names.push(name);
            self.renew_if_worn();
        } else {
            self.names.push(name);
        }
    }

    /// Has the names forgotten that are known, but for those of open objects, once too many others were not learned.
    ///
    /// Not where looking through all that is open would take longer than reading what was not learned.
    fn renew_if_worn(&mut self) {
        if self.known.is_worn() && self.open.len() <= MAX_WAITING {
            let paths = self
                .open
                .iter_mut()
                .filter_map(|open| match &mut open.kind {
                    Kind::Known(path) => Some(path),
                    Kind::Array | Kind::Listed => None,
                });
            self.known.renew(paths);
        }
    }

    /// Removes the name whose value has not been pushed.
    pub(super) fn pop_name(&mut self) {
        match self.open.last_mut().map(|open| &mut open.kind) {
            Some(Kind::Known(path)) => *path = self.known.before(*path),
            _ => self.names.truncate(self.names.len() - 1),
        }
    }

    #[inline]
    pub(super) fn open(&mut self, container: Container) {
        let kind = match container {
            Container::Array => Kind::Array,
            Container::Object => Kind::Known(Path::default()),
        };
        let first_value = self.values.len();
        self.open.push(Open { kind, first_value });
    }

    /// Ends the innermost container; gives the kind of the one around it, or hands it over if there is none.
    #[inline]
    pub(super) fn close(&mut self) -> Option<Container> {
        let &Open { kind, first_value } = self.open.last()?;
        let depth = self.open.len() - 1;
        self.open.truncate(depth);
        if (self.begun.last()).is_some_and(|(begun, _)| *begun == depth) {
            let value = self.take_waiting(kind, first_value, depth);
            if let Kind::Listed = kind {
                self.first_names.pop();
            }
            return self.push_closed(value);
        }
        match kind {
            Kind::Array => {
                let elements = self.take_values(first_value);
                self.push_closed(Value::Array(elements))
            }
            Kind::Known(path) => self.close_object(path, first_value),
            Kind::Listed => {
                let object = self.listed_object(first_value);
                self.push_closed(Value::Object(object))
            }
        }
    }

    #[inline]
    fn close_object(&mut self, path: Path, first_value: usize) -> Option<Container> {
        if let Some(names) = self.known.list(path).or_else(|| self.new_list(path)) {
            let values = self.take_values(first_value);
            self.push_closed(Value::Object(Object::of(names, values)))
        } else {
            self.push_closed(Value::Object(Object::new()))
        }
    }

    /// Puts a container that has ended where it belongs, without a stay elsewhere: moved as a block, it would wait
    /// until all of its parts are written.
    #[inline]
    fn push_closed(&mut self, value: Value) -> Option<Container> {
        if let Some(outer) = self.open.last() {
            let container = outer.kind.container();
            self.push(value);
            Some(container)
        } else {
            token::hand_over(ManuallyDrop::new(value));
            None
        }
    }

    /// The names of an object that has ended, if it has any and they are not kept yet.
    #[cold]
    fn new_list(&mut self, path: Path) -> Option<Arc<Names>> {
        let list = self.known.make_list(path);
        self.renew_if_worn();
        list
    }

    /// Takes the values from the position on off the stack.
    #[inline]
    fn take_values(&mut self, first: usize) -> Vec<Value> {
        let values = self.values.split_off(first);
        values.into_iter().map(ManuallyDrop::into_inner).collect()
    }

    #[cold]
    fn listed_object(&mut self, first_value: usize) -> Object {
        let first_name = self.first_names.pop().unwrap_or_default();
        let names = self.names.tail(first_name);
        let object = if distinct::are_distinct(names) {
            let names = Arc::new(Names::of(names.to_list()));
            Object::of(names, self.take_values(first_value))
        } else {
            let values = self.values.drain(first_value..);
            let mut object = Object::with_capacity(values.len());
            object.extend_names(names, values.map(ManuallyDrop::into_inner));
            object
        };
        self.names.truncate(first_name);
        object
    }

    /// Gets room for a value: from the innermost container, or by letting the stack grow.
    #[cold]
    fn make_room(&mut self) {
        match self.open.last() {
            Some(&Open { kind, first_value }) if self.values.len() - first_value >= MAX_WAITING => {
                let depth = self.open.len() - 1;
                let begun = self.take_waiting(kind, first_value, depth);
                self.begun.push((depth, begun));
            }
            _ => self.values.reserve(FIRST_CAPACITY),
        }
    }

    /// A container with all that it has so far; so many others are around it.
    #[cold]
    fn take_waiting(&mut self, kind: Kind, first_value: usize, depth: usize) -> Value {
        let begun = self.begun.pop_if(|(begun, _)| *begun == depth);
        let mut container = match (begun, kind.container()) {
            (Some((_, container)), _) => container,
            (None, Container::Object) => Value::Object(Object::new()),
            (None, Container::Array) => Value::Array(Vec::new()),
        };
        let values = (self.values.drain(first_value..)).map(ManuallyDrop::into_inner);
        match (&mut container, kind) {
            (Value::Array(elements), _) => elements.extend(values),
            // Of more names than paths have.
            (Value::Object(object), Kind::Listed) => {
                let first = self.first_names.last().copied().unwrap_or_default();
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
