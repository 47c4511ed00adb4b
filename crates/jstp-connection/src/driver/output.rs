//! From the engine to the transport.

use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use jstp_engine::Transmits;
use jstp_transport::progress;
use tokio::time::Instant;

use super::Driver;
use crate::event::{CloseReason, ConnectionEvent};
use crate::shared::{ConnectionEngine, Shared};

/// How many bytes of messages, and of their places, are taken from the engine at once, but for the last message.
const STAGED_BYTES: usize = 64 * 1024;

/// Since when the transport has taken nothing.
#[derive(Debug, Default)]
pub(super) struct Blocked(Option<Instant>);

impl Blocked {
    fn begin(&mut self) {
        self.0.get_or_insert_with(Instant::now);
    }

    fn begin_anew(&mut self) {
        self.0 = Some(Instant::now());
    }

    fn end(&mut self) {
        self.0 = None;
    }

    pub(super) fn deadline(&self, timeout: Duration) -> Option<Instant> {
        self.0?.checked_add(timeout)
    }
}

/// The bytes of messages that were taken from the engine and are not written yet.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    all: usize,
    /// Of those that were taken since all was written.
    answers: usize,
}

impl Unwritten {
    fn add(&mut self, messages: &Transmits) {
        // With what ends each, as that is written as well.
        self.all += messages.bytes() + messages.len();
        self.answers += messages.answer_bytes();
    }

    fn subtract(&mut self, written: u64) {
        let written = usize::try_from(written).unwrap_or(usize::MAX);
        self.all = self.all.saturating_sub(written);
    }

    /// What is held of numbered messages and of answers, at most, with those that `engine` has.
    pub(super) fn held_with(&self, engine: &ConnectionEngine) -> (usize, usize) {
        let answers = engine.answer_bytes() + self.answers.min(self.all);
        let others = (engine.outgoing_bytes() + self.all).saturating_sub(answers);
        // What is written is kept until it is acknowledged, which a peer may do before.
        (engine.unacknowledged_bytes().max(others), answers)
    }
}

impl Driver {
    /// Hands all messages to the transport, then has it write them.
    pub(super) fn poll_output(&mut self, cx: &mut Context<'_>) {
        let paused = self.paused;
        let was_blocked = self.blocked.0.is_some();
        let before = progress::written();
        let outcome = self.poll_send(cx);
        let written = progress::written().wrapping_sub(before);
        let has_written = written > 0;
        self.unwritten.subtract(written);
        self.staged.release_memory();
        match outcome {
            Poll::Ready(Ok(())) => self.blocked.end(),
            Poll::Ready(Err(error)) => self.fail(CloseReason::Transport(error.into())),
            Poll::Pending if has_written => self.blocked.begin_anew(),
            Poll::Pending => self.blocked.begin(),
        }
        // A transport that is never stuck need not tell.
        if was_blocked && has_written {
            self.shared.progress.fetch_add(1, Ordering::Relaxed);
        }
        // Reading was stopped for want of room that is there now.
        if paused && !self.paused {
            self.again = true;
        }
        self.note_settled();
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), jstp_transport::Error>> {
        let mut is_all = false;
        loop {
            let details = self.wants_details();
            let Some(transport) = self.transport.as_mut() else {
                return Poll::Ready(Ok(()));
            };
            if self.staged.is_empty() && !is_all {
                let (staged, unwritten) = (&mut self.staged, &mut self.unwritten);
                is_all = stage(&self.shared, self.generation, staged, unwritten, cx);
            }
            if self.staged.is_empty() {
                let flushed = transport.as_mut().poll_flush(cx)?;
                // What the transport holds counts as well: a long answer may have gone over to it whole.
                if self.paused {
                    self.paused =
                        flushed.is_pending() && transport.as_mut().poll_ready(cx)?.is_pending();
                }
                if flushed.is_ready() {
                    self.unwritten = Unwritten::default();
                }
                return flushed.map(Ok);
            }
            if transport.as_mut().poll_ready(cx)?.is_pending() {
                return Poll::Pending;
            }
            self.blocked.end();
            let Some(message) = self.staged.pop() else {
                continue;
            };
            let detail = details.then(|| message.clone());
            transport.as_mut().start_send(message)?;
            if let Some(message) = detail {
                self.detail(|| ConnectionEvent::OutgoingMessage(message));
            }
        }
    }
}

/// Takes messages from the engine, if there are some. True: these are all, and the driver is woken by the next.
fn stage(
    shared: &Shared,
    generation: u64,
    staged: &mut Transmits,
    unwritten: &mut Unwritten,
    cx: &Context<'_>,
) -> bool {
    let mut state = shared.state();
    if state.generation != generation {
        return true;
    }
    loop {
        state.engine.poll_transmits(staged, STAGED_BYTES);
        // May have the engine send more.
        shared.settle(&mut state);
        let is_all = !state.engine.has_transmit() && shared.rest(&mut state, cx.waker());
        if is_all {
            state.engine.release_memory();
        }
        if is_all || !staged.is_empty() {
            unwritten.add(staged);
            return is_all;
        }
    }
}
