//! Messages over a connection that was upgraded.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};
use tungstenite::protocol::frame::coding::{CloseCode, Control};

use super::frame::{Role, Violation};
use super::input::{Input, Received};
use super::output::Output;
use crate::{Error, TransportOptions};

/// What is read and dropped behind a violation, as a multiple of the message limit: a socket that is
/// closed with unread data would be reset, and the close frame be lost.
const DRAINED_MESSAGES: usize = 2;
const DRAINED_LEAST: usize = 1024 * 1024;

/// A transport over a byte stream that was upgraded to WebSocket.
///
/// A message that is received may share its memory with others that came with it; one that is kept for
/// long should be copied. Messages to be sent gather until `poll_flush` or until there are
/// [`TransportOptions::write_buffer`] bytes, and go out in as few writes as possible. Pings are
/// answered while it is read from.
///
/// When the other side breaks the rules, the stream gives the error, and closing sends the close frame
/// that fits: 1009 for a message that is too long, 1007 for a text that is not UTF-8, 1002 for wrong
/// frames. Otherwise closing sends 1000. A close frame of the other side ends the stream, and is
/// answered by closing. The byte stream is shut down when both close frames are there, by closing or
/// by reading on, whichever comes last; or by closing again, for want of an answer.
///
/// While it is idle a `WsStream` holds less than 1 KiB, whatever went through it.
pub struct WsStream<S> {
    stream: S,
    input: Input,
    output: Output,
    high_water: usize,
    reading: Reading,
    writing: Writing,
    close_code: CloseCode,
    /// The payload of a ping that is still to be answered; only the latest has to be.
    ping: Option<Bytes>,
    /// A pong was queued while nothing else was, and not all of it is written.
    pong_waits: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Open,
    /// What comes is dropped, up to so many bytes.
    Draining(usize),
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Open,
    /// The close frame is queued.
    Closing,
    /// The close frame is written.
    Closed,
    /// The stream is shut down.
    ShutDown,
    Failed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WsStream<S> {
    /// The server's end of a connection. Nothing may have been read ahead from it.
    pub fn server(stream: S, options: &TransportOptions) -> Self {
        WsStream::new(stream, Role::Server, options)
    }

    /// The client's end of a connection. Nothing may have been read ahead from it.
    pub fn client(stream: S, options: &TransportOptions) -> Self {
        WsStream::new(stream, Role::Client, options)
    }

    fn new(stream: S, role: Role, options: &TransportOptions) -> Self {
        WsStream {
            stream,
            input: Input::new(role, options.max_message_size),
            output: Output::new(role),
            high_water: options.write_buffer,
            reading: Reading::Open,
            writing: Writing::Open,
            close_code: CloseCode::Normal,
            ping: None,
            pong_waits: false,
        }
    }

    /// Begins with bytes that came together with the upgrade.
    pub(super) fn with_input(mut self, bytes: BytesMut) -> Self {
        self.input.begin_with(bytes);
        self
    }

    /// The byte stream, to look at its properties.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The bytes that wait to be written.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        self.output.queued()
    }

    /// The bytes of memory that are held for reading and for writing, as far as can be seen.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.input.held(), self.output.held())
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

    /// Writes all there is, and has the stream do so as well.
    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_write_down_to(cx, 0))?;
        self.pong_waits = false;
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.note_failure(flushed)
    }

    fn note_failure(&mut self, outcome: io::Result<()>) -> Poll<Result<(), Error>> {
        Poll::Ready(outcome.map_err(|error| {
            self.writing = Writing::Failed;
            self.output.clear();
            Error::Io(error)
        }))
    }

    /// Answers the latest ping. Where messages wait to be written, the pong goes with them, so that
    /// their writer's waker is left alone; and where too much waits, the pong waits as well.
    fn answer_ping(&mut self, cx: &mut Context<'_>) {
        if self.writing != Writing::Open {
            self.ping = None;
            return;
        }
        if self.output.queued() <= self.high_water
            && let Some(payload) = self.ping.take()
        {
            self.pong_waits |= self.output.queued() == 0;
            self.output.push_control(Control::Pong, &payload);
        }
        if self.pong_waits {
            // A failure shows at the next write, and by the stream's own end.
            let _ = self.poll_flush_all(cx);
        }
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            match self.input.next() {
                Ok(Some(Received::Message(message))) => return Poll::Ready(Some(Ok(message))),
                Ok(Some(Received::Ping(payload))) => {
                    self.ping = Some(payload);
                    self.answer_ping(cx);
                    continue;
                }
                Ok(Some(Received::Close(code))) => {
                    self.close_code = code;
                    self.end();
                    return self.poll_ended(cx).map(|()| None);
                }
                Ok(None) => {}
                Err(violation) => return Poll::Ready(Some(Err(self.violated(violation)))),
            }
            match ready!(self.input.poll_read(cx, &mut self.stream)) {
                Ok(0) => {
                    let begun = self.input.begun();
                    self.end();
                    return Poll::Ready(begun.map(|bytes| Err(Error::Truncated { bytes })));
                }
                Ok(_) => {}
                Err(error) => {
                    self.end();
                    return Poll::Ready(Some(Err(error.into())));
                }
            }
        }
    }

    fn end(&mut self) {
        self.reading = Reading::Ended;
        self.input.release();
    }

    /// Shuts the stream down behind a close frame of ours that was answered.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.writing == Writing::Closed {
            // A failure changes nothing: both sides are done.
            let _ = ready!(self.poll_shut_down(cx));
        }
        Poll::Ready(())
    }

    fn poll_shut_down(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match ready!(Pin::new(&mut self.stream).poll_shutdown(cx)) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {}
            outcome => ready!(self.note_failure(outcome))?,
        }
        self.writing = Writing::ShutDown;
        Poll::Ready(Ok(()))
    }

    fn violated(&mut self, violation: Violation) -> Error {
        self.close_code = violation.close_code();
        let budget = self.input.limit().saturating_mul(DRAINED_MESSAGES);
        self.reading = Reading::Draining(budget.max(DRAINED_LEAST));
        self.input.release();
        violation.into()
    }

    /// Drops what comes behind a violation until the other side has closed as well.
    fn poll_drain(&mut self, cx: &mut Context<'_>, mut budget: usize) -> Poll<()> {
        if matches!(self.writing, Writing::Open | Writing::Closing) {
            // Our close frame, for which this is done, is still to come.
            return Poll::Ready(());
        }
        while let Ok(read @ 1..) = ready!(self.input.poll_read(cx, &mut self.stream)) {
            self.input.discard();
            budget = budget.saturating_sub(read);
            self.reading = Reading::Draining(budget);
            if budget == 0 {
                break;
            }
        }
        self.end();
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WsStream<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        match this.reading {
            Reading::Open => {
                if this.ping.is_some() || this.pong_waits {
                    this.answer_ping(cx);
                }
                this.poll_message(cx)
            }
            Reading::Draining(budget) => this.poll_drain(cx, budget).map(|()| None),
            Reading::Ended => this.poll_ended(cx).map(|()| None),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Bytes> for WsStream<S> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        this.check_open()?;
        let high_water = this.high_water;
        this.poll_write_down_to(cx, high_water)
    }

    fn start_send(self: Pin<&mut Self>, message: Bytes) -> Result<(), Error> {
        let this = self.get_mut();
        this.check_open()?;
        if memchr::memchr(0, &message).is_some() {
            return Err(Error::ContainsNul);
        }
        // From here on it is the writer who flushes, and whose waker counts.
        this.pong_waits = false;
        this.output.push_message(message);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        this.check_open()?;
        this.poll_flush_all(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        match this.writing {
            Writing::Open => {
                let code = u16::from(this.close_code).to_be_bytes();
                this.output.push_control(Control::Close, &code);
                this.writing = Writing::Closing;
            }
            Writing::Closing => {}
            // Whoever closes again waits for no answer.
            Writing::Closed => return this.poll_shut_down(cx),
            Writing::ShutDown => return Poll::Ready(Ok(())),
            Writing::Failed => return Poll::Ready(Err(Error::Closed)),
        }
        ready!(this.poll_flush_all(cx))?;
        if this.reading == Reading::Open {
            // The other side's close frame is still to come.
            this.writing = Writing::Closed;
            return Poll::Ready(Ok(()));
        }
        this.poll_shut_down(cx)
    }
}

impl<S: fmt::Debug> fmt::Debug for WsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsStream")
            .field("stream", &self.stream)
            .field("queued", &self.output.queued())
            .field("reading", &self.reading)
            .field("writing", &self.writing)
            .finish_non_exhaustive()
    }
}
