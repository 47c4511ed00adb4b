//! Memory that a thread keeps for whoever needs some next.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Something that has memory even when it is empty.
pub trait Spare: Default {
    /// What it takes.
    fn bytes(&self) -> usize;
}

impl Spare for String {
    fn bytes(&self) -> usize {
        self.capacity()
    }
}

impl<T> Spare for VecDeque<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

/// What was left by those who need it no longer, empty; a thread has one of these for each kind.
#[derive(Debug)]
pub struct Spares<T> {
    kept: RefCell<Vec<T>>,
    bytes: Cell<usize>,
    most: usize,
    most_bytes: usize,
}

impl<T: Spare> Spares<T> {
    /// Keeps up to `most` of them, which take up to `most_bytes` together.
    pub const fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            kept: RefCell::new(Vec::new()),
            bytes: Cell::new(0),
            most,
            most_bytes,
        }
    }

    /// The one that was left last, or a new one, which has no memory yet.
    #[inline]
    pub fn take(&self) -> T {
        let Some(spare) = self.kept.borrow_mut().pop() else {
            return T::default();
        };
        self.bytes.set(self.bytes.get() - spare.bytes());
        spare
    }

    /// Leaves one to others, if there are not enough yet.
    #[inline]
    pub fn leave(&self, spare: T) {
        let bytes = self.bytes.get() + spare.bytes();
        let mut kept = self.kept.borrow_mut();
        // One without memory would keep the place of one that has some.
        if spare.bytes() > 0 && kept.len() < self.most && bytes <= self.most_bytes {
            self.bytes.set(bytes);
            kept.push(spare);
        }
    }

    /// How many there are, and what they take.
    pub fn kept(&self) -> (usize, usize) {
        (self.kept.borrow().len(), self.bytes.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_last_is_taken_first() {
        let spares = Spares::new(2, 100);
        assert_eq!(spares.take(), String::new());
        spares.leave(String::with_capacity(10));
        spares.leave(String::with_capacity(20));
        assert_eq!(spares.kept(), (2, 30));
        assert_eq!(spares.take().capacity(), 20);
        assert_eq!(spares.take().capacity(), 10);
        assert_eq!((spares.take().capacity(), spares.kept()), (0, (0, 0)));
    }

    #[test]
    fn number_and_memory_are_bounded() {
        let spares = Spares::new(2, 100);
        for capacity in [0, 60, 50, 40, 0] {
            spares.leave(String::with_capacity(capacity));
        }
        assert_eq!(spares.kept(), (2, 100));
    }
}
