//! Messages that wait for the transport.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};
use jstp_session::Kept;
use jstp_wire::{freeze_block, leave_block};

use crate::transmits::{Transmits, memory_for};

/// Bounds of a chunk of memory for messages that the session keeps.
const SMALLEST_CHUNK: usize = 512;
const LARGEST_CHUNK: usize = 16 * 1024;

thread_local! {
    /// The chunk of an engine whose session keeps nothing any longer. There is but one, so that those of
    /// other engines stay small.
    static SPARE_CHUNK: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// The queue to the transport, and the memory that messages are written to.
///
/// Many messages share an allocation, and each of them keeps all of it. Answers, and long events that many
/// sessions share, are gone as soon as they are written, so these share large blocks. Those that the session keeps
/// share chunks of at most twice what it keeps already.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    waiting: Transmits,
    chunk: BytesMut,
}

impl Outgoing {
    /// Writes a message of about `len` bytes that the session may keep, of which it keeps `kept` bytes; gives
    /// its length. It is to be [taken](Self::take_kept), or written over by the next one.
    pub(crate) fn write_kept(
        &mut self,
        len: usize,
        kept: usize,
        write: impl FnOnce(&mut BytesMut),
    ) -> usize {
        self.chunk.clear();
        if self.chunk.capacity() > LARGEST_CHUNK.max(len) {
            // Of a long message that was refused.
            leave_block(&mut self.chunk);
        }
        if self.chunk.capacity() < len && !self.chunk.try_reclaim(len) {
            self.chunk = new_chunk(len, kept);
        }
        write(&mut self.chunk);
        self.chunk.len()
    }

    /// The message that was written last.
    pub(crate) fn take_kept(&mut self) -> Bytes {
        if self.chunk.capacity() > LARGEST_CHUNK {
            return freeze_block(std::mem::take(&mut self.chunk));
        }
        self.chunk.split().freeze()
    }

    /// Writes an answer of about `len` bytes, and queues it. `write` is handed an empty buffer.
    pub(crate) fn push_answer(&mut self, len: usize, write: impl FnOnce(&mut BytesMut)) {
        self.waiting.push_answer(len, write);
    }

    /// Queues a message as the session keeps it.
    pub(crate) fn push_kept(&mut self, wire_id: i64, kept: &Kept) {
        match kept {
            Kept::Message(message) => self.waiting.push(message.clone()),
            Kept::SharedEvent(tail) => self.waiting.push_shared(tail.clone(), wire_id),
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        self.waiting.pop()
    }

    /// Moves messages to `batch`: those of the first `most` bytes, and one more.
    pub(crate) fn move_to(&mut self, batch: &mut Transmits, most: usize) {
        batch.take(&mut self.waiting, most);
    }

    /// Leaves memory to others that is not needed while nothing waits. `kept` is what the session keeps.
    pub(crate) fn release_memory(&mut self, kept: usize) {
        self.waiting.release_memory();
        // The rest of a chunk that holds messages is not to be had for anything else.
        if kept == 0 && self.chunk.capacity() > SMALLEST_CHUNK {
            let mut chunk = std::mem::take(&mut self.chunk);
            // There may be a message in it that was refused.
            chunk.clear();
            let _ = SPARE_CHUNK.try_with(|spare| spare.set(chunk));
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.waiting.bytes()
    }

    pub(crate) fn shared_bytes(&self) -> usize {
        self.waiting.shared_bytes()
    }

    pub(crate) fn answer_bytes(&self) -> usize {
        self.waiting.answer_bytes()
    }
}

/// A chunk with room for `len` bytes, for a session that keeps `kept`.
fn new_chunk(len: usize, kept: usize) -> BytesMut {
    let mut spare = SPARE_CHUNK.try_with(Cell::take).unwrap_or_default();
    if spare.try_reclaim(len) && spare.capacity() <= LARGEST_CHUNK {
        return spare;
    }
    let size = kept.saturating_mul(2).clamp(SMALLEST_CHUNK, LARGEST_CHUNK);
    memory_for(size.max(len))
}

#[cfg(test)]
mod tests {
    use jstp_wire::take_block;

    use super::*;
    use crate::transmits::UPKEEP;

    #[test]
    fn messages_leave_in_order_and_are_counted() {
        let mut outgoing = Outgoing::default();
        outgoing.push_kept(1, &Kept::Message(Bytes::from_static(b"one")));
        outgoing.push_answer(6, |out| out.extend_from_slice(b"answer"));
        assert_eq!((outgoing.bytes(), outgoing.answer_bytes()), (9, 6 + UPKEEP));
        assert_eq!(outgoing.pop().as_deref(), Some(&b"one"[..]));
        assert_eq!((outgoing.bytes(), outgoing.answer_bytes()), (6, 6 + UPKEEP));
        assert_eq!(outgoing.pop().as_deref(), Some(&b"answer"[..]));
        assert_eq!((outgoing.bytes(), outgoing.answer_bytes()), (0, 0));
        assert!(outgoing.pop().is_none());
    }

    /// Writes a message of `len` bytes and keeps it.
    fn keep(outgoing: &mut Outgoing, len: usize, kept: usize) -> Bytes {
        outgoing.write_kept(len, kept, |out| out.resize(len, b'x'));
        outgoing.take_kept()
    }

    #[test]
    fn small_answers_share_a_block_that_is_left_to_others() {
        let mut outgoing = Outgoing::default();
        for _ in 0..100 {
            outgoing.push_answer(10, |out| out.extend_from_slice(b"{pong:[1]}"));
        }
        assert_eq!(outgoing.bytes(), 1000);
        let first = outgoing.pop().unwrap().as_ptr();
        let last = std::iter::from_fn(|| outgoing.pop()).last().unwrap();
        assert_eq!(last.as_ptr(), first.wrapping_add(990));
        drop(last);
        outgoing.release_memory(0);
        assert_eq!(take_block().as_ptr(), first);
    }

    #[test]
    fn a_long_answer_has_memory_of_its_own() {
        let mut outgoing = Outgoing::default();
        outgoing.push_answer(1_000_000, |out| out.resize(1_000_000, b' '));
        assert_eq!(outgoing.pop().map(|answer| answer.len()), Some(1_000_000));
    }

    #[test]
    fn messages_that_are_kept_share_chunks_in_proportion() {
        let mut outgoing = Outgoing::default();
        let first = keep(&mut outgoing, 100, 0);
        let second = keep(&mut outgoing, 100, 100);
        assert_eq!(second.as_ptr(), first.as_ptr().wrapping_add(100));
        assert!(outgoing.chunk.capacity() <= SMALLEST_CHUNK);
        // Once nothing of it is kept a chunk is used again.
        let start = first.as_ptr();
        drop((first, second));
        drop(keep(&mut outgoing, 300, 0));
        assert_eq!(keep(&mut outgoing, 300, 0).as_ptr(), start);
        let _long = keep(&mut outgoing, 1_000_000, 0);
        assert!(outgoing.chunk.capacity() < 1000);
        let _more = keep(&mut outgoing, 1000, 1_000_000);
        assert!(outgoing.chunk.capacity() <= LARGEST_CHUNK);
        outgoing.release_memory(1_000_000);
        assert_ne!(outgoing.chunk.capacity(), 0);
        outgoing.release_memory(0);
        assert_eq!(outgoing.chunk.capacity(), 0);
    }

    #[test]
    fn nothing_is_left_of_a_message_that_was_not_taken() {
        let mut outgoing = Outgoing::default();
        outgoing.write_kept(1000, 0, |out| out.resize(1000, b'x'));
        outgoing.release_memory(0);
        assert_eq!(keep(&mut outgoing, 600, 0).len(), 600);
    }

    #[test]
    fn a_message_that_is_not_taken_uses_nothing_up() {
        let mut outgoing = Outgoing::default();
        for _ in 0..100 {
            assert_eq!(
                outgoing.write_kept(400, 0, |out| out.resize(400, b'x')),
                400
            );
        }
        assert_eq!(outgoing.take_kept().len(), 400);
        assert!(outgoing.chunk.capacity() <= SMALLEST_CHUNK);
    }
}
