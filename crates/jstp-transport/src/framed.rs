//! NUL-framed messages over a byte stream.

mod read_buffer;
mod write_queue;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{Error, TransportOptions};
use read_buffer::ReadBuffer;

pub(crate) use write_queue::WriteQueue;

/// A transport over any stream of bytes: each frame is followed by one NUL byte.
///
/// This is what TCP, Unix sockets and TLS use. A reader and a writer that are separate, such as the
/// pipes of a child process, are put together by [`Halves`](crate::Halves).
///
/// Frames that are received share the memory that they were read into; one that is kept for long
/// should be copied. Frames to be sent gather until `poll_flush` or until there are
/// [`TransportOptions::write_buffer`] bytes, and go out in as few writes as possible; small ones
/// are copied together, large ones are not copied.
///
/// An end of the stream between frames is `None`, one inside a message is [`Error::Truncated`].
/// Buffers are shared by the transports of a thread ([`jstp_wire::take_block`]): while it is idle, a
/// `FramedStream` holds nothing but what has come of an unfinished message.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use jstp_transport::{FramedStream, TransportOptions};
/// use tokio::io::AsyncReadExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (near, mut far) = tokio::io::duplex(64);
/// let mut transport = FramedStream::new(near, &TransportOptions::default());
/// transport.send("{ping:[1]}".into()).await?;
///
/// let mut bytes = [0; 11];
/// far.read_exact(&mut bytes).await?;
/// assert_eq!(&bytes, b"{ping:[1]}\0");
/// drop(far);
/// assert!(transport.next().await.is_none());
/// # Ok(())
/// # }
/// ```
pub struct FramedStream<S> {
    stream: S,
    input: ReadBuffer,
    output: WriteQueue,
    high_water: usize,
    reading: bool,
    writing: Writing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Open,
    Closed,
    Failed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> FramedStream<S> {
    /// Frames `stream`. Nothing may have been read ahead from it.
    pub fn new(stream: S, options: &TransportOptions) -> Self {
        FramedStream {
            stream,
            input: ReadBuffer::new(options.max_message_size),
            output: WriteQueue::default(),
            high_water: options.write_buffer,
            reading: true,
            writing: Writing::Open,
        }
    }

    /// The byte stream, to look at its properties.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.writing == Writing::Open {
            Ok(())
        } else {
            Err(Error::Closed)
        }
    }

    /// Writes until at most `left` bytes are waiting.
    fn poll_write_down_to(&mut self, cx: &mut Context<'_>, left: usize) -> Poll<Result<(), Error>> {
        let written = ready!(self.output.poll_write_down_to(cx, &mut self.stream, left));
        self.note_failure(written)
    }

    fn note_failure(&mut self, outcome: std::io::Result<()>) -> Poll<Result<(), Error>> {
        Poll::Ready(outcome.map_err(|error| {
            self.writing = Writing::Failed;
            self.output = WriteQueue::default();
            Error::Io(error)
        }))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for FramedStream<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if !this.reading {
            return Poll::Ready(None);
        }
        if let Some(frame) = this.input.next_frame() {
            return Poll::Ready(Some(Ok(frame)));
        }
        let polled = this.input.poll_frame(cx, &mut this.stream);
        if !matches!(polled, Poll::Pending | Poll::Ready(Some(Ok(_)))) {
            this.reading = false;
            this.input.release();
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Bytes> for FramedStream<S> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        this.check_open()?;
        let high_water = this.high_water;
        if this.output.queued() <= high_water {
            return Poll::Ready(Ok(()));
        }
        this.poll_write_down_to(cx, high_water)
    }

    fn start_send(self: Pin<&mut Self>, frame: Bytes) -> Result<(), Error> {
        let this = self.get_mut();
        this.check_open()?;
        this.output.push(frame)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        this.check_open()?;
        ready!(this.poll_write_down_to(cx, 0))?;
        let flushed = ready!(Pin::new(&mut this.stream).poll_flush(cx));
        this.note_failure(flushed)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        match this.writing {
            Writing::Open => ready!(this.poll_write_down_to(cx, 0))?,
            Writing::Closed => return Poll::Ready(Ok(())),
            Writing::Failed => return Poll::Ready(Err(Error::Closed)),
        }
        match ready!(Pin::new(&mut this.stream).poll_shutdown(cx)) {
            // The peer was faster: there is nothing left to shut down.
            Err(error) if error.kind() == std::io::ErrorKind::NotConnected => {}
            outcome => ready!(this.note_failure(outcome))?,
        }
        this.writing = Writing::Closed;
        Poll::Ready(Ok(()))
    }
}

impl<S: fmt::Debug> fmt::Debug for FramedStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedStream")
            .field("stream", &self.stream)
            .field("queued", &self.output.queued())
            .field("writing", &self.writing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
