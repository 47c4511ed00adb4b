//! The options of a connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::budget::MemoryBudget;
use crate::event::Observer;
use crate::queue::QueueLimits;

/// Limits and habits of one connection.
///
/// ```
/// use std::time::Duration;
/// use jstp_connection::{ConnectionOptions, EngineConfig};
///
/// let options = ConnectionOptions::default()
///     .with_engine(EngineConfig::default().with_max_calls(1000))
///     .with_write_timeout(Duration::from_secs(20));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ConnectionOptions {
    /// The options of the protocol machine: heartbeat, buffers, calls under way.
    pub engine: jstp_engine::Config,
    /// How deep a message may nest. Deeper ones close the connection. Default 128.
    pub max_depth: usize,
    /// Handlers (of calls and events) that may be running at once. Beyond it calls and events wait for
    /// some to end, in the order in which they came; see
    /// [`max_waiting_bytes`](Self::max_waiting_bytes). Default 512, some 1 to 2 KiB each.
    pub max_running_handlers: usize,
    /// What the running handlers may hold, in bytes, with the same consequences. Each is taken to hold
    /// 1.5 KiB, its arguments' text twice, and 32 bytes for each value. While fewer than 8 are running
    /// they may hold eight times as much, and one may always run. Default 2 MiB.
    pub max_running_bytes: usize,
    /// The messages of calls and events that may wait for handlers to end, in bytes. Beyond it calls are
    /// answered with the error `[1,'Too many calls in flight']`, and events stop the reading, so that the
    /// other side has to wait. Each counts 64 bytes besides its text. Default 1.25 MiB.
    pub max_waiting_bytes: usize,
    /// How long the other side may take nothing at all while something waits for it. Then the
    /// transport is closed ([`CloseReason::WriteTimeout`](crate::CloseReason::WriteTimeout)); the
    /// session can be resumed. Default 60 s.
    pub write_timeout: Duration,
    /// How long a closing transport is given to write what is left, and the other side to close its own
    /// direction. Then it is dropped; what was not written is sent again when the session is resumed.
    /// Default 5 s.
    pub close_timeout: Duration,
    /// What may wait for a slow reader of [`Connection::events`](crate::Connection::events). Beyond it
    /// events are left out and counted ([`ConnectionEvent::Missed`](crate::ConnectionEvent::Missed)).
    /// Default 4,096 events and 4 MiB of their text for each reader.
    pub watcher_queue: QueueLimits,
    /// What may wait for a slow [`Subscription`](crate::Subscription). Beyond it events are left out and
    /// counted ([`Missed`](crate::Missed)). Default 8,192 events and 8 MiB of their arguments for each
    /// subscription.
    pub subscriber_queue: QueueLimits,
    /// What this and other connections may hold together. Default: none. (A server makes one for all its
    /// connections, of 16 MiB: `ServerOptions::max_held_bytes`.)
    pub memory_budget: Option<MemoryBudget>,
    /// Is told of what happens, as far as it wants to know ([`Observer`]). Default: none.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            engine: jstp_engine::Config::default(),
            max_depth: jstp_wire::DEFAULT_MAX_DEPTH,
            max_running_handlers: 512,
            max_running_bytes: 2 * 1024 * 1024,
            max_waiting_bytes: 1280 * 1024,
            write_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(5),
            watcher_queue: QueueLimits::new(4096, 4 * 1024 * 1024),
            subscriber_queue: QueueLimits::new(8192, 8 * 1024 * 1024),
            memory_budget: None,
            observer: None,
        }
    }
}

impl ConnectionOptions {
    /// Sets [`engine`](Self::engine).
    #[must_use]
    pub fn with_engine(mut self, engine: jstp_engine::Config) -> Self {
        self.engine = engine;
        self
    }

    /// Sets [`max_depth`](Self::max_depth).
    #[must_use]
    pub fn with_max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels;
        self
    }

    /// Sets [`max_running_handlers`](Self::max_running_handlers).
    #[must_use]
    pub fn with_max_running_handlers(mut self, handlers: usize) -> Self {
        self.max_running_handlers = handlers;
        self
    }

    /// Sets [`max_running_bytes`](Self::max_running_bytes).
    #[must_use]
    pub fn with_max_running_bytes(mut self, bytes: usize) -> Self {
        self.max_running_bytes = bytes;
        self
    }

    /// Sets [`max_waiting_bytes`](Self::max_waiting_bytes).
    #[must_use]
    pub fn with_max_waiting_bytes(mut self, bytes: usize) -> Self {
        self.max_waiting_bytes = bytes;
        self
    }

    /// Sets [`write_timeout`](Self::write_timeout).
    #[must_use]
    pub fn with_write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets [`close_timeout`](Self::close_timeout).
    #[must_use]
    pub fn with_close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// Sets [`watcher_queue`](Self::watcher_queue).
    #[must_use]
    pub fn with_watcher_queue(mut self, limits: QueueLimits) -> Self {
        self.watcher_queue = limits;
        self
    }

    /// Sets [`subscriber_queue`](Self::subscriber_queue).
    #[must_use]
    pub fn with_subscriber_queue(mut self, limits: QueueLimits) -> Self {
        self.subscriber_queue = limits;
        self
    }

    /// Sets [`memory_budget`](Self::memory_budget).
    #[must_use]
    pub fn with_memory_budget(mut self, budget: impl Into<Option<MemoryBudget>>) -> Self {
        self.memory_budget = budget.into();
        self
    }

    /// Sets [`observer`](Self::observer).
    #[must_use]
    pub fn with_observer(mut self, observer: impl Into<Option<Arc<dyn Observer>>>) -> Self {
        self.observer = observer.into();
        self
    }
}

impl fmt::Debug for ConnectionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionOptions")
            .field("engine", &self.engine)
            .field("max_depth", &self.max_depth)
            .field("max_running_handlers", &self.max_running_handlers)
            .field("max_running_bytes", &self.max_running_bytes)
            .field("max_waiting_bytes", &self.max_waiting_bytes)
            .field("write_timeout", &self.write_timeout)
            .field("close_timeout", &self.close_timeout)
            .field("watcher_queue", &self.watcher_queue)
            .field("subscriber_queue", &self.subscriber_queue)
            .field("memory_budget", &self.memory_budget)
            .finish_non_exhaustive()
    }
}
