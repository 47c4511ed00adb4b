//! Blocks for long messages, which all threads share.
//!
//! A message of 1 MiB takes memory that the allocator asks the kernel for and gives back at once: each page
//! of it is zeroed anew for every message. So it is kept, but little of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};

use super::LARGEST_KEPT;

/// What the process keeps, in bytes.
const KEPT_BYTES: usize = 8 * 1024 * 1024;
/// What has no known end takes no block that is so many times longer than it has to be: it may never go on, and
/// only what has come of it is counted.
const TIMES_LONGER: usize = 12;

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    blocks: Vec::new(),
    bytes: 0,
});

/// Empty blocks, those that were left last behind.
struct Kept {
    blocks: Vec<Vec<u8>>,
    bytes: usize,
}

impl Kept {
    fn lock() -> MutexGuard<'static, Self> {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that fits best, if it is at most twice as long as needed.
    fn take_fitting(&mut self, len: usize) -> Option<Vec<u8>> {
        let fitting = len..=len.saturating_mul(2);
        let blocks = self.blocks.iter().map(Vec::capacity).enumerate();
        let (index, _) = blocks
            .filter(|(_, capacity)| fitting.contains(capacity))
            .min_by_key(|(_, capacity)| *capacity)?;
        Some(self.take(index))
    }

    fn take_longest(&mut self, least: usize) -> Option<Vec<u8>> {
        let lengths = least..=least.saturating_mul(TIMES_LONGER);
        let blocks = self.blocks.iter().map(Vec::capacity).enumerate();
        let (index, _) = blocks
            .filter(|(_, capacity)| lengths.contains(capacity))
            .max_by_key(|(_, capacity)| *capacity)?;
        Some(self.take(index))
    }

    fn take(&mut self, index: usize) -> Vec<u8> {
        let block = self.blocks.swap_remove(index);
        self.bytes -= block.capacity();
        block
    }

    /// Keeps a block. Gives those that were kept longest, for which there is no room any longer.
    fn leave(&mut self, block: Vec<u8>) -> Vec<Vec<u8>> {
        self.bytes += block.capacity();
        self.blocks.push(block);
        let mut dropped = Vec::new();
        while self.bytes > KEPT_BYTES {
            let oldest = self.blocks.remove(0);
            self.bytes -= oldest.capacity();
            dropped.push(oldest);
        }
        dropped
    }
}

/// An empty block of at least `len` bytes and not many more: one that was [left](crate::leave_block), or a new
/// one.
pub fn take_long_block(len: usize) -> BytesMut {
    let kept = Kept::lock().take_fitting(len);
    kept.map_or_else(|| BytesMut::with_capacity(rounded(len)), into_block)
}

/// As [`take_long_block`], for what has no known end: the longest block that there is, of those up to 12 times as
/// long as `least`.
pub fn take_longest_block(least: usize) -> BytesMut {
    let kept = Kept::lock().take_longest(least);
    kept.map_or_else(|| BytesMut::with_capacity(rounded(least)), into_block)
}

/// As [`take_long_block`], for text. It is to be [left](leave_long_text) as well.
pub fn take_long_text(len: usize) -> String {
    let kept = Kept::lock().take_fitting(len);
    // Nothing is copied, and nothing is in it that might be no text.
    let kept = kept.and_then(|block| String::from_utf8(block).ok());
    kept.unwrap_or_else(|| String::with_capacity(rounded(len)))
}

/// Leaves the memory of a text to others, as [`leave_block`](crate::leave_block) does, if it is long.
pub fn leave_long_text(mut text: String) {
    text.clear();
    keep(text.into_bytes());
}

/// Makes bytes of a block, whose memory is [left](crate::leave_block) to others, if it is long, when nobody has
/// a slice of it any longer.
pub fn freeze_block(block: BytesMut) -> Bytes {
    if block.capacity() > LARGEST_KEPT {
        Bytes::from_owner(Lent(block))
    } else {
        block.freeze()
    }
}

/// Keeps a block for others, if it is all of its allocation, and not too long.
pub(super) fn leave(mut block: BytesMut) {
    block.clear();
    // Memory that somebody else still uses is not had this way, but an empty vector.
    keep(Vec::from(block));
}

fn keep(block: Vec<u8>) {
    if (LARGEST_KEPT + 1..=KEPT_BYTES).contains(&block.capacity()) {
        let dropped = Kept::lock().leave(block);
        // Not under the lock.
        drop(dropped);
    }
}

/// Lengths that differ little take blocks of the same length.
fn rounded(len: usize) -> usize {
    let step = (len.checked_next_power_of_two().unwrap_or(len) / 8).max(1);
    len.checked_next_multiple_of(step).unwrap_or(len)
}

/// Nothing is copied.
fn into_block(block: Vec<u8>) -> BytesMut {
    BytesMut::from(Bytes::from(block))
}

/// The owner of the memory that slices are of.
struct Lent(BytesMut);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        leave(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(capacities: &[usize]) -> Kept {
        let mut kept = Kept {
            blocks: Vec::new(),
            bytes: 0,
        };
        for capacity in capacities {
            kept.leave(Vec::with_capacity(*capacity));
        }
        kept
    }

    fn capacity(block: Option<Vec<u8>>) -> Option<usize> {
        block.map(|block| block.capacity())
    }

    #[test]
    fn a_message_takes_a_block_of_about_its_length() {
        let mut kept = kept(&[900_000, 300_000, 400_000]);
        assert_eq!(capacity(kept.take_fitting(250_000)), Some(300_000));
        assert_eq!(capacity(kept.take_fitting(250_000)), Some(400_000));
        assert_eq!(capacity(kept.take_fitting(250_000)), None);
        assert_eq!(kept.bytes, 900_000);
    }

    #[test]
    fn what_has_no_known_end_takes_the_longest_block() {
        let mut kept = kept(&[300_000, 900_000, 400_000]);
        assert_eq!(capacity(kept.take_longest(1_000_000)), None);
        assert_eq!(capacity(kept.take_longest(100_000)), Some(900_000));
        assert_eq!(capacity(kept.take_longest(100_000)), Some(400_000));
        assert_eq!(
            capacity(kept.take_longest(300_000 / TIMES_LONGER - 1)),
            None
        );
        assert_eq!(kept.bytes, 300_000);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes_first() {
        let mut kept = kept(&[300_000; 100]);
        assert!(kept.bytes <= KEPT_BYTES);
        assert_eq!(kept.bytes, 300_000 * kept.blocks.len());
        let dropped = kept.leave(Vec::with_capacity(KEPT_BYTES));
        assert_eq!(dropped.len(), KEPT_BYTES / 300_000);
        assert_eq!((kept.blocks.len(), kept.bytes), (1, KEPT_BYTES));
    }

    #[test]
    fn lengths_are_rounded_up_by_a_quarter_at_most() {
        for len in [0, 1, 7, 65_537, 1_048_576, 1_048_577, usize::MAX] {
            let rounded = rounded(len);
            assert!(rounded >= len && rounded - len <= len / 4, "{len}");
        }
    }
}
