//! Whose long message may go on while there is no room for more of them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The length of a message, and its number.
pub(super) type Place = (usize, u64);

/// One turn, and those who wait for it.
///
/// It goes alternately to the shortest message, the latest of such, and to the oldest: who comes for the first
/// time does not wait for all who came before, and nobody waits for ever.
#[derive(Debug, Default)]
pub(super) struct Turns {
    latest: u64,
    taken: bool,
    /// The next turn is that of the oldest.
    oldest_next: bool,
    by_length: BTreeSet<(usize, Reverse<u64>)>,
    by_age: BTreeSet<u64>,
}

impl Turns {
    /// The number of a new message.
    pub(super) fn number(&mut self) -> u64 {
        self.latest += 1;
        self.latest
    }

    /// Takes the turn, or waits for it. False: it is another's.
    pub(super) fn take(&mut self, place: Place) -> bool {
        let (length, number) = place;
        self.by_length.insert((length, Reverse(number)));
        self.by_age.insert(number);
        let is_next = if self.oldest_next {
            self.by_age.first() == Some(&number)
        } else {
            self.by_length.first() == Some(&(length, Reverse(number)))
        };
        if self.taken || !is_next {
            return false;
        }
        self.leave(place);
        self.taken = true;
        self.oldest_next = !self.oldest_next;
        true
    }

    /// The turn is given up.
    pub(super) fn end(&mut self) {
        self.taken = false;
    }

    /// The place among those who wait is given up.
    pub(super) fn leave(&mut self, (length, number): Place) {
        self.by_length.remove(&(length, Reverse(number)));
        self.by_age.remove(&number);
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.by_age.len()
    }
}
