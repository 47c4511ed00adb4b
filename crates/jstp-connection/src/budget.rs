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
/// go on when it, or others, hold less. One that holds little is not concerned, so that clients that read
/// what they are sent are served whatever others do. What a connection has begun it may finish, hence the
/// budget can be passed, by a message and its answer for each connection.
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
}

impl Share {
    pub(crate) fn new(budget: Option<MemoryBudget>) -> Self {
        Self { budget, counted: 0 }
    }

    /// Takes note of what the connection holds.
    pub(crate) fn set(&mut self, bytes: usize) {
        let Some(budget) = &self.budget else { return };
        let counted = bytes.saturating_sub(FREE);
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
        self.counted > 0 && budget.held() > budget.inner.limit
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
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
        large.set(4 * FREE);
        small.set(FREE);
        assert_eq!(budget.held(), 3 * FREE);
        assert!(!large.is_over());
        small.set(FREE + 1);
        assert!(large.is_over() && small.is_over());
        small.set(FREE);
        assert!(!large.is_over());
        large.set(9 * FREE);
        assert!(large.is_over() && !small.is_over());
        drop((large, small));
        assert_eq!(budget.held(), 0);
    }
}
