//! Handlers that did not finish at once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jstp_wire::{RawValue, RemoteError};

use super::Driver;
use crate::api::Results;
use crate::options::ConnectionOptions;
use crate::shared::ConnectionEngine;
use crate::sync::{Panicked, caught};

/// How many finished handlers are seen to before others get their turn.
const BUDGET: usize = 256;

/// What a running handler costs whatever its arguments.
const TASK: usize = 1536;
/// While fewer handlers than this are running they may hold more, so that one with long arguments does
/// not hold back all others.
const FEW: usize = 8;
/// How many times more.
const FEW_TIMES: usize = 8;
/// What one value costs in memory.
const VALUE: usize = 32;

pub(super) type Reply = Result<Results, RemoteError>;

/// A handler that is running.
pub(super) struct Running {
    /// The length of its arguments' text, for what it may hold of them.
    size: usize,
    handler: Handler,
}

enum Handler {
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

/// A handler that has ended.
pub(super) struct Ended {
    size: usize,
    /// For a call: its id, the session, the answer.
    answer: Option<(i64, u64, Reply)>,
}

impl Future for Running {
    type Output = Ended;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let Self { size, handler } = self.get_mut();
        let answer = match handler {
            Handler::Call {
                id,
                restarts,
                future,
            } => poll_caught(future, cx).map(|reply| {
                let reply = reply.unwrap_or_else(|Panicked| Err(internal_error()));
                Some((*id, *restarts, reply))
            }),
            Handler::Event { future } => poll_caught(future, cx).map(|_| None),
        };
        answer.map(|answer| Ended {
            size: *size,
            answer,
        })
    }
}

/// The handlers of a connection that are running.
#[derive(Default)]
pub(super) struct RunningSet {
    handlers: FuturesUnordered<Running>,
    bytes: usize,
}

impl RunningSet {
    pub(super) fn is_empty(&self) -> bool {
        self.handlers.is_empty()
    }

    /// What the handlers may hold.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether no further handler with arguments of `size` bytes may run.
    pub(super) fn is_full(&self, size: usize, options: &ConnectionOptions) -> bool {
        let count = self.handlers.len();
        let few = if count < FEW { FEW_TIMES } else { 1 };
        let limit = options.max_running_bytes.saturating_mul(few);
        count >= options.max_running_handlers
            || (count > 0 && self.bytes.saturating_add(size) > limit)
    }

    pub(super) fn clear(&mut self) {
        self.bytes = 0;
        self.handlers.clear();
    }

    fn push(&mut self, handler: Running) {
        self.bytes = self.bytes.saturating_add(handler.size);
        self.handlers.push(handler);
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Ended>> {
        let ended = Pin::new(&mut self.handlers).poll_next(cx);
        if let Poll::Ready(Some(ended)) = &ended {
            self.bytes = self.bytes.saturating_sub(ended.size);
        }
        ended
    }
}

/// What the handler of a message with these arguments may hold, roughly: a task, the text, and the
/// values made of it, of which there are more than commas.
pub(super) fn weight(args: RawValue<'_>) -> usize {
    let text = args.as_str().as_bytes();
    let commas = memchr::memchr_iter(b',', text).count();
    TASK + 2 * text.len() + VALUE * commas
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
        self.poll_handlers(cx);
        self.poll_backlog(cx);
    }

    fn poll_handlers(&mut self, cx: &mut Context<'_>) {
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
            match self.running.poll_next(cx) {
                Poll::Ready(Some(ended)) => self.reply(&ended),
                Poll::Ready(None) | Poll::Pending => return,
            }
            // A message that had to wait for a handler to end may be handled now.
            self.again |= self.held.is_some();
        }
        self.again = true;
    }

    /// Starts the handler of a call with arguments of `size` bytes.
    pub(super) fn start_call(
        &mut self,
        cx: &mut Context<'_>,
        id: i64,
        future: BoxFuture<'static, Reply>,
        size: usize,
    ) {
        let restarts = self.restarts;
        let handler = Handler::Call {
            id,
            restarts,
            future,
        };
        self.start(cx, Running { size, handler });
    }

    /// Starts the handler of an event with arguments of `size` bytes.
    pub(super) fn start_event(
        &mut self,
        cx: &mut Context<'_>,
        future: BoxFuture<'static, ()>,
        size: usize,
    ) {
        let handler = Handler::Event { future };
        self.start(cx, Running { size, handler });
    }

    /// Polls a handler once in place; if it is not done it joins the running ones.
    fn start(&mut self, cx: &mut Context<'_>, mut handler: Running) {
        match Pin::new(&mut handler).poll(cx) {
            Poll::Ready(ended) => self.reply(&ended),
            // Those that are running have their turn after the input.
            Poll::Pending => self.running.push(handler),
        }
    }

    fn reply(&mut self, ended: &Ended) {
        let Some((id, restarts, reply)) = &ended.answer else {
            return;
        };
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
