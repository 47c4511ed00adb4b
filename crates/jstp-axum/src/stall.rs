//! Answers that the other side does not take.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How much has to get on in each piece of time.
pub(crate) const LEAST: usize = 16 * 1024;

/// A stream whose writing fails when less than [`LEAST`] bytes could be written for a while.
#[derive(Debug)]
pub(crate) struct Stall<S> {
    stream: S,
    timeout: Duration,
    /// There while writing waits, and until enough was written or all.
    waiting: Option<Pin<Box<Sleep>>>,
    written: usize,
    lifted: Lifted,
}

/// Lifts the bound, for a connection that was upgraded and has bounds of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifted(Arc<AtomicBool>);

impl Lifted {
    pub(crate) fn lift(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<S> Stall<S> {
    pub(crate) fn new(stream: S, timeout: Duration, lifted: Lifted) -> Self {
        Self {
            stream,
            timeout,
            waiting: None,
            written: 0,
            lifted,
        }
    }

    /// The outcome of a write of some bytes, or that the time is up.
    fn bound_write(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let (Poll::Ready(Ok(written)), Some(_)) = (&outcome, &self.waiting) {
            self.written = self.written.saturating_add(*written);
            if self.written < LEAST && !self.lifted.0.load(Ordering::Relaxed) {
                return outcome;
            }
        }
        self.bound(cx, outcome)
    }

    /// The outcome of what ends the waiting, or that the time is up.
    fn bound<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() || self.lifted.0.load(Ordering::Relaxed) {
            self.waiting = None;
            self.written = 0;
            return outcome;
        }
        let timeout = self.timeout;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stall<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stall<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bound_write(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.bound_write(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.bound(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.bound(cx, outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    const TIME: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn a_write_that_does_not_get_on_fails_when_its_time_is_up() {
        let (near, _far) = duplex(10);
        let mut stream = Stall::new(near, TIME, Lifted::default());
        let began = Instant::now();
        let error = stream.write_all(&[0; 100]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!((TIME..2 * TIME).contains(&began.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_now_and_then_is_not_enough_but_a_slow_reader_is_served() {
        for (bytes, expected) in [(1, false), (LEAST, true)] {
            let (near, mut far) = duplex(LEAST);
            let mut stream = Stall::new(near, TIME, Lifted::default());
            let reading = tokio::spawn(async move {
                let mut buffer = vec![0; bytes];
                while far.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    tokio::time::sleep(TIME / 3).await;
                }
            });
            let answer = vec![0; 10 * LEAST];
            let writing = async {
                stream.write_all(&answer).await?;
                stream.flush().await
            };
            assert_eq!(writing.await.is_ok(), expected, "{bytes}");
            drop(stream);
            reading.await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_bounded_once_that_is_lifted() {
        let (near, _far) = duplex(10);
        let lifted = Lifted::default();
        let mut stream = Stall::new(near, TIME, lifted.clone());
        lifted.lift();
        let writing = tokio::time::timeout(10 * TIME, stream.write_all(&[0; 100]));
        assert!(writing.await.is_err(), "it waits on");
    }
}
