//! Reading into memory that connections lend each other.

use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::{BufMut, BytesMut};
use jstp_wire::{BLOCK_SIZE, leave_block, take_block, take_longest_block};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::intake;

/// What a read asks for.
const READ: usize = 32 * 1024;
/// Less room than this is not worth a read.
const WORTH_A_READ: usize = 4 * 1024;
/// The beginning of a message that is no longer than this waits for its rest in memory of its own.
const SMALL: usize = 8 * 1024;
/// A buffer with a long message in it grows by its own length, but by no more than this.
const LARGEST_STEP: usize = 1024 * 1024;

/// Reads behind what is in the buffer, as far as is [allowed](crate::intake) for a message of which there
/// are `before` bytes elsewhere. The buffer has a block of memory only from a read to the next one that finds
/// nothing.
pub(crate) fn poll_read<S: AsyncRead + Unpin>(
    cx: &mut Context<'_>,
    stream: &mut S,
    buffer: &mut BytesMut,
    before: usize,
) -> Poll<io::Result<usize>> {
    let begun = before.saturating_add(buffer.len());
    let allowed = intake::room(begun);
    if allowed == 0 {
        rest(buffer);
        return Poll::Pending;
    }
    make_room(buffer);
    let room = (buffer.capacity() - buffer.len()).min(READ).min(allowed);
    // The future keeps no state from one poll to the next.
    let read = pin!(stream.read_buf(&mut buffer.limit(room))).poll(cx);
    if read.is_pending() {
        rest(buffer);
        intake::note_held(begun);
    }
    read
}

/// Leaves the block to others while nothing comes, but for the beginning of a message.
fn rest(buffer: &mut BytesMut) {
    if buffer.is_empty() {
        return leave_block(buffer);
    }
    if buffer.len() > SMALL || buffer.capacity() <= SMALL {
        return;
    }
    let beginning = BytesMut::from(buffer.as_ref());
    leave_block(buffer);
    *buffer = beginning;
}

fn make_room(buffer: &mut BytesMut) {
    if buffer.capacity() - buffer.len() >= WORTH_A_READ || buffer.try_reclaim(WORTH_A_READ) {
        return;
    }
    if buffer.len() <= SMALL {
        let beginning = std::mem::replace(buffer, take_block());
        buffer.extend_from_slice(&beginning);
    } else {
        grow(buffer, READ);
    }
}

/// Makes room for `additional` bytes in a buffer that is full, and for more of what goes on to grow.
pub(crate) fn grow(buffer: &mut BytesMut, additional: usize) {
    let step = buffer.len().min(LARGEST_STEP).max(additional);
    if buffer.len() + step <= BLOCK_SIZE {
        return buffer.reserve(step);
    }
    let mut longer = take_longest_block(buffer.len() + step);
    longer.extend_from_slice(buffer);
    leave_block(buffer);
    *buffer = longer;
}
