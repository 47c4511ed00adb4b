//! The names of an object's members.

use std::slice;
use std::sync::OnceLock;

use super::index::Index;
use crate::scan::is_bare_key;
use crate::ser::push_start;

/// Up to this many names, looking through them beats hashing.
pub(super) const MAX_UNINDEXED: usize = 64;

/// The names of an object's members, each of them once. Objects of equal names share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    list: NameList,
    /// Where each name is; none while they are few.
    index: Option<Box<Index>>,
    /// The names as they are written, once somebody has asked for them.
    written: OnceLock<Option<Box<Written>>>,
}

impl Names {
    /// Names none of which repeats.
    pub(crate) fn of(list: NameList) -> Self {
        let index = (list.len() > MAX_UNINDEXED).then(|| Box::new(Index::of(&list)));
        Self {
            list,
            index,
            written: OnceLock::new(),
        }
    }

    /// The names as members start with them, `,a:` and `,b:`, if all are bare; made when it is first asked for.
    #[inline]
    pub(super) fn written(&self) -> Option<WrittenNames<'_>> {
        let text = self
            .written
            .get_or_init(|| self.list.written().map(Box::new));
        Some(WrittenNames {
            rest: &text.as_ref()?.text,
            ends: self.list.ends.iter(),
            start: 0,
        })
    }

    pub(crate) fn list(&self) -> &NameList {
        &self.list
    }

    #[inline]
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.find(name, &self.list),
            None => self.list.position(name),
        }
    }

    /// Adds a name that is not there yet.
    pub(super) fn push(&mut self, name: &str) {
        self.list.push(name);
        self.written = OnceLock::new();
        match &mut self.index {
            Some(index) => index.add_last(&self.list),
            None if self.list.len() > MAX_UNINDEXED => {
                self.index = Some(Box::new(Index::of(&self.list)));
            }
            None => {}
        }
    }

    /// Takes a name out; those behind it move up.
    pub(super) fn remove(&mut self, position: usize) {
        self.list.remove(position, 1);
        *self = Self::of(std::mem::take(&mut self.list));
    }
}

/// Names in one text, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameList {
    text: String,
    /// Where each name ends.
    ends: Vec<usize>,
}

impl NameList {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// About how many bytes of memory the list takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Names>() + self.text.len() + size_of_val(self.ends.as_slice())
    }

    /// For how many bytes of names there is room.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// Makes room for so many more bytes and names.
    pub(crate) fn reserve(&mut self, bytes: usize, names: usize) {
        self.text.reserve(bytes);
        self.ends.reserve(names);
    }

    #[inline]
    pub(crate) fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    pub(super) fn get(&self, position: usize) -> Option<&str> {
        let &end = self.ends.get(position)?;
        self.text.get(self.start(position)..end)
    }

    /// Where the name at the position starts, or would start.
    fn start(&self, position: usize) -> usize {
        let before = position.checked_sub(1).and_then(|last| self.ends.get(last));
        before.copied().unwrap_or_default()
    }

    #[inline]
    fn position(&self, name: &str) -> Option<usize> {
        let mut start = 0;
        self.ends.iter().position(|&end| {
            let found = self.text.as_bytes().get(start..end) == Some(name.as_bytes());
            start = end;
            found
        })
    }

    /// Takes so many names out from the position on; those behind them move up.
    pub(crate) fn remove(&mut self, position: usize, count: usize) {
        let (start, end) = (self.start(position), self.start(position + count));
        self.text.drain(start..end);
        self.ends.drain(position..position + count);
        for later in self.ends.iter_mut().skip(position) {
            *later -= end - start;
        }
    }

    /// The names from the position on.
    #[inline]
    pub(crate) fn tail(&self, position: usize) -> NameSlice<'_> {
        NameSlice {
            list: &self.text,
            ends: self.ends.get(position..).unwrap_or_default(),
            start: self.start(position),
        }
    }

    /// Leaves only the names before the position.
    pub(crate) fn truncate(&mut self, position: usize) {
        self.text.truncate(self.start(position));
        self.ends.truncate(position);
    }

    /// Gives back memory that is more than these many bytes and names need.
    pub(crate) fn shrink_to(&mut self, bytes: usize, names: usize) {
        self.text.shrink_to(bytes);
        self.ends.shrink_to(names);
    }

    pub(crate) fn iter(&self) -> NameIter<'_> {
        self.tail(0).iter()
    }

    #[cold]
    fn written(&self) -> Option<Written> {
        let mut text = String::with_capacity(self.text.len() + AROUND * self.len() + PADDING.len());
        for name in self.iter() {
            if !is_bare_key(name) {
                return None;
            }
            text.push(',');
            text.push_str(name);
            text.push(':');
        }
        text.push_str(PADDING);
        Some(Written { text })
    }
}

/// Names as they are written. Most lists are never written, so that they have but a pointer to it.
#[derive(Clone, Debug)]
struct Written {
    text: String,
}

/// How many characters stand around a name that is written.
const AROUND: usize = 2;

/// What stands behind the last name, so that as many bytes can be copied from the start of each.
const PADDING: &str = "                ";

/// Names as members start with them.
pub(super) struct WrittenNames<'a> {
    rest: &'a str,
    /// Where the names end in a text of names alone.
    ends: slice::Iter<'a, usize>,
    /// Where the next name starts there.
    start: usize,
}

impl<'a> Iterator for WrittenNames<'a> {
    type Item = WrittenName<'a>;

    #[inline]
    fn next(&mut self) -> Option<WrittenName<'a>> {
        let &end = self.ends.next()?;
        let name = WrittenName {
            text: self.rest,
            length: end - self.start + AROUND,
        };
        self.rest = self.rest.get(name.length..)?;
        self.start = end;
        Some(name)
    }
}

/// A name as members start with it, `,a:`.
#[derive(Clone, Copy)]
pub(crate) struct WrittenName<'a> {
    /// The name and what stands behind it.
    text: &'a str,
    length: usize,
}

impl WrittenName<'_> {
    /// As the first member starts with it.
    #[inline]
    pub(crate) fn without_comma(self) -> Self {
        Self {
            text: self.text.get(1..).unwrap_or_default(),
            length: self.length - 1,
        }
    }

    /// Appends it.
    #[inline]
    pub(crate) fn push_to(self, out: &mut String) {
        push_start(out, self.text, self.length);
    }
}

/// Some names of a list, up to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameSlice<'a> {
    /// The text of the whole list.
    list: &'a str,
    ends: &'a [usize],
    /// Where the first name starts.
    start: usize,
}

impl<'a> NameSlice<'a> {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All names, one behind the other.
    #[inline]
    pub(crate) fn text(&self) -> &'a str {
        self.list.get(self.start..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn iter(&self) -> NameIter<'a> {
        NameIter {
            list: self.list,
            ends: self.ends.iter(),
            start: self.start,
        }
    }

    pub(crate) fn to_list(self) -> NameList {
        NameList {
            text: self.text().to_owned(),
            ends: self.ends.iter().map(|end| end - self.start).collect(),
        }
    }
}

/// Names in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameIter<'a> {
    /// The text of the whole list.
    list: &'a str,
    ends: slice::Iter<'a, usize>,
    /// Where the next name starts.
    start: usize,
}

impl<'a> NameIter<'a> {
    #[inline]
    fn name(&self, start: usize, end: usize) -> &'a str {
        self.list.get(start..end).unwrap_or_default()
    }
}

impl<'a> Iterator for NameIter<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let &end = self.ends.next()?;
        let name = self.name(self.start, end);
        self.start = end;
        Some(name)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl DoubleEndedIterator for NameIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let &end = self.ends.next_back()?;
        let before = self.ends.as_slice().last();
        Some(self.name(before.copied().unwrap_or(self.start), end))
    }
}

impl ExactSizeIterator for NameIter<'_> {}
