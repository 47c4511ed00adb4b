//! Blocks of memory that busy connections lend each other.
//!
//! A connection needs buffers while it has something to read or write, and most connections have not. So a
//! buffer that has run empty is left to the thread, for the next connection that it drives: idle ones hold
//! nothing, and busy ones seldom allocate.

mod long;

use std::cell::RefCell;

use bytes::BytesMut;

pub use long::{
    freeze_block, leave_long_text, take_long_block, take_long_text, take_longest_block,
};

/// The length of a block, in bytes.
pub const BLOCK_SIZE: usize = 64 * 1024;

/// A block that has grown beyond this is not kept.
const LARGEST_KEPT: usize = 2 * BLOCK_SIZE;
/// How many blocks a thread keeps.
const KEPT: usize = 8;

thread_local! {
    static SPARE: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// An empty block of at least [`BLOCK_SIZE`] bytes: one that was left to this thread, or a new one.
pub fn take_block() -> BytesMut {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
    spare
        .ok()
        .flatten()
        .unwrap_or_else(|| BytesMut::with_capacity(BLOCK_SIZE))
}

/// Leaves a block to this thread and puts an empty buffer in its place, whatever was in it.
///
/// It is kept for [`take_block`] if it is all of its allocation, and there are not enough blocks yet: a
/// thread keeps 8 of up to 128 KiB each. Longer ones are kept for [`take_long_block`] by all threads together,
/// 8 MiB at most. Otherwise the memory is given back.
pub fn leave_block(block: &mut BytesMut) {
    if block.capacity() == 0 {
        return;
    }
    let mut block = std::mem::take(block);
    if block.capacity() > LARGEST_KEPT {
        return long::leave(block);
    }
    block.clear();
    if !block.try_reclaim(BLOCK_SIZE) {
        return;
    }
    // Fails where the thread is ending.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < KEPT {
            spare.push(block);
        }
    });
}

/// Takes the first `len` bytes off a buffer.
///
/// They take all of the buffer's memory with them if that is a long block, so that it is
/// [left](freeze_block) to others together with them. The rest is then moved to another one.
pub fn split_block(buffer: &mut BytesMut, len: usize) -> BytesMut {
    if buffer.capacity() <= LARGEST_KEPT {
        return buffer.split_to(len);
    }
    let rest = buffer.get(len..).unwrap_or_default();
    let mut other = match rest.len() {
        0 => BytesMut::new(),
        1..=BLOCK_SIZE => take_block(),
        longer => take_longest_block(longer),
    };
    other.extend_from_slice(rest);
    let mut first = std::mem::replace(buffer, other);
    first.truncate(len);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_was_left_is_taken_again() {
        let mut block = take_block();
        let start = block.as_ptr();
        block.extend_from_slice(b"some");
        drop(block.split().freeze());
        leave_block(&mut block);
        assert_eq!(block.capacity(), 0);
        let again = take_block();
        assert_eq!((again.as_ptr(), again.len()), (start, 0));
        assert!(again.capacity() >= BLOCK_SIZE);
    }

    #[test]
    fn a_block_that_is_in_use_elsewhere_or_has_another_size_is_not_kept() {
        let mut block = take_block();
        block.extend_from_slice(b"some");
        let frame = block.split().freeze();
        leave_block(&mut block);
        leave_block(&mut BytesMut::from(&b"small"[..]));
        leave_block(&mut BytesMut::with_capacity(LARGEST_KEPT + 1));
        assert_ne!(take_block().as_ptr(), frame.as_ptr());
        assert!(SPARE.with_borrow(Vec::is_empty));
    }

    #[test]
    fn what_is_cut_off_a_long_block_takes_all_of_its_memory() {
        let mut buffer = take_long_block(300_000);
        let (start, capacity) = (buffer.as_ptr(), buffer.capacity());
        buffer.resize(200_000, b'x');
        buffer.extend_from_slice(b"rest");
        let first = split_block(&mut buffer, 200_000);
        assert_eq!((first.as_ptr(), first.capacity()), (start, capacity));
        assert_eq!((first.len(), &buffer[..]), (200_000, &b"rest"[..]));
        assert!(buffer.capacity() <= LARGEST_KEPT);

        let bytes = freeze_block(first);
        assert_eq!((bytes.as_ptr(), bytes.len()), (start, 200_000));
        assert!(split_block(&mut buffer, 4) == "rest" && buffer.is_empty());
    }

    #[test]
    fn a_thread_keeps_few_blocks() {
        let mut blocks: Vec<_> = (0..2 * KEPT).map(|_| take_block()).collect();
        blocks.iter_mut().for_each(leave_block);
        assert_eq!(SPARE.with_borrow(Vec::len), KEPT);
    }
}
