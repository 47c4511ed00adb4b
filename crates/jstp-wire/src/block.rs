//! Blocks of memory that busy connections lend each other.
//!
//! A connection needs buffers while it has something to read or write, and most connections have not. So a
//! buffer that has run empty is left to the thread, for the next connection that it drives: idle ones hold
//! nothing, and busy ones seldom allocate.

use std::cell::RefCell;

use bytes::BytesMut;

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
/// thread keeps 8 of up to 128 KiB each. Otherwise its memory is given back.
pub fn leave_block(block: &mut BytesMut) {
    let mut block = std::mem::take(block);
    block.clear();
    if !block.try_reclaim(BLOCK_SIZE) || block.capacity() > LARGEST_KEPT {
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
    fn a_thread_keeps_few_blocks() {
        let mut blocks: Vec<_> = (0..2 * KEPT).map(|_| take_block()).collect();
        blocks.iter_mut().for_each(leave_block);
        assert_eq!(SPARE.with_borrow(Vec::len), KEPT);
    }
}
