//! Events for many in one log, from which each engine takes them when it sends next.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::waiting::SharedEvent;

/// Bounds of a segment.
const SEGMENT_EVENTS: usize = 128;
const SEGMENT_BYTES: usize = 128 * 1024;

/// How far an engine may be behind: all of two segments. An engine needs so much room to follow a log.
pub(crate) const LAG_EVENTS: usize = 2 * SEGMENT_EVENTS;
pub(crate) const LAG_BYTES: usize = 2 * SEGMENT_BYTES;
/// No message that comes of a log is longer.
pub(crate) const LONGEST_MESSAGE: usize = 16 * 1024;

/// The writing end of a log of events that go to all engines which [follow](crate::Engine::follow) it.
///
/// Who emits to many appends an event and touches nothing of the engines, each of which takes what it has not
/// had yet as soon as it sends something or is asked for its next message. That asks nothing of the others:
/// readers take no lock.
#[derive(Debug)]
pub struct EventLog {
    segment: Arc<Segment>,
    /// What is in the segment.
    events: usize,
    bytes: usize,
    /// How many events have ever been appended.
    end: u64,
    /// How many of them before the segment.
    begin: u64,
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
            end: 0,
            begin: 0,
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
    /// Whether the log takes the event: not one that is long, or that cannot be sent.
    pub fn takes(event: &SharedEvent) -> bool {
        event.longest() <= LONGEST_MESSAGE && event.check().is_ok()
    }

    /// Appends an event that the log [takes](Self::takes). `Some`: no engine may be behind that
    /// [position](crate::Engine::log_position) any longer. Those that are have to
    /// [take what is there](crate::Engine::take_logged) now.
    #[must_use]
    pub fn append(&mut self, now: Instant, event: &SharedEvent) -> Option<u64> {
        let full = self.events == SEGMENT_EVENTS || self.bytes + event.longest() > SEGMENT_BYTES;
        let behind = full.then(|| self.begin_segment());
        let logged = Logged {
            event: event.clone(),
            at: now,
        };
        self.segment.put(self.events, Slot::Event(logged));
        self.events += 1;
        self.bytes += event.longest();
        self.end += 1;
        behind
    }

    /// Gives the position at which the segment began that was the present one.
    fn begin_segment(&mut self) -> u64 {
        let next = Segment::new();
        self.segment.put(self.events, Slot::Next(next.clone()));
        self.segment = next;
        self.events = 0;
        self.bytes = 0;
        std::mem::replace(&mut self.begin, self.end)
    }

    /// How many events have ever been appended.
    pub fn position(&self) -> u64 {
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
    position: u64,
}

impl LogReader {
    /// Whether there is something to read.
    #[inline]
    pub(crate) fn is_behind(&self) -> bool {
        self.segment.slots[self.slot].get().is_some()
    }

    /// How many events of the log are behind the reader.
    pub(crate) fn position(&self) -> u64 {
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
        self.slot += 1;
        self.position += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn event(len: usize) -> SharedEvent {
        SharedEvent::new("interface", "name", &format!("[{:len$}]", 0))
    }

    /// The lengths of what the reader has not read yet.
    fn rest(reader: &mut LogReader) -> Vec<usize> {
        let mut lens = Vec::new();
        while let Some(logged) = reader.peek() {
            lens.push(logged.event.longest());
            reader.advance();
        }
        lens
    }

    #[test]
    fn a_reader_gets_all_that_comes_after_it() {
        let now = Instant::now();
        let mut log = EventLog::default();
        let _ = log.append(now, &event(9));
        let (mut quick, mut slow) = (log.reader(), log.reader());
        let mut lens = Vec::new();
        for len in 1..1000 {
            assert!(!quick.is_behind());
            let event = event(len * 10);
            let _ = log.append(now, &event);
            assert!(quick.is_behind());
            lens.push(event.longest());
            assert_eq!(rest(&mut quick), [event.longest()]);
            assert_eq!(quick.position(), log.position());
        }
        assert_eq!(rest(&mut slow), lens);
        assert!(rest(&mut log.reader()).is_empty());
    }

    #[test]
    fn who_does_as_it_says_is_never_far_behind() {
        let now = Instant::now();
        for len in [1, 100, 1000, 16_000] {
            let mut log = EventLog::default();
            let mut reader = log.reader();
            let event = event(len);
            let mut furthest = 0;
            for _ in 0..1000 {
                if log
                    .append(now, &event)
                    .is_some_and(|position| reader.position() < position)
                {
                    rest(&mut reader);
                }
                furthest = furthest.max(log.position() - reader.position());
            }
            let furthest = usize::try_from(furthest).unwrap();
            assert!(furthest > 1 && furthest <= LAG_EVENTS, "{furthest}");
            assert!(
                furthest * event.longest() <= LAG_BYTES,
                "{furthest} of {len}"
            );
        }
    }

    #[test]
    fn a_reader_that_was_left_far_behind_is_dropped_without_recursion() {
        let now = Instant::now();
        let mut log = EventLog::default();
        let reader = log.reader();
        let event = event(LONGEST_MESSAGE - 100);
        for _ in 0..16_000 {
            let _ = log.append(now, &event);
        }
        let little_stack = thread::Builder::new().stack_size(64 * 1024);
        let dropping = little_stack.spawn(move || drop(reader)).unwrap();
        dropping.join().unwrap();
        // The one that the log is at is whole.
        assert_eq!(log.reader().position(), 16_000);
        assert_eq!(Arc::strong_count(&log.segment), 1);
    }

    #[test]
    fn long_events_and_those_without_a_name_are_not_taken() {
        let longest = LONGEST_MESSAGE - event(1).longest() + 1;
        assert!(EventLog::takes(&event(longest)));
        assert!(!EventLog::takes(&event(longest + 1)));
        assert!(!EventLog::takes(&SharedEvent::new("interface", "", "[]")));
    }
}
