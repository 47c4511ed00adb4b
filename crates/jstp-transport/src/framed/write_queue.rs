use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use jstp_wire::{leave_block, take_block};
use tokio::io::AsyncWrite;

use crate::{Error, progress};

/// Frames up to this length are copied together; a longer one is cheaper to write from where it is.
const COPIED: usize = 4 * 1024;
/// No more than this waits for a slow peer in memory of its own.
const SMALL: usize = 8 * 1024;
/// How many pieces go into one vectored write.
const PIECES: usize = 32;

const TERMINATOR: u8 = 0;

/// The sending side: frames with their terminators, waiting to be written.
///
/// First come the chunks, then the tail, which small frames and all terminators are copied to and
/// which becomes a chunk when a large frame has to stand behind it. The tail has a block of memory
/// only while something waits.
#[derive(Debug, Default)]
pub(crate) struct WriteQueue {
    chunks: VecDeque<Bytes>,
    tail: BytesMut,
    queued: usize,
}

impl WriteQueue {
    /// The bytes that wait to be written.
    pub(crate) fn queued(&self) -> usize {
        self.queued
    }

    /// The bytes of memory that are held beside the frames themselves.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.tail.capacity() + self.chunks.capacity() * size_of::<Bytes>()
    }

    /// Adds a frame and its terminator, or nothing.
    pub(crate) fn push(&mut self, frame: Bytes) -> Result<(), Error> {
        if memchr::memchr(TERMINATOR, &frame).is_some() {
            return Err(Error::ContainsNul);
        }
        if frame.len() > COPIED {
            self.append(frame);
            self.append_with(1, |tail| tail.put_u8(TERMINATOR));
        } else {
            self.append_with(frame.len() + 1, |tail| {
                tail.put_slice(&frame);
                tail.put_u8(TERMINATOR);
            });
        }
        Ok(())
    }

    /// Adds bytes that are not copied.
    pub(crate) fn append(&mut self, bytes: Bytes) {
        self.seal_tail();
        self.queued += bytes.len();
        self.chunks.push_back(bytes);
    }

    /// Adds what `write` appends, for which there is room of `len` bytes.
    pub(crate) fn append_with(&mut self, len: usize, write: impl FnOnce(&mut BytesMut)) {
        self.make_room(len);
        let before = self.tail.len();
        write(&mut self.tail);
        self.queued += self.tail.len().saturating_sub(before);
    }

    /// Writes until at most `left` bytes wait.
    pub(crate) fn poll_write_down_to<S: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
        left: usize,
    ) -> Poll<io::Result<()>> {
        while self.queued > left {
            let Poll::Ready(written) = self.poll_write(cx, Pin::new(stream)) else {
                self.rest();
                return Poll::Pending;
            };
            let written = written?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            progress::note_written(written);
            self.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write<S: AsyncWrite>(
        &self,
        cx: &mut Context<'_>,
        stream: Pin<&mut S>,
    ) -> Poll<io::Result<usize>> {
        let Some(first) = self.chunks.front() else {
            return stream.poll_write(cx, &self.tail);
        };
        if !stream.is_write_vectored() {
            return stream.poll_write(cx, first);
        }
        let mut slices = [IoSlice::new(&[]); PIECES];
        let pieces = self
            .chunks
            .iter()
            .map(AsRef::as_ref)
            .chain([self.tail.as_ref()]);
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            *slice = IoSlice::new(piece);
            count += 1;
        }
        stream.poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
    }

    fn advance(&mut self, written: usize) {
        self.queued = self.queued.saturating_sub(written);
        let mut written = written;
        while let Some(first) = self.chunks.front_mut() {
            if written < first.len() {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.chunks.pop_front();
        }
        self.tail.advance(written.min(self.tail.len()));
        if self.tail.is_empty() {
            self.clear();
        }
    }

    /// Everything is written: leaves the memory to others.
    fn clear(&mut self) {
        leave_block(&mut self.tail);
        if self.chunks.capacity() > PIECES {
            self.chunks = VecDeque::new();
        }
    }

    /// The peer takes nothing for now: what little waits for it does not need a block.
    fn rest(&mut self) {
        if self.tail.len() <= SMALL && self.tail.capacity() > SMALL {
            let waiting = BytesMut::from(self.tail.as_ref());
            leave_block(&mut self.tail);
            self.tail = waiting;
        }
    }

    fn make_room(&mut self, len: usize) {
        let room = self.tail.capacity() - self.tail.len();
        if room < len && !self.tail.try_reclaim(len) {
            let waiting = std::mem::replace(&mut self.tail, take_block());
            self.tail.reserve(waiting.len() + len);
            self.tail.put_slice(&waiting);
        }
    }

    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            self.chunks.push_back(self.tail.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests;
