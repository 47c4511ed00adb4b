//! Memory that connections hold together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a connection may hold without being counted.
const FREE: usize = 64 * 1024;

/// A bound of what all connections that share it hold of their peers' messages, and of what waits for their
/// peers: running handlers, messages that wait for handlers, events and answers that are not written or not
/// acknowledged.
///
/// Each connection has bounds of its own, which many connections together would multiply. While more than
/// the budget is held, a connection that holds more than 64 KiB reads nothing further from its peer: it may
/// go on when it, or others, hold less. What it has sent and its peer has not acknowledged does not stop it,
/// as acknowledgements have to be read: then only calls and events of more than 64 KiB wait, and what is
/// behind them. One that holds little is not concerned, so that clients that read what they are sent are
/// served whatever others do. What a connection has begun it may finish, hence the budget can be passed, by
/// a message and its answer for each connection.
///
/// Clones are the same budget.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limit: usize,
    held: AtomicUsize,
}

impl MemoryBudget {
    /// A budget of `bytes`.
    pub fn new(bytes: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                limit: bytes,
                held: AtomicUsize::new(0),
            }),
        }
    }

    /// What is held now, in bytes, but for the first 64 KiB of each connection.
    pub fn held(&self) -> usize {
        self.inner.held.load(Ordering::Relaxed)
    }
}

/// What one connection holds of a budget; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Option<MemoryBudget>,
    counted: usize,
    /// Whether it holds much that becomes less without reading.
    can_wait: bool,
}

impl Share {
    pub(crate) fn new(budget: Option<MemoryBudget>) -> Self {
        Self {
            budget,
            counted: 0,
            can_wait: false,
        }
    }

    /// Takes note of what the connection holds: `unacknowledged` bytes, of which only its peer can relieve
    /// it, by messages, and `others`.
    pub(crate) fn set(&mut self, unacknowledged: usize, others: usize) {
        let Some(budget) = &self.budget else { return };
        let counted = (unacknowledged + others).saturating_sub(FREE);
        self.can_wait = others > FREE;
        let held = &budget.inner.held;
        if counted > self.counted {
            held.fetch_add(counted - self.counted, Ordering::Relaxed);
        } else if counted < self.counted {
            held.fetch_sub(self.counted - counted, Ordering::Relaxed);
        }
        self.counted = counted;
    }

    /// Whether the connection has to read no further for now.
    pub(crate) fn is_over(&self) -> bool {
        let Some(budget) = &self.budget else {
            return false;
        };
        self.can_wait && budget.held() > budget.inner.limit
    }

    /// Whether a call or an event of so many bytes has to wait.
    pub(crate) fn is_short_of(&self, bytes: usize) -> bool {
        let over = |budget: &MemoryBudget| budget.held() > budget.inner.limit;
        bytes > FREE && self.counted > 0 && self.budget.as_ref().is_some_and(over)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_hold_much_wait_while_all_hold_too_much() {
        let budget = MemoryBudget::new(3 * FREE);
        let mut large = Share::new(Some(budget.clone()));
        let mut small = Share::new(Some(budget.clone()));
        large.set(0, 4 * FREE);
        small.set(0, FREE);
        assert_eq!(budget.held(), 3 * FREE);
        assert!(!large.is_over());
        small.set(0, FREE + 1);
        assert!(large.is_over() && small.is_over());
        small.set(0, FREE);
        assert!(!large.is_over());
        large.set(0, 9 * FREE);
        assert!(large.is_over() && !small.is_over());
        drop((large, small));
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn who_waits_for_acknowledgements_reads_on() {
        let mut share = Share::new(Some(MemoryBudget::new(FREE)));
        share.set(9 * FREE, FREE);
        assert!(!share.is_over());
        share.set(9 * FREE, FREE + 1);
        assert!(share.is_over());
    }

    #[test]
    fn long_arguments_wait_for_acknowledgements() {
        let mut share = Share::new(Some(MemoryBudget::new(FREE)));
        share.set(2 * FREE, 0);
        assert!(!share.is_short_of(2 * FREE));
        share.set(9 * FREE, 0);
        assert!(share.is_short_of(FREE + 1) && !share.is_short_of(FREE));
    }
}
