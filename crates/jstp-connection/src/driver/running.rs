//! Handlers that did not finish at once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use jstp_wire::RemoteError;

use super::Driver;
use crate::api::Results;
use crate::shared::ConnectionEngine;
use crate::sync::{Panicked, caught};

/// How many finished handlers are seen to before others get their turn.
const BUDGET: usize = 256;

pub(super) type Reply = Result<Results, RemoteError>;

/// A handler that is running.
pub(super) enum Running {
    /// Of a call, to be answered.
    Call {
        id: i64,
        /// The session, by the count of [`State::restarts`](crate::shared::State::restarts).
        restarts: u64,
        future: BoxFuture<'static, Reply>,
    },
    /// Of an event.
    Event { future: BoxFuture<'static, ()> },
}

/// A call that has an answer.
pub(super) struct Answered {
    id: i64,
    restarts: u64,
    reply: Reply,
}

impl Future for Running {
    type Output = Option<Answered>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Call {
                id,
                restarts,
                future,
            } => poll_caught(future, cx).map(|reply| {
                let reply = reply.unwrap_or_else(|Panicked| Err(internal_error()));
                Some(Answered {
                    id: *id,
                    restarts: *restarts,
                    reply,
                })
            }),
            Self::Event { future } => poll_caught(future, cx).map(|_| None),
        }
    }
}

/// Polls a user's future; a panic ends it and nothing else.
fn poll_caught<T>(
    future: &mut BoxFuture<'static, T>,
    cx: &mut Context<'_>,
) -> Poll<Result<T, Panicked>> {
    match caught("a handler", || future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(Panicked) => Poll::Ready(Err(Panicked)),
    }
}

/// What a caller is told of a handler that panicked.
pub(super) fn internal_error() -> RemoteError {
    RemoteError::internal_api_error()
}

impl Driver {
    /// Goes on with the handlers that can.
    pub(super) fn poll_running(&mut self, cx: &mut Context<'_>) {
        if self.running.is_empty() {
            return;
        }
        // A handler that ends with the last handle of the connection is still answered for.
        let _kept = self.connection();
        for _ in 0..BUDGET {
            // Answers that have no room would gather without bound; handlers go on when the other
            // side has read some, or its transport is gone.
            if self.paused {
                return;
            }
            match Pin::new(&mut self.running).poll_next(cx) {
                Poll::Ready(Some(Some(answered))) => self.reply(&answered),
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
            Poll::Ready(Some(answered)) => self.reply(&answered),
            Poll::Ready(None) => {}
            Poll::Pending => {
                // Those that are running have their turn after the input.
                self.running.push(handler);
            }
        }
    }

    fn reply(&mut self, answered: &Answered) {
        let Answered {
            id,
            restarts,
            reply,
        } = answered;
        self.answer(*restarts, |engine| match reply {
            Ok(results) => engine.callback_ok(*id, results.as_str()),
            Err(error) => engine.callback_error(*id, error),
        });
    }

    pub(super) fn answer_ok(&mut self, id: i64, results: &str) {
        self.answer(self.restarts, |engine| engine.callback_ok(id, results));
    }

    pub(super) fn answer_error(&mut self, id: i64, error: &RemoteError) {
        self.answer(self.restarts, |engine| engine.callback_error(id, error));
    }

    /// Answers a call, unless a new session has begun since it came: there its id is another call's.
    fn answer(&mut self, restarts: u64, write: impl FnOnce(&mut ConnectionEngine) -> bool) {
        let mut state = self.shared.state();
        if state.restarts == restarts {
            write(&mut state.engine);
            self.paused = !state.engine.wants_input();
        }
    }
}
