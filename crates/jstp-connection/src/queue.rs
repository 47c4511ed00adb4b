//! A bounded queue from the driver to a watcher that may be slow: what does not fit is counted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use crate::sync::lock;

/// How much may wait for somebody who watches or subscribes. Beyond it what comes is left out and
/// counted, and the count given in its place. One item may always wait, whatever its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueLimits {
    /// How many items.
    pub items: usize,
    /// How many bytes of text in all of them.
    pub bytes: usize,
}

impl QueueLimits {
    /// Limits of so many items and bytes.
    pub const fn new(items: usize, bytes: usize) -> Self {
        Self { items, bytes }
    }
}

#[derive(Debug)]
struct Queue<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    missed: u64,
    closed: bool,
    waker: Option<Waker>,
    limits: QueueLimits,
}

/// The watcher's end.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Mutex<Queue<T>>>);

/// The driver's end.
#[derive(Debug)]
pub(crate) struct Sender<T>(Weak<Mutex<Queue<T>>>);

/// What a watcher gets.
#[derive(Debug)]
pub(crate) enum Received<T> {
    Item(T),
    Missed(u64),
}

pub(crate) fn queue<T>(limits: QueueLimits) -> (Sender<T>, Receiver<T>) {
    let queue = Arc::new(Mutex::new(Queue {
        items: VecDeque::new(),
        bytes: 0,
        missed: 0,
        closed: false,
        waker: None,
        limits,
    }));
    (Sender(Arc::downgrade(&queue)), Receiver(queue))
}

impl<T> Sender<T> {
    /// Whether anybody watches still.
    pub(crate) fn is_watched(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Puts an item in, or counts it as missed. False: nobody watches any longer.
    pub(crate) fn send(&self, item: T, size: usize) -> bool {
        let Some(queue) = self.0.upgrade() else {
            return false;
        };
        let waker = {
            let mut queue = lock(&queue);
            let fits = queue.items.len() < queue.limits.items
                && queue.bytes.saturating_add(size) <= queue.limits.bytes;
            // Once something is missing, the rest waits until the watcher knows of it.
            if queue.items.is_empty() || (fits && queue.missed == 0) {
                queue.bytes = queue.bytes.saturating_add(size);
                queue.items.push_back((item, size));
            } else {
                queue.missed += 1;
            }
            queue.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let Some(queue) = self.0.upgrade() else {
            return;
        };
        let waker = {
            let mut queue = lock(&queue);
            queue.closed = true;
            queue.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Receiver<T> {
    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Received<T>>> {
        let mut queue = lock(&self.0);
        if let Some((item, size)) = queue.items.pop_front() {
            queue.bytes -= size;
            return Poll::Ready(Some(Received::Item(item)));
        }
        if queue.missed > 0 {
            return Poll::Ready(Some(Received::Missed(std::mem::take(&mut queue.missed))));
        }
        if queue.closed {
            return Poll::Ready(None);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received<T>(receiver: &mut Receiver<T>) -> Option<Received<T>> {
        match receiver.poll_recv(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("nothing was received"),
        }
    }

    #[test]
    fn a_slow_watcher_learns_how_much_it_missed() {
        let (sender, mut receiver) = queue(QueueLimits::new(2, 100));
        for item in 0..5 {
            assert!(sender.send(item, 1));
        }
        assert!(matches!(received(&mut receiver), Some(Received::Item(0))));
        assert!(matches!(received(&mut receiver), Some(Received::Item(1))));
        assert!(matches!(received(&mut receiver), Some(Received::Missed(3))));
        assert!(sender.send(5, 1));
        assert!(matches!(received(&mut receiver), Some(Received::Item(5))));
    }

    #[test]
    fn bytes_are_bounded_but_one_item_always_fits() {
        let (sender, mut receiver) = queue(QueueLimits::new(10, 10));
        sender.send('a', 1000);
        sender.send('b', 1);
        assert!(matches!(received(&mut receiver), Some(Received::Item('a'))));
        assert!(matches!(received(&mut receiver), Some(Received::Missed(1))));
    }

    #[test]
    fn each_end_notices_that_the_other_is_gone() {
        let (sender, mut receiver) = queue(QueueLimits::new(10, 10));
        sender.send(1, 1);
        drop(sender);
        assert!(matches!(received(&mut receiver), Some(Received::Item(1))));
        assert!(received(&mut receiver).is_none());
        let (sender, receiver) = queue(QueueLimits::new(10, 10));
        drop(receiver);
        assert!(!sender.send(1, 1));
    }
}
