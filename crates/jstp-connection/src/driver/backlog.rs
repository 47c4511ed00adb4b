//! Calls and events that wait for running handlers to end.

use std::collections::VecDeque;

use bytes::Bytes;

/// What a waiting message costs besides its text.
const OVERHEAD: usize = 64;

/// A message that was received, as far as the other side is concerned, but not handled.
pub(super) struct Waiting {
    pub(super) frame: Bytes,
    /// The session, by the count of [`State::restarts`](crate::shared::State::restarts).
    pub(super) restarts: u64,
    /// What its handler may hold.
    pub(super) size: usize,
}

/// Messages in the order in which they came.
#[derive(Default)]
pub(super) struct Backlog {
    messages: VecDeque<Waiting>,
    bytes: usize,
}

impl Backlog {
    /// What the messages take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether a message of this length still fits.
    pub(super) fn fits(&self, len: usize, limit: usize) -> bool {
        self.bytes.saturating_add(cost(len)) <= limit
    }

    /// Adds a message. It is copied, since it may be a small part of a large block.
    pub(super) fn push(&mut self, frame: &[u8], restarts: u64, size: usize) {
        self.bytes = self.bytes.saturating_add(cost(frame.len()));
        let frame = Bytes::copy_from_slice(frame);
        self.messages.push_back(Waiting {
            frame,
            restarts,
            size,
        });
    }

    /// What the handler of the next message may hold.
    pub(super) fn next_size(&self) -> Option<usize> {
        self.messages.front().map(|message| message.size)
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let message = self.messages.pop_front()?;
        self.bytes = self.bytes.saturating_sub(cost(message.frame.len()));
        if self.messages.is_empty() {
            self.messages = VecDeque::new();
        }
        Some(message)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn cost(len: usize) -> usize {
    len.saturating_add(OVERHEAD)
}
