use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use jstp_wire::{FrameDecoder, FrameError, leave_block, take_block};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::Error;

/// What a read asks for.
const READ: usize = 32 * 1024;
/// Less room than this is not worth a read.
const WORTH_A_READ: usize = 4 * 1024;
/// The beginning of a message that is no longer than this waits for its rest in memory of its own.
const SMALL: usize = 8 * 1024;
/// A buffer with a long message in it grows by its own length, but by no more than this.
const LARGEST_STEP: usize = 1024 * 1024;

/// The receiving side: reads what has come and cuts it into frames.
///
/// It has a block of memory only from a read to the next one that finds nothing.
pub(super) struct ReadBuffer {
    decoder: FrameDecoder,
}

impl ReadBuffer {
    pub(super) fn new(max_message_size: usize) -> Self {
        ReadBuffer {
            decoder: FrameDecoder::new(max_message_size),
        }
    }

    /// The next frame, or `None` at an end of the stream between frames.
    pub(super) fn poll_frame<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            if let Some(frame) = self.decoder.next_frame().map_err(refused)? {
                return Poll::Ready(Ok(Some(frame)));
            }
            let Poll::Ready(read) = self.poll_read(cx, stream) else {
                self.rest();
                return Poll::Pending;
            };
            if read? == 0 {
                return Poll::Ready(match self.decoder.pending().len() {
                    0 => Ok(None),
                    bytes => Err(Error::Truncated { bytes }),
                });
            }
        }
    }

    /// The bytes of memory that are held, as far as can be seen.
    #[cfg(test)]
    pub(super) fn held(&mut self) -> usize {
        self.decoder.read_buffer().capacity()
    }

    /// Frees the memory; there will be no more frames.
    pub(super) fn release(&mut self) {
        *self.decoder.read_buffer() = BytesMut::new();
    }

    fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<usize>> {
        let buffer = self.decoder.read_buffer();
        make_room(buffer);
        let room = (buffer.capacity() - buffer.len()).min(READ);
        // The future keeps no state from one poll to the next.
        pin!(stream.read_buf(&mut buffer.limit(room))).poll(cx)
    }

    /// Leaves the block to others while nothing comes, but for the beginning of a message.
    fn rest(&mut self) {
        let buffer = self.decoder.read_buffer();
        if buffer.len() > SMALL || buffer.capacity() <= SMALL {
            return;
        }
        let beginning = BytesMut::from(buffer.as_ref());
        leave_block(buffer);
        *buffer = beginning;
    }
}

fn make_room(buffer: &mut BytesMut) {
    if buffer.capacity() - buffer.len() >= WORTH_A_READ || buffer.try_reclaim(WORTH_A_READ) {
        return;
    }
    if buffer.len() <= SMALL {
        let beginning = std::mem::replace(buffer, take_block());
        buffer.extend_from_slice(&beginning);
    } else {
        buffer.reserve(buffer.len().clamp(READ, LARGEST_STEP));
    }
}

fn refused(error: FrameError) -> Error {
    match error {
        FrameError::TooLong { limit } => Error::TooLong { limit },
        other => Error::other(other),
    }
}
