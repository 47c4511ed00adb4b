//! Events for many in one log, from which each engine takes them when it sends next.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::waiting::SharedEvent;

/// Bounds of a segment; a longer event has one of its own.
const SEGMENT_EVENTS: usize = 128;
const SEGMENT_BYTES: usize = 128 * 1024;

/// The writing end of a log of events that go to all engines which [follow](crate::Engine::follow) it.
///
/// Who emits to many appends an event and touches nothing of the engines, each of which takes what it has not
/// had yet as soon as it sends something or is asked for its next message. That asks nothing of the others:
/// readers take no lock. What all have had is gone; that none is far behind is up to the one who appends
/// ([`Engine::admit_logged`](crate::Engine::admit_logged)).
#[derive(Debug)]
pub struct EventLog {
    segment: Arc<Segment>,
    /// What is in the segment.
    events: usize,
    bytes: usize,
    end: LogPosition,
}

/// A place in a log, by all that was ever appended before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogPosition {
    /// How many events.
    pub events: u64,
    /// The bytes of their texts.
    pub bytes: u64,
}

impl LogPosition {
    /// What stands between an earlier place and this one: how many events, and their bytes.
    pub fn since(self, earlier: Self) -> (usize, usize) {
        let between = |one: u64, other| usize::try_from(one.saturating_sub(other));
        (
            between(self.events, earlier.events).unwrap_or(usize::MAX),
            between(self.bytes, earlier.bytes).unwrap_or(usize::MAX),
        )
    }

    fn pass(&mut self, event: &SharedEvent) {
        self.events += 1;
        self.bytes += event.size() as u64;
    }
}

/// A part of a log. Those that all readers have behind them are gone.
#[derive(Debug)]
struct Segment {
    slots: [OnceLock<Slot>; SEGMENT_EVENTS + 1],
}

#[derive(Debug)]
enum Slot {
    Event(Logged),
    /// The log goes on there.
    Next(Arc<Segment>),
}

/// An event in a log.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) event: SharedEvent,
    /// When it was emitted.
    pub(crate) at: Instant,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            segment: Segment::new(),
            events: 0,
            bytes: 0,
            end: LogPosition::default(),
        }
    }
}

impl Segment {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            slots: [const { OnceLock::new() }; SEGMENT_EVENTS + 1],
        })
    }

    fn put(&self, at: usize, slot: Slot) {
        // Nobody else writes, and each slot is written once.
        let _ = self.slots[at].set(slot);
    }

    fn take_next(&mut self) -> Option<Arc<Self>> {
        match self.slots.iter_mut().rev().find_map(OnceLock::take)? {
            Slot::Next(next) => Some(next),
            Slot::Event(_) => None,
        }
    }
}

impl Drop for Segment {
    /// Drops those that follow one by one: each would drop the next from within, however many there are.
    fn drop(&mut self) {
        let mut next = self.take_next();
        while let Some(mut segment) = next.and_then(Arc::into_inner) {
            next = segment.take_next();
        }
    }
}

impl EventLog {
    /// Appends an event, which can be sent ([`SharedEvent::check`]).
    pub fn append(&mut self, now: Instant, event: &SharedEvent) {
        let logged = Logged {
            event: event.clone(),
            at: now,
        };
        self.segment.put(self.events, Slot::Event(logged));
        self.events += 1;
        self.bytes += event.size();
        self.end.pass(event);
        // At once, lest the last events stay as long as there are no more.
        if self.events == SEGMENT_EVENTS || self.bytes >= SEGMENT_BYTES {
            self.begin_segment();
        }
    }

    fn begin_segment(&mut self) {
        let next = Segment::new();
        self.segment.put(self.events, Slot::Next(next.clone()));
        self.segment = next;
        self.events = 0;
        self.bytes = 0;
    }

    /// Where the log ends.
    pub fn end(&self) -> LogPosition {
        self.end
    }

    /// What [`Engine::follow`](crate::Engine::follow) wants, to have the events that are appended from now on.
    pub fn reader(&self) -> LogReader {
        LogReader {
            segment: self.segment.clone(),
            slot: self.events,
            position: self.end,
        }
    }
}

/// The reading end of an [`EventLog`].
#[derive(Debug, Clone)]
pub struct LogReader {
    segment: Arc<Segment>,
    slot: usize,
    position: LogPosition,
}

impl LogReader {
    /// Whether there is something to read, or to leave behind.
    #[inline]
    pub(crate) fn is_behind(&self) -> bool {
        self.segment.slots[self.slot].get().is_some()
    }

    /// What the reader has behind it.
    pub(crate) fn position(&self) -> LogPosition {
        self.position
    }

    /// The next event; it stays the next until [`advance`](Self::advance).
    pub(crate) fn peek(&mut self) -> Option<&Logged> {
        while let Some(Slot::Next(next)) = self.segment.slots[self.slot].get() {
            self.segment = next.clone();
            self.slot = 0;
        }
        match self.segment.slots[self.slot].get() {
            Some(Slot::Event(logged)) => Some(logged),
            _ => None,
        }
    }

    /// Goes on behind the event that [`peek`](Self::peek) has just given.
    pub(crate) fn advance(&mut self) {
        if let Some(Slot::Event(logged)) = self.segment.slots[self.slot].get() {
            self.position.pass(&logged.event);
            self.slot += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn event(len: usize) -> SharedEvent {
        SharedEvent::new("interface", "name", &format!("['{}']", "x".repeat(len)))
    }

    /// The sizes of what the reader has not read yet.
    fn rest(reader: &mut LogReader) -> Vec<usize> {
        let mut sizes = Vec::new();
        while let Some(logged) = reader.peek() {
            sizes.push(logged.event.size());
            reader.advance();
        }
        sizes
    }

    #[test]
    fn a_reader_gets_all_that_comes_after_it() {
        let now = Instant::now();
        let mut log = EventLog::default();
        log.append(now, &event(9));
        let (mut quick, mut slow) = (log.reader(), log.reader());
        let mut sizes = Vec::new();
        for len in 1..1000 {
            assert!(!quick.is_behind());
            let event = event(len * 10);
            log.append(now, &event);
            assert!(quick.is_behind());
            sizes.push(event.size());
            assert_eq!(rest(&mut quick), [event.size()]);
            assert_eq!(quick.position(), log.end());
        }
        let all = (sizes.len(), sizes.iter().sum());
        assert_eq!(log.end().since(slow.position()), all);
        assert_eq!(rest(&mut slow), sizes);
        assert_eq!(slow.position(), log.end());
        assert!(rest(&mut log.reader()).is_empty());
    }

    #[test]
    fn a_long_event_is_gone_when_all_have_had_it() {
        let now = Instant::now();
        let mut log = EventLog::default();
        let mut readers = [log.reader(), log.reader()];
        let event = event(SEGMENT_BYTES);
        log.append(now, &event);
        for reader in &mut readers {
            assert_eq!(event.owners(), 2);
            rest(reader);
        }
        assert_eq!(event.owners(), 1);
    }

    #[test]
    fn a_reader_that_was_left_far_behind_is_dropped_without_recursion() {
        let now = Instant::now();
        let mut log = EventLog::default();
        let reader = log.reader();
        let event = event(SEGMENT_BYTES / 8);
        for _ in 0..16_000 {
            log.append(now, &event);
        }
        let little_stack = thread::Builder::new().stack_size(64 * 1024);
        let dropping = little_stack.spawn(move || drop(reader)).unwrap();
        dropping.join().unwrap();
        // The one that the log is at is whole.
        assert_eq!(log.reader().position().events, 16_000);
        assert_eq!(Arc::strong_count(&log.segment), 1);
    }
}
