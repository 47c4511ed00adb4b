use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use crate::Error;

/// Frames up to this length are copied together; a longer one is cheaper to write from where it is.
const COPIED: usize = 4 * 1024;
/// How much memory an empty queue keeps.
const IDLE_CAPACITY: usize = 8 * 1024;
/// How many pieces go into one vectored write.
const PIECES: usize = 32;

const TERMINATOR: u8 = 0;

/// The sending side: frames with their terminators, waiting to be written.
///
/// First come the chunks, then the tail, which small frames and all terminators are copied to and
/// which becomes a chunk when a large frame has to stand behind it.
#[derive(Debug, Default)]
pub(super) struct WriteQueue {
    chunks: VecDeque<Bytes>,
    tail: Vec<u8>,
    /// The bytes at the start of `tail` that were written already.
    tail_written: usize,
    queued: usize,
}

impl WriteQueue {
    /// The bytes that wait to be written.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// The bytes of memory that are held beside the frames themselves.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.tail.capacity() + self.chunks.capacity() * size_of::<Bytes>()
    }

    /// Adds a frame and its terminator, or nothing.
    pub(super) fn push(&mut self, frame: Bytes) -> Result<(), Error> {
        if memchr::memchr(TERMINATOR, &frame).is_some() {
            return Err(Error::ContainsNul);
        }
        self.queued += frame.len() + 1;
        if frame.len() > COPIED {
            self.seal_tail();
            self.chunks.push_back(frame);
        } else {
            self.reclaim_tail();
            self.tail.extend_from_slice(&frame);
        }
        self.tail.push(TERMINATOR);
        Ok(())
    }

    /// Writes until at most `left` bytes wait.
    pub(super) fn poll_write_down_to<S: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
        left: usize,
    ) -> Poll<io::Result<()>> {
        while self.queued > left {
            let written = ready!(self.poll_write(cx, Pin::new(stream)))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
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
            return stream.poll_write(cx, self.unwritten_tail());
        };
        if !stream.is_write_vectored() {
            return stream.poll_write(cx, first);
        }
        let mut slices = [IoSlice::new(&[]); PIECES];
        let pieces = self
            .chunks
            .iter()
            .map(AsRef::as_ref)
            .chain([self.unwritten_tail()]);
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            *slice = IoSlice::new(piece);
            count += 1;
        }
        stream.poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
    }

    fn unwritten_tail(&self) -> &[u8] {
        self.tail.get(self.tail_written..).unwrap_or_default()
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
        self.tail_written += written;
        if self.tail_written >= self.tail.len() {
            self.clear();
        }
    }

    /// Everything is written: starts anew, without the memory of a large batch.
    fn clear(&mut self) {
        self.tail.clear();
        self.tail.shrink_to(IDLE_CAPACITY);
        self.tail_written = 0;
        if self.chunks.capacity() > PIECES {
            self.chunks = VecDeque::new();
        }
    }

    /// Drops what was written from the start of the tail once it outweighs the rest, so that a
    /// queue that never gets empty does not grow.
    fn reclaim_tail(&mut self) {
        if self.tail_written > self.tail.len() / 2 {
            self.tail.drain(..self.tail_written);
            self.tail_written = 0;
        }
    }

    fn seal_tail(&mut self) {
        if self.tail_written < self.tail.len() {
            let mut sealed = Bytes::from(std::mem::take(&mut self.tail));
            sealed.advance(self.tail_written);
            self.chunks.push_back(sealed);
            self.tail_written = 0;
        }
    }
}

#[cfg(test)]
mod tests;
