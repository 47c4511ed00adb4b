//! Events for many, and those of them that wait for room.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use jstp_session::Kept;
use jstp_wire::encode;

use crate::config::Config;
use crate::engine::check_name;
use crate::error::SendError;

/// The most that stands before the tail of an event: `{event:[-9223372036854775808`.
const LONGEST_HEAD: usize = 28;
/// From this length on sessions share the text: to count one more that has it takes as long as to copy that much
/// into memory of the session's own.
const LONG: usize = 1024;

/// An event that is written once and goes to many engines. Clones share the text.
#[derive(Debug, Clone)]
pub struct SharedEvent(Arc<Parts>);

/// Aligned to lie apart from the count of its owners: that changes with each client, on other processors as well.
#[derive(Debug)]
#[repr(align(64))]
struct Parts {
    /// All of the message but for its id.
    tail: Bytes,
    /// Why it cannot be sent.
    fault: Option<SendError>,
}

impl SharedEvent {
    /// Writes the event. `args` is the text of an array. A name that no event may have is told of when the
    /// event is sent.
    pub fn new(interface: &str, event: &str, args: &str) -> Self {
        let mut tail = BytesMut::with_capacity(interface.len() + event.len() + args.len() + 8);
        encode::event_tail(&mut tail, interface, event, args);
        Self(Arc::new(Parts {
            tail: tail.freeze(),
            fault: check_name(event, "event").err(),
        }))
    }

    /// Fails if it can be sent to nobody. Its length counts as if its id were the longest: so one that goes to
    /// many is too long for all of them or for none.
    pub fn check(&self, config: &Config) -> Result<(), SendError> {
        if let Some(fault) = &self.0.fault {
            return Err(fault.clone());
        }
        let (len, limit) = (self.longest(), config.max_message_size);
        if len > limit {
            return Err(SendError::TooLong { len, limit });
        }
        Ok(())
    }

    /// The length of the message with this id.
    pub(crate) fn len(&self, wire_id: i64) -> usize {
        encode::event_with_tail_len(wire_id, &self.0.tail)
    }

    /// The length of the message with the longest id. It is numbered only when it is sent, and what was
    /// accepted has to be short enough then.
    pub(crate) fn longest(&self) -> usize {
        self.0.tail.len() + LONGEST_HEAD
    }

    pub(crate) fn write(&self, out: &mut BytesMut, wire_id: i64) {
        encode::event_with_tail(out, wire_id, &self.0.tail);
    }

    /// Whether it is longer than it takes to share it.
    pub(crate) fn is_long(&self) -> bool {
        self.size() >= LONG
    }

    /// What a session keeps of it that shares its text.
    pub(crate) fn to_kept(&self) -> Kept {
        Kept::SharedEvent(self.0.tail.clone())
    }

    #[cfg(test)]
    pub(crate) fn owners(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// The length of its text.
    pub fn size(&self) -> usize {
        self.0.tail.len()
    }
}

/// What became of an event that may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// The session has it: it goes out now or on the next resume.
    Sent,
    /// It waits for room in the session's buffer, in its place among what is sent later.
    Waiting,
}

/// Events in the order in which they were emitted. Each costs a pointer: its text is shared with others.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// One needs no memory of its own.
    first: Option<SharedEvent>,
    /// None without a first one.
    others: VecDeque<SharedEvent>,
    bytes: usize,
    /// How many have ever left.
    taken: u64,
    /// The size of the shortest one that was refused since there was room.
    refused: Option<usize>,
    /// The latest time that is known here, for pings that follow those who leave.
    latest: Option<Instant>,
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SharedEvent> {
        self.first.iter().chain(&self.others)
    }

    /// Adds an event if it fits; one always does where none is. False: there is no room.
    pub(crate) fn push(&mut self, event: &SharedEvent, config: &Config) -> bool {
        let fits = self.admits(event, config);
        if fits {
            self.reserve(event);
        }
        fits
    }

    /// Whether an event fits. If not, it is noted that it was refused.
    pub(crate) fn admits(&mut self, event: &SharedEvent, config: &Config) -> bool {
        let size = event.size();
        let fits = self.fits(size, config);
        if !fits {
            self.refused = Some(self.refused.map_or(size, |shortest| shortest.min(size)));
        }
        fits
    }

    /// Whether half of the room is still free with so much more.
    pub(crate) fn leaves_half(&self, events: usize, bytes: usize, config: &Config) -> bool {
        self.len().saturating_add(events) <= config.max_waiting_events / 2
            && self.bytes.saturating_add(bytes) <= config.max_waiting_bytes / 2
    }

    fn fits(&self, size: usize, config: &Config) -> bool {
        let bytes = self.bytes.saturating_add(size);
        let fits = self.len() < config.max_waiting_events && bytes <= config.max_waiting_bytes;
        fits || self.is_empty()
    }

    /// Adds an event that was accepted, for which there is room in the session's buffer or here.
    pub(crate) fn reserve(&mut self, event: &SharedEvent) {
        self.bytes = self.bytes.saturating_add(event.size());
        if self.first.is_none() {
            self.first = Some(event.clone());
        } else {
            self.others.push_back(event.clone());
        }
    }

    /// Something has happened at that time: an event came, or room for some, or a transport.
    pub(crate) fn note_time(&mut self, now: Instant) {
        self.latest = Some(now);
    }

    /// The latest time that was noted.
    pub(crate) fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// The bytes of the messages that the events become, at most.
    pub(crate) fn message_bytes(&self) -> usize {
        self.bytes.saturating_add(self.len() * LONGEST_HEAD)
    }

    pub(crate) fn front(&self) -> Option<&SharedEvent> {
        self.first.as_ref()
    }

    pub(crate) fn pop(&mut self) -> Option<SharedEvent> {
        let event = std::mem::replace(&mut self.first, self.others.pop_front())?;
        self.bytes = self.bytes.saturating_sub(event.size());
        self.taken += 1;
        if self.others.is_empty() {
            self.others = VecDeque::new();
        }
        Some(event)
    }

    /// Drops all events, which counts as if they had left.
    pub(crate) fn clear(&mut self) {
        self.taken += self.len() as u64;
        self.first = None;
        self.others = VecDeque::new();
        self.bytes = 0;
    }

    /// Whether one was refused and there is room for it by now. Half of the list has to be free as well, lest
    /// those who wait be woken for every single event. True but once.
    pub(crate) fn has_room_again(&mut self, config: &Config) -> bool {
        let half_is_free = self.leaves_half(0, 0, config);
        let fits = |size| half_is_free && self.fits(size, config);
        self.refused.is_some_and(fits) && self.forget_refused()
    }

    /// Whether one was refused. True but once.
    pub(crate) fn forget_refused(&mut self) -> bool {
        self.refused.take().is_some()
    }
}
