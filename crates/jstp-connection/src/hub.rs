//! Where the driver reports what happens, and who listens.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::Connection;
use crate::event::{ConnectionEvent, Observer};
use crate::options::ConnectionOptions;
use crate::queue::{Received, Receiver, Sender, queue};
use crate::sync::{caught, lock};

/// The watchers of one connection. Reporting costs one load while nobody watches.
pub(crate) struct Hub {
    options: Arc<ConnectionOptions>,
    watched: AtomicBool,
    watchers: Mutex<Vec<Sender<ConnectionEvent>>>,
}

impl Hub {
    pub(crate) fn new(options: Arc<ConnectionOptions>) -> Self {
        Self {
            options,
            watched: AtomicBool::new(false),
            watchers: Mutex::default(),
        }
    }

    pub(crate) fn watch(&self) -> ConnectionEvents {
        let (sender, receiver) = queue(self.options.watcher_queue);
        let mut watchers = lock(&self.watchers);
        watchers.retain(Sender::is_watched);
        watchers.push(sender);
        self.watched.store(true, Ordering::Release);
        ConnectionEvents { receiver }
    }

    /// Whether the observer wants to know of every message.
    pub(crate) fn is_observer_verbose(&self) -> bool {
        self.options.observer.as_ref().is_some_and(|observer| {
            // One that panics does not.
            caught("an observer", || observer.is_verbose()).unwrap_or(false)
        })
    }

    /// Whether there are watchers, who want to know of every message.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Reports one of the many events that come with every message; `observed` tells whether the
    /// observer wants to know of them.
    pub(crate) fn detail(&self, connection: &Connection, observed: bool, event: &ConnectionEvent) {
        if observed {
            self.report(connection, event);
        } else {
            self.send(event);
        }
    }

    /// Reports an event of a connection's life.
    pub(crate) fn report(&self, connection: &Connection, event: &ConnectionEvent) {
        if let Some(observer) = &self.options.observer {
            observe(&**observer, connection, event);
        }
        self.send(event);
    }

    fn send(&self, event: &ConnectionEvent) {
        if !self.watched.load(Ordering::Acquire) {
            return;
        }
        let mut watchers = lock(&self.watchers);
        watchers.retain(|watcher| watcher.send(event.clone(), event.size()));
        if watchers.is_empty() {
            self.watched.store(false, Ordering::Release);
        }
    }
}

/// Tells an observer; a panic of it is logged and goes no further.
pub(crate) fn observe(observer: &dyn Observer, connection: &Connection, event: &ConnectionEvent) {
    let _ = caught("an observer", || observer.on_event(connection, event));
}

/// The events of a connection, from the moment it was asked for on.
///
/// A stream that ends when the last handle of the connection was dropped. It holds back nothing: when
/// more wait here than [`watcher_queue`](crate::ConnectionOptions::watcher_queue) allows, further ones
/// are left out and counted ([`ConnectionEvent::Missed`]).
#[derive(Debug)]
pub struct ConnectionEvents {
    receiver: Receiver<ConnectionEvent>,
}

impl ConnectionEvents {
    /// The next event; `None` when the connection is gone.
    pub async fn recv(&mut self) -> Option<ConnectionEvent> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<ConnectionEvent>> {
        self.receiver.poll_recv(cx).map(|received| {
            received.map(|received| match received {
                Received::Item(event) => event,
                Received::Missed(count) => ConnectionEvent::Missed(count),
            })
        })
    }
}

impl Stream for ConnectionEvents {
    type Item = ConnectionEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_recv(cx)
    }
}
