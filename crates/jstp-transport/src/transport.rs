use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;

use crate::Error;

/// A two-way stream of frames, a frame being the bytes of one message without a terminator.
///
/// Anything that is a [`Stream`] and a [`Sink`] of [`Bytes`] with this crate's [`Error`] is one;
/// there is nothing to implement.
///
/// As a stream it gives frames in order and exactly once, an error at most once, and `None` when
/// the other side has closed. As a sink:
///
/// - `poll_ready` is pending while too much waits to be written;
/// - `start_send` takes the frame over, `Ok` means *buffered*;
/// - `poll_flush` hands everything to the operating system (or the twin in memory), which does not
///   mean that the peer has it;
/// - `poll_close` flushes and ends this side's direction, so that the peer gets all frames and then
///   `None`;
/// - dropping closes at once, and what was not flushed is lost.
///
/// Both directions are used from one task or, split, from two. [`conformance`](crate::conformance)
/// checks all this.
pub trait Transport:
    Stream<Item = Result<Bytes, Error>> + Sink<Bytes, Error = Error> + Send + 'static
{
}

impl<T> Transport for T where
    T: Stream<Item = Result<Bytes, Error>> + Sink<Bytes, Error = Error> + Send + 'static
{
}

/// A transport of any kind: `Box::pin(transport)`.
pub type BoxTransport = Pin<Box<dyn Transport>>;
