use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use jstp_wire::{FrameDecoder, FrameError};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::Error;

/// What a read asks for at first, and what an idle connection keeps.
const SMALL_READ: usize = 8 * 1024;
/// What a read asks for when reads keep coming back full.
const LARGE_READ: usize = 32 * 1024;
/// Less room than this is not worth a read.
const WORTH_A_READ: usize = 1024;
/// A buffer with a long message in it grows by its own length, but by no more than this.
const LARGEST_STEP: usize = 1024 * 1024;

/// The receiving side: reads what has come and cuts it into frames.
pub(super) struct ReadBuffer {
    decoder: FrameDecoder,
    read_size: usize,
    /// More was allocated than an idle connection keeps.
    large: bool,
}

impl ReadBuffer {
    pub(super) fn new(max_message_size: usize) -> Self {
        ReadBuffer {
            decoder: FrameDecoder::new(max_message_size),
            read_size: SMALL_READ,
            large: false,
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
                self.shrink();
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
        if buffer.capacity() - buffer.len() < WORTH_A_READ {
            buffer.reserve(self.read_size.max(buffer.len().min(LARGEST_STEP)));
            self.large |= buffer.capacity() > SMALL_READ;
        }
        let room = (buffer.capacity() - buffer.len()).min(LARGE_READ);
        let mut part = buffer.limit(room);
        // The future keeps no state from one poll to the next.
        let poll = pin!(stream.read_buf(&mut part)).poll(cx);
        if let Poll::Ready(Ok(read)) = poll {
            self.read_size = if read < room {
                SMALL_READ
            } else {
                (self.read_size * 2).min(LARGE_READ)
            };
        }
        poll
    }

    /// Moves what little is there out of a large buffer.
    fn shrink(&mut self) {
        let buffer = self.decoder.read_buffer();
        if self.large && buffer.len() < SMALL_READ {
            *buffer = BytesMut::from(buffer.as_ref());
            self.large = false;
            self.read_size = SMALL_READ;
        }
    }
}

fn refused(error: FrameError) -> Error {
    match error {
        FrameError::TooLong { limit } => Error::TooLong { limit },
        other => Error::other(other),
    }
}
