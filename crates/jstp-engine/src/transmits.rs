//! Messages on their way to the transport.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use jstp_wire::{
    BLOCK_SIZE, Spares, encode, freeze_block, leave_block, take_block, take_long_block,
};

/// A longer message that is not kept gets memory of its own, since it would keep all of a block.
const LONG_MESSAGE: usize = BLOCK_SIZE / 4;

/// What a message takes besides its text. A pong has less text than that.
pub(crate) const UPKEEP: usize = size_of::<Queued>();

/// A message on its way.
#[derive(Debug)]
enum Queued {
    Numbered(Bytes),
    /// An event that many share, written only when it leaves: the same text for all, and its id.
    Shared(Bytes, i64),
    Answer(Bytes),
}

type Queue = VecDeque<Queued>;

impl Queued {
    fn len(&self) -> usize {
        match self {
            Self::Numbered(message) | Self::Answer(message) => message.len(),
            Self::Shared(tail, wire_id) => encode::event_with_tail_len(*wire_id, tail),
        }
    }
}

/// How many queues a thread keeps, and what they may take together.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 128 * 1024;

thread_local! {
    static SPARE: Spares<Queue> = const { Spares::new(KEPT, KEPT_BYTES) };
}

/// Messages on their way from an [engine](crate::Engine) to its transport, in order.
///
/// It has memory only while there are some; what it had is left to the thread.
#[derive(Debug, Default)]
pub struct Transmits {
    queue: Queue,
    bytes: usize,
    /// What of these is of texts that others have as well.
    shared_bytes: usize,
    answer_bytes: usize,
    /// Where answers in the queue, and shared events that leave it, are written to.
    block: BytesMut,
}

impl Transmits {
    /// Takes out the first message.
    #[inline]
    pub fn pop(&mut self) -> Option<Bytes> {
        Some(match self.pop_queued()? {
            Queued::Numbered(message) | Queued::Answer(message) => message,
            Queued::Shared(tail, wire_id) => {
                let len = encode::event_with_tail_len(wire_id, &tail);
                self.write_fleeting(len, |out| encode::event_with_tail(out, wire_id, &tail))
            }
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The bytes of all messages.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// What of these is of texts that others have as well.
    pub(crate) fn shared_bytes(&self) -> usize {
        self.shared_bytes
    }

    /// The bytes of answers, and what their places in the queue take.
    pub fn answer_bytes(&self) -> usize {
        self.answer_bytes
    }

    /// Adds a message that the session keeps.
    #[inline]
    pub(crate) fn push(&mut self, message: Bytes) {
        self.push_queued(Queued::Numbered(message));
    }

    /// Adds an event of which the session keeps the text that it shares with others.
    pub(crate) fn push_shared(&mut self, tail: Bytes, wire_id: i64) {
        self.push_queued(Queued::Shared(tail, wire_id));
    }

    /// Writes an answer of about `len` bytes, and adds it. `write` is handed an empty buffer.
    pub(crate) fn push_answer(&mut self, len: usize, write: impl FnOnce(&mut BytesMut)) {
        let message = self.write_fleeting(len, write);
        self.push_queued(Queued::Answer(message));
    }

    #[inline]
    fn push_queued(&mut self, message: Queued) {
        if self.queue.capacity() == 0 {
            // None is to be had where the thread is ending.
            self.queue = SPARE.try_with(Spares::take).unwrap_or_default();
        }
        self.bytes += message.len();
        match &message {
            Queued::Numbered(_) => {}
            Queued::Answer(answer) => self.answer_bytes += answer.len() + UPKEEP,
            Queued::Shared(tail, _) => self.shared_bytes += tail.len(),
        }
        self.queue.push_back(message);
    }

    #[inline]
    fn pop_queued(&mut self) -> Option<Queued> {
        let message = self.queue.pop_front()?;
        self.bytes -= message.len();
        match &message {
            Queued::Numbered(_) => {}
            Queued::Answer(answer) => self.answer_bytes -= answer.len() + UPKEEP,
            Queued::Shared(tail, _) => self.shared_bytes -= tail.len(),
        }
        Some(message)
    }

    /// Writes a message of about `len` bytes that nobody keeps once it has left.
    fn write_fleeting(&mut self, len: usize, write: impl FnOnce(&mut BytesMut)) -> Bytes {
        if len > LONG_MESSAGE {
            let mut memory = memory_for(len);
            write(&mut memory);
            return freeze_block(memory);
        }
        let block = &mut self.block;
        if block.capacity() < len && (block.capacity() == 0 || !block.try_reclaim(len)) {
            *block = take_block();
        }
        write(block);
        block.split().freeze()
    }

    /// The bytes of all messages, and what their places in the queue take.
    fn size(&self) -> usize {
        self.bytes + self.len() * UPKEEP
    }

    /// Appends the messages of `other`, but for those behind the first `most` bytes, places in the queue included,
    /// and one message.
    pub(crate) fn take(&mut self, other: &mut Self, most: usize) {
        if self.is_empty() && other.size() <= most {
            return std::mem::swap(self, other);
        }
        let most = self.size().saturating_add(most);
        while self.size() < most
            && let Some(message) = other.pop_queued()
        {
            self.push_queued(message);
        }
    }

    /// Leaves the memory to others if there is no message.
    pub fn release_memory(&mut self) {
        if !self.is_empty() {
            return;
        }
        leave_block(&mut self.block);
        if self.queue.capacity() > 0 {
            let queue = std::mem::take(&mut self.queue);
            // Fails where the thread is ending.
            let _ = SPARE.try_with(|spare| spare.leave(queue));
        }
    }
}

/// Memory for one message of `len` bytes, or for several short ones.
pub(crate) fn memory_for(len: usize) -> BytesMut {
    if len > BLOCK_SIZE {
        take_long_block(len)
    } else {
        BytesMut::with_capacity(len)
    }
}

/// Messages that are no answers.
impl FromIterator<Bytes> for Transmits {
    fn from_iter<I: IntoIterator<Item = Bytes>>(messages: I) -> Self {
        let mut transmits = Self::default();
        for message in messages {
            transmits.push(message);
        }
        transmits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transmits(texts: &[&'static str]) -> Transmits {
        texts
            .iter()
            .map(|text| Bytes::from_static(text.as_bytes()))
            .collect()
    }

    fn all(mut transmits: Transmits) -> Vec<Bytes> {
        std::iter::from_fn(|| transmits.pop()).collect()
    }

    #[test]
    fn few_messages_go_over_at_once_with_the_memory_of_answers() {
        let mut waiting = transmits(&["one"]);
        waiting.push_answer(3, |out| out.extend_from_slice(b"two"));
        let mut batch = Transmits::default();
        batch.take(&mut waiting, 2 * (3 + UPKEEP));
        assert_eq!((batch.len(), batch.bytes()), (2, 6));
        assert_eq!(batch.answer_bytes(), 3 + UPKEEP);
        assert_ne!(batch.block.capacity(), 0);
        assert_eq!((waiting.bytes(), waiting.answer_bytes()), (0, 0));
        assert_eq!(all(batch), ["one", "two"]);
    }

    #[test]
    fn of_many_messages_the_first_ones_go_over() {
        let mut waiting = transmits(&["one", "two", "three"]);
        waiting.push_answer(4, |out| out.extend_from_slice(b"four"));
        let mut batch = Transmits::default();
        batch.take(&mut waiting, UPKEEP + 4);
        assert_eq!((batch.bytes(), waiting.bytes()), (6, 9));
        // To a batch that has messages already.
        batch.take(&mut waiting, UPKEEP + 6);
        assert_eq!((batch.answer_bytes(), waiting.bytes()), (4 + UPKEEP, 0));
        assert_eq!(all(batch), ["one", "two", "three", "four"]);
    }

    #[test]
    fn a_shared_event_is_written_when_it_leaves() {
        let mut messages = Transmits::default();
        messages.push_shared(Bytes::from_static(b",'i'],e:[]}"), -7);
        assert_eq!((messages.bytes(), messages.shared_bytes()), (21, 11));
        let mut batch = transmits(&["one"]);
        batch.take(&mut messages, 1);
        assert_eq!((messages.bytes(), messages.shared_bytes()), (0, 0));
        assert_eq!((batch.bytes(), batch.shared_bytes()), (24, 11));
        assert_eq!(all(batch), ["one", "{event:[-7,'i'],e:[]}"]);
    }

    #[test]
    fn memory_is_left_to_the_next_one_when_there_is_no_message() {
        let mut messages = transmits(&["one", "two"]);
        let capacity = messages.queue.capacity();
        messages.pop();
        messages.release_memory();
        assert_eq!(messages.queue.capacity(), capacity);
        messages.pop();
        messages.release_memory();
        assert_eq!(messages.queue.capacity(), 0);
        assert_eq!(transmits(&["three"]).queue.capacity(), capacity);
    }
}
