//! The options of an engine.

use std::time::Duration;

/// Shorter intervals between heartbeats would keep a driver busy with nothing else.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// Limits and habits of one [`Engine`](crate::Engine). The session's own limits
/// ([`SessionLimits`](jstp_session::SessionLimits)) come on top.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Pings of our own at a fixed interval, and when to give up on a silent peer. Default: none.
    pub heartbeat: Option<Heartbeat>,
    /// Bytes that may wait for the transport. Beyond it new messages of ours are refused with
    /// [`SendError::Full`](crate::SendError::Full). Default 2 MiB; costs that much memory at most,
    /// shared with the session's buffer.
    pub max_outgoing_bytes: usize,
    /// Bytes of *answers* (callbacks, pongs) that may wait for the transport before
    /// [`Engine::wants_input`](crate::Engine::wants_input) turns false: then the driver should neither
    /// read nor go on with running handlers, whose answers would gather here. 48 bytes are added for each.
    /// Default 128 KiB.
    pub max_answer_bytes: usize,
    /// The longest message that may be sent, in bytes. A longer one of ours is refused with
    /// [`SendError::TooLong`](crate::SendError::TooLong), a longer answer becomes error 16. Default 8 MiB.
    pub max_message_size: usize,
    /// Calls, inspections and pings of ours that may be under way at once; beyond it they are refused
    /// with [`SendError::TooManyCalls`](crate::SendError::TooManyCalls). Default 65,536; a call costs
    /// about 100 bytes, one that may be made again its arguments as well.
    pub max_calls: usize,
    /// How many unacknowledged messages make the engine send a ping of its own. Default 256. (A
    /// message that is refused for want of room makes it send one as well, whatever is set here.)
    pub ping_after_messages: usize,
    /// How many unacknowledged bytes make the engine send a ping of its own. Default 256 KiB. Until that is
    /// answered, another follows after so many bytes, or a quarter of what the session may keep if that is more.
    pub ping_after_bytes: usize,
    /// How many events for many may wait for room in the session's buffer; beyond it they are refused with
    /// [`SendError::Full`](crate::SendError::Full). Default 4,096; each costs 8 to 16 bytes besides its text,
    /// which all to whom it goes share.
    pub max_waiting_events: usize,
    /// How many bytes of text these may have; one may always wait. Default 1 MiB.
    pub max_waiting_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            heartbeat: None,
            max_outgoing_bytes: 2 * 1024 * 1024,
            max_answer_bytes: 128 * 1024,
            max_message_size: jstp_wire::DEFAULT_MAX_MESSAGE_SIZE,
            max_calls: 65_536,
            ping_after_messages: 256,
            ping_after_bytes: 256 * 1024,
            max_waiting_events: 4096,
            max_waiting_bytes: 1024 * 1024,
        }
    }
}

impl Config {
    /// Sets [`heartbeat`](Self::heartbeat).
    #[must_use]
    pub fn with_heartbeat(mut self, heartbeat: impl Into<Option<Heartbeat>>) -> Self {
        self.heartbeat = heartbeat.into();
        self
    }

    /// Sets [`max_outgoing_bytes`](Self::max_outgoing_bytes).
    #[must_use]
    pub fn with_max_outgoing_bytes(mut self, bytes: usize) -> Self {
        self.max_outgoing_bytes = bytes;
        self
    }

    /// Sets [`max_answer_bytes`](Self::max_answer_bytes).
    #[must_use]
    pub fn with_max_answer_bytes(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = bytes;
        self
    }

    /// Sets [`max_message_size`](Self::max_message_size).
    #[must_use]
    pub fn with_max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// Sets [`max_calls`](Self::max_calls).
    #[must_use]
    pub fn with_max_calls(mut self, calls: usize) -> Self {
        self.max_calls = calls;
        self
    }

    /// Sets [`ping_after_messages`](Self::ping_after_messages) and
    /// [`ping_after_bytes`](Self::ping_after_bytes).
    #[must_use]
    pub fn with_ping_after(mut self, messages: usize, bytes: usize) -> Self {
        self.ping_after_messages = messages;
        self.ping_after_bytes = bytes;
        self
    }

    /// Sets [`max_waiting_events`](Self::max_waiting_events) and
    /// [`max_waiting_bytes`](Self::max_waiting_bytes).
    #[must_use]
    pub fn with_max_waiting(mut self, events: usize, bytes: usize) -> Self {
        self.max_waiting_events = events;
        self.max_waiting_bytes = bytes;
        self
    }
}

/// A heartbeat: a ping every interval while attached (`PROTOCOL.md` §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heartbeat {
    /// Time between two pings; less than one millisecond is taken for that.
    pub interval: Duration,
    /// A peer that leaves a ping unanswered for this long is taken for dead
    /// ([`Event::PeerDead`](crate::Event::PeerDead)).
    pub timeout: Duration,
}

impl Heartbeat {
    /// A heartbeat with the default timeout: three intervals, but no less than 3 s. An interval of
    /// zero is taken for one millisecond.
    pub fn every(interval: Duration) -> Self {
        let interval = interval.max(MIN_INTERVAL);
        let timeout = interval.saturating_mul(3).max(Duration::from_secs(3));
        Self { interval, timeout }
    }

    /// Sets [`timeout`](Self::timeout).
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}
