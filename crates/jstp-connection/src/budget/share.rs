//! What a connection that has shaken hands holds.

use std::time::Duration;

use tokio::time::Instant;

use super::turns::Place;
use super::{FREE, MemoryBudget, STEP, change};
use crate::sync::lock;

/// While the budget is used up, a long message has to go on by [`PACE_BYTES`] in this time.
const PACE_TIME: Duration = Duration::from_secs(2);
const PACE_BYTES: usize = 128 * 1024;
/// So much may come of a long message without a turn: only who has more than that to read has to wait for one.
const PROBE: usize = 4 * 1024;
/// How often a connection that waits looks again, and what each of those that wait adds to that.
const LOOK: Duration = Duration::from_millis(20);
const LOOK_EACH: Duration = Duration::from_micros(20);

/// What one connection holds of a budget; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Option<MemoryBudget>,
    counted: usize,
    counted_long: usize,
    /// What is held but for the message that is under way.
    settled: usize,
    unacknowledged: usize,
    /// The last message that was acknowledged.
    acknowledged: u64,
    /// Something was acknowledged since its last long message while the budget was used up.
    reads: bool,
    /// Whether it holds much that becomes less without reading.
    can_wait: bool,
    message: usize,
    /// Of a message of more than [`FREE`].
    long: Option<Box<Long>>,
}

/// A long message that is under way, or was received whole and waits.
#[derive(Debug)]
struct Long {
    number: u64,
    /// How far it may come without a turn.
    allowed: usize,
    place: Option<Place>,
    has_turn: bool,
    /// What has come of it, and when.
    mark: usize,
    marked: Instant,
}

impl Share {
    pub(crate) fn new(budget: Option<MemoryBudget>) -> Self {
        Self {
            budget,
            counted: 0,
            counted_long: 0,
            settled: 0,
            unacknowledged: 0,
            acknowledged: 0,
            reads: false,
            can_wait: false,
            message: 0,
            long: None,
        }
    }

    /// Takes note of what the connection holds but for the message that is under way: `unacknowledged` bytes,
    /// of which only its peer can relieve it, by messages, and `others`.
    pub(crate) fn set(&mut self, unacknowledged: usize, others: usize) {
        self.unacknowledged = unacknowledged;
        self.settled = unacknowledged.saturating_add(others);
        self.can_wait = others > FREE;
        self.count();
    }

    /// Takes note of the last message that the peer has acknowledged. What is unacknowledged does not tell, as as
    /// much may have been sent since.
    pub(crate) fn set_acknowledged(&mut self, id: u64) {
        self.reads |= id != self.acknowledged;
        self.acknowledged = id;
    }

    /// Takes note of how much there is of a message that is not handled yet; 0: there is none.
    pub(crate) fn set_message(&mut self, bytes: usize) {
        if bytes == self.message {
            return;
        }
        self.message = bytes;
        self.count();
        if bytes <= FREE {
            self.end_turn();
            if self.long.take().is_some() && self.is_over() {
                self.reads = false;
            }
        } else if let Some(long) = &mut self.long {
            // What came within a turn, or while there was room, is not what it may send without.
            if bytes > long.allowed {
                long.allowed = bytes.saturating_add(PROBE);
            }
        } else if let Some(budget) = &self.budget {
            self.long = Some(Box::new(Long {
                number: lock(&budget.inner.turns).number(),
                allowed: bytes.saturating_add(PROBE),
                place: None,
                has_turn: false,
                mark: bytes,
                marked: Instant::now(),
            }));
        }
    }

    fn count(&mut self) {
        let Some(budget) = &self.budget else { return };
        let counted = self
            .settled
            .saturating_add(self.message)
            .saturating_sub(FREE);
        change(&budget.inner.held, self.counted, counted);
        self.counted = counted;
        let long = self.message.saturating_sub(FREE);
        change(&budget.inner.long, self.counted_long, long);
        self.counted_long = long;
    }

    fn is_over(&self) -> bool {
        self.budget.as_ref().is_some_and(MemoryBudget::is_over)
    }

    /// How much the transport may hold of a message that is under way.
    pub(crate) fn allowance(&mut self) -> usize {
        if self.budget.is_none() {
            return usize::MAX;
        }
        if self.is_over() {
            // What would have to wait when it is whole does not grow meanwhile.
            if self.can_wait {
                self.rest(Instant::now());
                return FREE + 1;
            }
            if self.is_deaf() {
                self.end_turn();
                return FREE + 1;
            }
        }
        if self.budget.as_ref().is_some_and(MemoryBudget::is_crowded) {
            let Some(long) = &self.long else {
                return FREE + 1;
            };
            // When as much has come as it is allowed, there is more to be read in all likelihood.
            let (allowed, wants_turn) = (long.allowed, long.allowed <= self.message);
            if !(long.has_turn || wants_turn && self.take_turn()) {
                return allowed;
            }
        } else if self
            .long
            .as_ref()
            .is_some_and(|long| long.has_turn || long.place.is_some())
        {
            // Nobody has to wait any longer, and who did was not to blame meanwhile.
            self.rest(Instant::now());
        }
        self.message.max(FREE).saturating_add(STEP)
    }

    /// Whether a call or an event of so many bytes, which was received, has to wait.
    pub(crate) fn holds_back(&mut self, bytes: usize) -> bool {
        if !self.is_over() {
            return false;
        }
        if self.can_wait || (bytes > FREE && self.is_deaf()) {
            self.end_turn();
            return true;
        }
        bytes > FREE && self.settled > FREE && !self.take_turn()
    }

    /// Whether the peer was sent much and has acknowledged nothing of late.
    pub(crate) fn is_deaf(&self) -> bool {
        self.unacknowledged > FREE && !self.reads
    }

    /// Nothing is read for a reason of the connection's own: others may have their turns, and the message
    /// that is under way is not to blame.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.end_turn();
        if let Some(long) = &mut self.long {
            long.mark = self.message;
            long.marked = now;
        }
    }

    /// What the message that is under way takes, for the one who goes on to hold it.
    pub(crate) fn hand_over_message(&mut self) -> Self {
        let mut other = Self::new(self.budget.clone());
        other.set(self.message, 0);
        self.set_message(0);
        other
    }

    /// Lets the long message go on, if it is its turn.
    fn take_turn(&mut self) -> bool {
        let (Some(budget), Some(long)) = (&self.budget, &mut self.long) else {
            return false;
        };
        if long.has_turn {
            return true;
        }
        let place = *long.place.get_or_insert((self.message, long.number));
        if !lock(&budget.inner.turns).take(place) {
            return false;
        }
        long.place = None;
        long.has_turn = true;
        long.mark = self.message;
        long.marked = Instant::now();
        true
    }

    /// The turn, or the place among those who wait for it, is given up.
    fn end_turn(&mut self) {
        let (Some(budget), Some(long)) = (&self.budget, &mut self.long) else {
            return;
        };
        if !long.has_turn && long.place.is_none() {
            return;
        }
        let mut turns = lock(&budget.inner.turns);
        if std::mem::take(&mut long.has_turn) {
            turns.end();
        }
        if let Some(place) = long.place.take() {
            turns.leave(place);
        }
    }

    /// When it is to be looked whether a long message goes on.
    pub(crate) fn pace_deadline(&self) -> Option<Instant> {
        Some(self.long.as_ref()?.marked + PACE_TIME)
    }

    /// Whether others lack the memory that a long message takes which does not go on.
    pub(crate) fn is_too_slow(&mut self, now: Instant) -> bool {
        let over = self.is_over();
        let Some(long) = &mut self.long else {
            return false;
        };
        if now < long.marked + PACE_TIME {
            return false;
        }
        let slow = long.place.is_none() && self.message.saturating_sub(long.mark) < PACE_BYTES;
        long.mark = self.message;
        long.marked = now;
        if !over {
            self.end_turn();
        }
        over && slow
    }

    /// How long one that has to wait should wait before it looks again.
    pub(crate) fn look_interval(&self) -> Duration {
        let waiting = self
            .budget
            .as_ref()
            .map_or(0, |budget| lock(&budget.inner.turns).waiting());
        let each = LOOK_EACH.saturating_mul(u32::try_from(waiting).unwrap_or(u32::MAX));
        LOOK.saturating_add(each)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set_message(0);
        self.set(0, 0);
    }
}

#[cfg(test)]
mod tests;
