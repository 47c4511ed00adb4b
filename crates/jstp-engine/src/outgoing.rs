//! Messages that wait for the transport.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// A block of memory for small answers.
const BLOCK: usize = 16 * 1024;
/// A block that a large message has grown beyond this is given back.
const LARGE_BLOCK: usize = 64 * 1024;

/// The queue to the transport. Memory of answers is carved from one shared block.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    queue: VecDeque<(Bytes, bool)>,
    bytes: usize,
    answer_bytes: usize,
    block: BytesMut,
}

impl Outgoing {
    /// Encodes a message that the session will keep: into memory of its own, since a slice of a
    /// shared block would keep all of the block.
    pub(crate) fn encode_kept(&mut self, write: impl FnOnce(&mut BytesMut)) -> Bytes {
        let block = self.block();
        write(block);
        let message = Bytes::copy_from_slice(block);
        block.clear();
        if block.capacity() > LARGE_BLOCK {
            self.block = BytesMut::new();
        }
        message
    }

    /// Encodes a message that is gone once it is written, and queues it. `write` is handed an empty
    /// buffer.
    pub(crate) fn push_answer(&mut self, write: impl FnOnce(&mut BytesMut)) {
        let block = self.block();
        write(block);
        let message = block.split().freeze();
        // What is left of a block that grew for a large message would keep all of it alive.
        if message.len() > BLOCK {
            self.block = BytesMut::new();
        }
        self.bytes += message.len();
        self.answer_bytes += message.len();
        self.queue.push_back((message, true));
    }

    /// The block that messages are written to, empty, with some room.
    fn block(&mut self) -> &mut BytesMut {
        if self.block.capacity() < 512 {
            self.block.reserve(BLOCK);
        }
        &mut self.block
    }

    pub(crate) fn push(&mut self, message: Bytes) {
        self.bytes += message.len();
        self.queue.push_back((message, false));
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let (message, answer) = self.queue.pop_front()?;
        self.bytes -= message.len();
        if answer {
            self.answer_bytes -= message.len();
        }
        if self.queue.is_empty() && self.queue.capacity() > 4096 {
            self.queue = VecDeque::new();
        }
        Some(message)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn answer_bytes(&self) -> usize {
        self.answer_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_leave_in_order_and_are_counted() {
        let mut outgoing = Outgoing::default();
        outgoing.push(Bytes::from_static(b"one"));
        outgoing.push_answer(|out| out.extend_from_slice(b"answer"));
        assert_eq!((outgoing.bytes(), outgoing.answer_bytes()), (9, 6));
        assert_eq!(outgoing.pop().as_deref(), Some(&b"one"[..]));
        assert_eq!((outgoing.bytes(), outgoing.answer_bytes()), (6, 6));
        assert_eq!(outgoing.pop().as_deref(), Some(&b"answer"[..]));
        assert_eq!((outgoing.bytes(), outgoing.answer_bytes()), (0, 0));
        assert!(outgoing.is_empty() && outgoing.pop().is_none());
    }

    #[test]
    fn memory_of_large_messages_is_given_back() {
        let mut outgoing = Outgoing::default();
        // Written piece by piece, as the memory grows beyond what is needed.
        outgoing.push_answer(|out| (0..1000).for_each(|_| out.extend_from_slice(&[b' '; 999])));
        assert_eq!(outgoing.block.capacity(), 0);
        let kept = outgoing.encode_kept(|out| out.resize(1_000_000, b' '));
        assert_eq!(kept.len(), 1_000_000);
        assert_eq!(outgoing.block.capacity(), 0);
    }

    #[test]
    fn small_answers_share_a_block() {
        let mut outgoing = Outgoing::default();
        for _ in 0..1000 {
            outgoing.push_answer(|out| out.extend_from_slice(b"{pong:[1]}"));
        }
        assert!(outgoing.block.capacity() <= BLOCK);
        assert_eq!(outgoing.bytes(), 10_000);
    }
}
