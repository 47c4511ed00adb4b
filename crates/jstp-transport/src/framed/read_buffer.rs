use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use jstp_wire::{FrameDecoder, FrameError};
use tokio::io::AsyncRead;

use crate::{Error, foreign, intake, lent};

/// The receiving side: reads what has come and cuts it into frames.
///
/// It has a block of memory only from a read to the next one that finds nothing.
pub(super) struct ReadBuffer {
    decoder: FrameDecoder,
    /// Nothing has been received yet.
    fresh: bool,
    /// Nothing is kept any longer.
    discarding: bool,
}

impl ReadBuffer {
    pub(super) fn new(max_message_size: usize) -> Self {
        ReadBuffer {
            decoder: FrameDecoder::new(max_message_size),
            fresh: true,
            discarding: false,
        }
    }

    /// The next frame, if it was read together with the one before, as most are. Apart from
    /// [`poll_frame`](Self::poll_frame), where a frame is moved with what else may come, which takes longer
    /// than to cut it off.
    #[inline]
    pub(super) fn next_frame(&mut self) -> Option<Bytes> {
        if self.fresh || intake::discards() {
            return None;
        }
        // An error comes again.
        self.decoder.next_frame().ok().flatten()
    }

    /// The next frame, or `None` at an end of the stream between frames.
    pub(super) fn poll_frame<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        if intake::discards() {
            return self.poll_piece(cx, stream);
        }
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) if self.fresh => {
                    self.fresh = false;
                    let foreign = foreign::recognize(&frame);
                    return Poll::Ready(Some(foreign.map_or(Ok(frame), Err)));
                }
                Ok(Some(frame)) => return Poll::Ready(Some(Ok(frame))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(refused(error)))),
            }
            if ready!(lent::poll_read(cx, stream, self.decoder.read_buffer(), 0))? == 0 {
                return Poll::Ready(self.end());
            }
        }
    }

    /// What an end of the stream means here.
    fn end(&self) -> Option<Result<Bytes, Error>> {
        let pending = self.decoder.pending();
        let bytes = pending.len();
        let foreign = || foreign::recognize(pending).filter(|_| self.fresh);
        (bytes > 0).then(|| Err(foreign().unwrap_or(Error::Truncated { bytes })))
    }

    /// What comes next, whatever it is. What there was before is dropped.
    fn poll_piece<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        // Whole messages as well: one that was not asked for keeps all that was read with it.
        if !std::mem::replace(&mut self.discarding, true) {
            self.decoder = FrameDecoder::default();
        }
        let buffer = self.decoder.read_buffer();
        let read = ready!(lent::poll_read(cx, stream, buffer, 0))?;
        let piece = buffer.split().freeze();
        Poll::Ready((read > 0).then_some(Ok(piece)))
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
}

fn refused(error: FrameError) -> Error {
    match error {
        FrameError::TooLong { limit } => Error::TooLong { limit },
        other => Error::other(other),
    }
}
