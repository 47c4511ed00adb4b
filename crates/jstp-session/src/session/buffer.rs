use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use jstp_wire::{Spares, encode};

/// What a buffered message costs besides its own bytes.
const UPKEEP: usize = 64;

type Entries = VecDeque<(u64, Kept)>;

/// How many lists of places a thread keeps, and what they may take together.
const SPARES: usize = 64;
const SPARE_BYTES: usize = 256 * 1024;

thread_local! {
    /// The places of buffers that have become empty, for the next ones that need some: most sessions have
    /// nothing buffered most of the time.
    static SPARE: Spares<Entries> = const { Spares::new(SPARES, SPARE_BYTES) };
}

/// How much a session may hold of messages that are not known to have arrived.
///
/// Both bounds hold at once. When one is reached, [`Session::buffer`](crate::Session::buffer)
/// refuses further messages until some are acknowledged; only an empty buffer takes a message of
/// any length.
///
/// ```
/// use jstp_session::SessionLimits;
///
/// let limits = SessionLimits::default().with_max_buffered_messages(100);
/// assert_eq!(limits.max_buffered_bytes, 2 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionLimits {
    /// The greatest number of messages, 65 536 by default.
    pub max_buffered_messages: usize,
    /// The greatest sum of their lengths in bytes, 64 bytes added for each; 2 MiB by default.
    pub max_buffered_bytes: usize,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            max_buffered_messages: 65_536,
            max_buffered_bytes: 2 * 1024 * 1024,
        }
    }
}

impl SessionLimits {
    /// Sets the greatest number of messages.
    #[must_use]
    pub fn with_max_buffered_messages(mut self, messages: usize) -> Self {
        self.max_buffered_messages = messages;
        self
    }

    /// Sets the greatest sum of their lengths in bytes, 64 bytes added for each.
    #[must_use]
    pub fn with_max_buffered_bytes(mut self, bytes: usize) -> Self {
        self.max_buffered_bytes = bytes;
        self
    }
}

/// The resend buffer of a session has no room for a message. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BufferFull {
    /// As many messages as allowed are not acknowledged yet.
    #[error("the resend buffer already holds {limit} messages")]
    Messages {
        /// The greatest number of messages.
        limit: usize,
    },
    /// The messages that are not acknowledged yet take too much memory.
    #[error("the resend buffer holds {buffered} bytes, {wanted} more would pass its {limit}")]
    Bytes {
        /// The greatest number of bytes.
        limit: usize,
        /// What the buffer takes now, in bytes.
        buffered: usize,
        /// What the message would add, in bytes.
        wanted: usize,
    },
}

/// A numbered message, as it is kept until it is acknowledged.
#[derive(Clone, Debug)]
pub enum Kept {
    /// All of it, as it goes over the wire but without the NUL.
    Message(Bytes),
    /// What follows the id in an event ([`encode::event_tail`]), which many sessions share.
    SharedEvent(Bytes),
}

impl Kept {
    /// The message, whose id on the wire is `wire_id`.
    pub fn to_message(&self, wire_id: i64) -> Bytes {
        match self {
            Self::Message(message) => message.clone(),
            Self::SharedEvent(tail) => {
                let len = encode::event_with_tail_len(wire_id, tail);
                let mut message = BytesMut::with_capacity(len);
                encode::event_with_tail(&mut message, wire_id, tail);
                message.freeze()
            }
        }
    }

    /// What it takes of the limit.
    fn cost(&self) -> usize {
        let (Self::Message(text) | Self::SharedEvent(text)) = self;
        text.len().saturating_add(UPKEEP)
    }

    /// What of that others have as well.
    fn shared(&self) -> usize {
        match self {
            Self::Message(_) => 0,
            Self::SharedEvent(tail) => tail.len(),
        }
    }
}

/// Numbered messages in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResendBuffer {
    entries: Entries,
    bytes: usize,
    /// What of these is shared with other sessions.
    shared_bytes: usize,
    limits: SessionLimits,
    /// Whether some id is not above the one before it: left behind by a peer that numbered
    /// backwards after a resume. Then the ids to drop need not stand in front.
    disordered: bool,
}

impl ResendBuffer {
    pub(crate) fn limits(&self) -> SessionLimits {
        self.limits
    }

    pub(crate) fn set_limits(&mut self, limits: SessionLimits) {
        self.limits = limits;
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn shared_bytes(&self) -> usize {
        self.shared_bytes
    }

    pub(crate) fn entries(
        &self,
    ) -> impl DoubleEndedIterator<Item = (u64, &Kept)> + ExactSizeIterator {
        self.entries.iter().map(|(id, kept)| (*id, kept))
    }

    pub(crate) fn check(&self, len: usize) -> Result<(), BufferFull> {
        let SessionLimits {
            max_buffered_messages,
            max_buffered_bytes,
        } = self.limits;
        if self.entries.is_empty() {
            return Ok(());
        }
        if self.entries.len() >= max_buffered_messages {
            return Err(BufferFull::Messages {
                limit: max_buffered_messages,
            });
        }
        let wanted = len.saturating_add(UPKEEP);
        if self.bytes.saturating_add(wanted) > max_buffered_bytes {
            let (limit, buffered) = (max_buffered_bytes, self.bytes);
            return Err(BufferFull::Bytes {
                limit,
                buffered,
                wanted,
            });
        }
        Ok(())
    }

    /// Whether so many messages of `len` bytes in all would be taken one after the other.
    pub(crate) fn has_room_for(&self, messages: usize, len: usize) -> bool {
        let wanted = len.saturating_add(messages.saturating_mul(UPKEEP));
        self.entries.len().saturating_add(messages) <= self.limits.max_buffered_messages
            && self.bytes.saturating_add(wanted) <= self.limits.max_buffered_bytes
    }

    /// Adds a message without regard to the limits, see [`check`](Self::check).
    pub(crate) fn push(&mut self, id: u64, kept: Kept) {
        self.disordered |= self.entries.back().is_some_and(|(last, _)| id <= *last);
        self.bytes = self.bytes.saturating_add(kept.cost());
        self.shared_bytes = self.shared_bytes.saturating_add(kept.shared());
        if self.entries.capacity() == 0 {
            // None can be had where the thread is ending.
            self.entries = SPARE.try_with(Spares::take).unwrap_or_default();
        }
        self.entries.push_back((id, kept));
    }

    /// Drops the messages with ids up to `id` and returns how many there were.
    ///
    /// For id 0 that is none, even if another peer has buffered something under it: 0 is what a
    /// side says that has received nothing.
    pub(crate) fn drop_through(&mut self, id: u64) -> usize {
        if id == 0 {
            return 0;
        }
        let before = self.entries.len();
        if self.disordered {
            self.drop_anywhere(id);
        } else {
            while self.entries.front().is_some_and(|(first, _)| *first <= id) {
                if let Some((_, kept)) = self.entries.pop_front() {
                    self.bytes = self.bytes.saturating_sub(kept.cost());
                    self.shared_bytes = self.shared_bytes.saturating_sub(kept.shared());
                }
            }
        }
        if self.entries.is_empty() {
            self.leave_places();
        }
        before - self.entries.len()
    }

    fn leave_places(&mut self) {
        let places = std::mem::take(&mut self.entries);
        let _ = SPARE.try_with(|spare| spare.leave(places));
    }

    fn drop_anywhere(&mut self, id: u64) {
        self.entries.retain(|(kept, _)| *kept > id);
        let kept = || self.entries.iter().map(|(_, kept)| kept);
        self.bytes = kept().map(Kept::cost).fold(0, usize::saturating_add);
        self.shared_bytes = kept().map(Kept::shared).fold(0, usize::saturating_add);
        self.disordered = !self
            .entries
            .iter()
            .map(|(id, _)| id)
            .is_sorted_by(|one, next| one < next);
    }
}
