//! Handlers that did not finish at once.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use jstp_wire::RemoteError;

use super::Driver;
use crate::api::Results;

/// How many finished handlers are seen to before others get their turn.
const BUDGET: usize = 256;

pub(super) type Reply = Result<Results, RemoteError>;

/// A handler that is running.
pub(super) enum Running {
    /// Of a call, to be answered.
    Call { id: i64, future: BoxFuture<'static, Reply> },
    /// Of an event.
    Event { future: BoxFuture<'static, ()> },
}

impl Future for Running {
    /// The id of the call and its answer.
    type Output = Option<(i64, Reply)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Call { id, future } => poll_caught(future, cx)
                .map(|reply| Some((*id, reply.unwrap_or_else(|Panicked| Err(internal_error()))))),
            Self::Event { future } => poll_caught(future, cx).map(|_| None),
        }
    }
}

/// A handler has panicked.
pub(super) struct Panicked;

/// Polls a user's future; a panic ends it and nothing else.
fn poll_caught<T>(
    future: &mut BoxFuture<'static, T>,
    cx: &mut Context<'_>,
) -> Poll<Result<T, Panicked>> {
    match caught(|| future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(Panicked) => Poll::Ready(Err(Panicked)),
    }
}

/// Runs a user's code; a panic ends it and nothing else.
pub(super) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|_| {
        tracing::error!("a handler panicked");
        Panicked
    })
}

/// What a caller is told of a handler that panicked.
pub(super) fn internal_error() -> RemoteError {
    RemoteError::internal_api_error()
}

impl Driver {
    /// Goes on with the handlers that can.
    pub(super) fn poll_running(&mut self, cx: &mut Context<'_>) {
        for _ in 0..BUDGET {
            match Pin::new(&mut self.running).poll_next(cx) {
                Poll::Ready(Some(Some((id, reply)))) => self.reply(id, &reply),
                Poll::Ready(Some(None)) => {}
                Poll::Ready(None) | Poll::Pending => return,
            }
            // A message that had to wait for a handler to end may be handled now.
            self.again |= self.held.is_some();
        }
        self.again = true;
    }

    /// Polls a handler once in place; if it is not done it joins the running ones.
    pub(super) fn start(&mut self, cx: &mut Context<'_>, mut handler: Running) {
        match Pin::new(&mut handler).poll(cx) {
            Poll::Ready(Some((id, reply))) => self.reply(id, &reply),
            Poll::Ready(None) => {}
            Poll::Pending => {
                self.running.push(handler);
                self.again = true;
            }
        }
    }

    fn reply(&mut self, id: i64, reply: &Reply) {
        match reply {
            Ok(results) => self.answer_ok(id, results.as_str()),
            Err(error) => self.answer_error(id, error),
        }
    }

    pub(super) fn answer_ok(&mut self, id: i64, results: &str) {
        let mut state = self.shared.state();
        state.engine.callback_ok(id, results);
        self.paused = !state.engine.wants_input();
    }

    pub(super) fn answer_error(&mut self, id: i64, error: &RemoteError) {
        let mut state = self.shared.state();
        state.engine.callback_error(id, error);
        self.paused = !state.engine.wants_input();
    }
}
