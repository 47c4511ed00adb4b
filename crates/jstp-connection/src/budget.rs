//! Memory that connections hold together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) mod newcomer;
mod share;
mod turns;

pub(crate) use share::Share;
use turns::Turns;

/// What a connection may hold without being counted.
pub(crate) const FREE: usize = 64 * 1024;
/// A message that is under way grows by so much before it is counted again.
const STEP: usize = 256 * 1024;
/// Long messages may take this together, however small the budget is.
const LEAST: usize = 1024 * 1024;

/// A bound of what all connections that share it hold of their peers' messages, and of what waits for their
/// peers: messages that are under way, running handlers, messages that wait for handlers, events and answers
/// that are not written or not acknowledged.
///
/// Each connection has bounds of its own, which many connections together would multiply. The first 64 KiB
/// of each are not counted, so that clients that hold little are served whatever others do. While more than
/// the budget is held, for those that hold more:
///
/// - Calls and events of a connection whose handlers and answers hold more than 64 KiB wait, and messages of
///   more than 64 KiB of any kind, and what is behind them, until it, or others, hold less. Acknowledgements
///   and callbacks before them are read, as handlers may wait for those.
/// - Everywhere else messages of more than 64 KiB go on until together they take as much as the budget, or 1 MiB
///   if that is more. From then on one at a time goes on until it is whole, alternately the shortest and the
///   oldest of those of which there is something to be read.
/// - One that has begun, and does not wait, has to go on by 64 KiB a second. If not, the transport is closed
///   ([`CloseReason::MessageTimeout`](crate::CloseReason::MessageTimeout)), so that nobody keeps the others
///   waiting. So it is when a peer has more than 64 KiB to acknowledge, has acknowledged nothing since its
///   last such message, and has sent another: a client that was about to acknowledge does so when it resumes the
///   session.
///
/// Clients that have not shaken hands may hold half of the budget together with messages that are under way,
/// the first 8 KiB of each not counted; what goes beyond waits until the handshake timeout ends it.
///
/// What a connection has begun it may finish, hence the budget can be passed: by as much again in messages that
/// are under way, by the one that has its turn, and by what comes of messages that were handled, for each connection.
///
/// Clones are the same budget. Messages that are under way are counted in the transports of this library.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limit: usize,
    held: AtomicUsize,
    /// What of this is held by those who have not shaken hands.
    newcomers: AtomicUsize,
    /// What is held of long messages of those who have.
    long: AtomicUsize,
    turns: Mutex<Turns>,
}

impl MemoryBudget {
    /// A budget of `bytes`.
    pub fn new(bytes: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                limit: bytes,
                held: AtomicUsize::new(0),
                newcomers: AtomicUsize::new(0),
                long: AtomicUsize::new(0),
                turns: Mutex::default(),
            }),
        }
    }

    /// What is held now, in bytes, but for the first bytes of each connection.
    pub fn held(&self) -> usize {
        self.inner.held.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        self.held() > self.inner.limit
    }

    /// Whether, besides, long messages take as much as they may together.
    fn is_crowded(&self) -> bool {
        self.is_over() && self.inner.long.load(Ordering::Relaxed) > self.inner.limit.max(LEAST)
    }

    fn is_over_for_newcomers(&self) -> bool {
        self.inner.newcomers.load(Ordering::Relaxed) > self.inner.limit / 2
    }
}

/// Moves a count from one value to another.
fn change(count: &AtomicUsize, from: usize, to: usize) {
    if to > from {
        count.fetch_add(to - from, Ordering::Relaxed);
    } else if to < from {
        count.fetch_sub(from - to, Ordering::Relaxed);
    }
}
