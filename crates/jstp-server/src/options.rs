//! The options of a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jstp_auth::AuthPolicy;
use jstp_connection::{Api, Application, Connection, ConnectionOptions, Heartbeat, Observer};
use jstp_session::{SessionLimits, SessionStorageProvider, SimpleSessionStorageProvider};
use jstp_transport::TransportOptions;

use crate::applications::ApplicationIndex;

/// Is told of each new client before any message of it is handled.
pub(crate) type Listener = Arc<dyn Fn(&Connection) + Send + Sync>;

/// What a server serves, to whom, and within which limits.
///
/// ```
/// use std::time::Duration;
/// use jstp_auth::LoginTable;
/// use jstp_connection::Application;
/// use jstp_server::ServerOptions;
///
/// let options = ServerOptions::new([Application::new("app").unwrap()])
///     .with_auth_policy(LoginTable::new([("marcus", "aurelius")]))
///     .with_heartbeat_interval(Duration::from_secs(30));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The applications.
    pub applications: ApplicationIndex,
    /// Who may in by a strategy other than `anonymous` and `session`. Default: nobody (error 11).
    pub auth_policy: Option<Arc<dyn AuthPolicy>>,
    /// Where the sessions of applications without a storage of their own are kept. Default: a
    /// [`SimpleSessionStorageProvider`], in memory.
    pub session_storage: Arc<dyn SessionStorageProvider>,
    /// Pings every client at this interval, and takes one for dead that leaves a ping unanswered for
    /// three intervals (at least 3 s). Default: none.
    pub heartbeat_interval: Option<Duration>,
    /// How long the connection of a client that has gone is kept in memory, with its running handlers
    /// and what is sent to it meanwhile, before its session is in the storage alone. Default 1 h.
    pub client_expiration_time: Duration,
    /// How long a client may take for its handshake, from its transport connection on, a slow policy
    /// included. Then it is closed. Default 3 s.
    pub handshake_timeout: Duration,
    /// Transports that may be open at once, before and after the handshake. Further ones are closed
    /// at once ([`ServerEvent::ConnectionLimit`](crate::ServerEvent::ConnectionLimit)). Default
    /// 10,000; what they hold together is bounded by [`max_held_bytes`](Self::max_held_bytes).
    pub max_connections: usize,
    /// Clients that have gone whose connections are kept in memory; beyond it the oldest are left to the
    /// storage alone early. Default 10,000; each may hold a full buffer
    /// ([`session_limits`](Self::session_limits)), events that wait for it
    /// ([`max_waiting_bytes`](jstp_connection::EngineConfig::max_waiting_bytes)), and its running handlers.
    /// Texts of events that wait are shared, but clients that have gone at different times may hold
    /// different ones; [`max_held_bytes`](Self::max_held_bytes) does not count them.
    pub max_detached: usize,
    /// How long a client for whom events of [`broadcast`](crate::Server::broadcast) wait may take none of
    /// them, and how long it may take for all that waited at the beginning of that time while most other
    /// clients are not behind; while they are, twelve times as long. Then its session is ended
    /// ([`ServerEvent::SlowClient`](crate::ServerEvent::SlowClient)). Default 5 s; it is looked at eight
    /// times in that time, and the looks are what counts: if the server itself stands still, no client is to
    /// blame. The time begins anew when it is seen without a transport; one that is back before the next
    /// look has it go on.
    pub slow_client_timeout: Duration,
    /// What all connections may hold together of their peers' messages, those that are under way included,
    /// and of what waits for their peers, in bytes; half of it for messages before the handshake. The first
    /// 64 KiB of each connection are not counted, 8 KiB before its handshake. Beyond it those that hold more
    /// are not read further, or by turns, or their transports are closed: [`MemoryBudget`] tells when.
    /// Default 16 MiB.
    ///
    /// [`MemoryBudget`]: jstp_connection::MemoryBudget
    pub max_held_bytes: usize,
    /// Bounds of each session's buffer of unacknowledged messages. Default 16,384 messages and 512 KiB.
    pub session_limits: SessionLimits,
    /// Limits and habits of each connection.
    pub connection: ConnectionOptions,
    /// Options of the transports.
    pub transport: TransportOptions,
    /// How many events may wait for a slow reader of [`events`](crate::Server::events); the oldest are
    /// left out and counted ([`ServerEvent::Missed`](crate::ServerEvent::Missed)). Default 1,024, at
    /// most 65,536; room for them is taken when the server is made. An event holds the connection that it
    /// tells of.
    pub max_waiting_events: usize,
    /// Is told of what happens on every connection, as far as it wants to know ([`Observer`]), instead
    /// of the observer of [`connection`](Self::connection). Default: none.
    pub logger: Option<Arc<dyn Observer>>,
    pub(crate) listener: Option<Listener>,
}

impl ServerOptions {
    /// Options with their defaults for these applications; [`default`](Self::default) is those for none,
    /// to be given later by [`update_applications`](crate::Server::update_applications).
    pub fn new(applications: impl Into<ApplicationIndex>) -> Self {
        Self {
            applications: applications.into(),
            auth_policy: None,
            session_storage: Arc::new(SimpleSessionStorageProvider::new()),
            heartbeat_interval: None,
            client_expiration_time: Duration::from_secs(60 * 60),
            handshake_timeout: Duration::from_secs(3),
            max_connections: 10_000,
            max_detached: 10_000,
            slow_client_timeout: Duration::from_secs(5),
            max_held_bytes: 16 * 1024 * 1024,
            session_limits: SessionLimits::default()
                .with_max_buffered_messages(16_384)
                .with_max_buffered_bytes(512 * 1024),
            connection: ConnectionOptions::default(),
            transport: TransportOptions::default(),
            max_waiting_events: 1024,
            logger: None,
            listener: None,
        }
    }

    /// Sets [`auth_policy`](Self::auth_policy): an [`AuthPolicy`] or an async closure like its method.
    #[must_use]
    pub fn with_auth_policy(mut self, policy: impl AuthPolicy) -> Self {
        self.auth_policy = Some(Arc::new(policy));
        self
    }

    /// Sets [`session_storage`](Self::session_storage).
    #[must_use]
    pub fn with_session_storage(mut self, storage: Arc<dyn SessionStorageProvider>) -> Self {
        self.session_storage = storage;
        self
    }

    /// Sets [`heartbeat_interval`](Self::heartbeat_interval).
    #[must_use]
    pub fn with_heartbeat_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.heartbeat_interval = interval.into();
        self
    }

    /// Sets [`client_expiration_time`](Self::client_expiration_time).
    #[must_use]
    pub fn with_client_expiration_time(mut self, time: Duration) -> Self {
        self.client_expiration_time = time;
        self
    }

    /// Sets [`handshake_timeout`](Self::handshake_timeout).
    #[must_use]
    pub fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Sets [`max_connections`](Self::max_connections).
    #[must_use]
    pub fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets [`max_detached`](Self::max_detached).
    #[must_use]
    pub fn with_max_detached(mut self, connections: usize) -> Self {
        self.max_detached = connections;
        self
    }

    /// Sets [`slow_client_timeout`](Self::slow_client_timeout).
    #[must_use]
    pub fn with_slow_client_timeout(mut self, timeout: Duration) -> Self {
        self.slow_client_timeout = timeout;
        self
    }

    /// Sets [`max_held_bytes`](Self::max_held_bytes).
    #[must_use]
    pub fn with_max_held_bytes(mut self, bytes: usize) -> Self {
        self.max_held_bytes = bytes;
        self
    }

    /// Sets [`session_limits`](Self::session_limits).
    #[must_use]
    pub fn with_session_limits(mut self, limits: SessionLimits) -> Self {
        self.session_limits = limits;
        self
    }

    /// Sets [`connection`](Self::connection).
    #[must_use]
    pub fn with_connection(mut self, options: ConnectionOptions) -> Self {
        self.connection = options;
        self
    }

    /// Sets [`transport`](Self::transport).
    #[must_use]
    pub fn with_transport(mut self, options: TransportOptions) -> Self {
        self.transport = options;
        self
    }

    /// Sets [`max_waiting_events`](Self::max_waiting_events).
    #[must_use]
    pub fn with_max_waiting_events(mut self, events: usize) -> Self {
        self.max_waiting_events = events;
        self
    }

    /// Sets [`logger`](Self::logger).
    #[must_use]
    pub fn with_logger(mut self, logger: impl Observer) -> Self {
        self.logger = Some(Arc::new(logger));
        self
    }

    /// Has `listener` called for each client with a new session, before any message of it is handled.
    /// It must not block.
    #[must_use]
    pub fn with_listener(mut self, listener: impl Fn(&Connection) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// The user's observer.
    pub(crate) fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.logger.as_ref().or(self.connection.observer.as_ref())
    }

    /// The options of a connection, with what the server says of it.
    pub(crate) fn connection_options(&self, observer: Arc<dyn Observer>) -> ConnectionOptions {
        let mut options = self.connection.clone().with_observer(observer);
        if let Some(interval) = self.heartbeat_interval {
            options.engine = options.engine.with_heartbeat(Heartbeat::every(interval));
        }
        options
    }
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self::new(ApplicationIndex::new())
    }
}

impl From<ApplicationIndex> for ServerOptions {
    fn from(applications: ApplicationIndex) -> Self {
        Self::new(applications)
    }
}

impl<const N: usize> From<[Application; N]> for ServerOptions {
    fn from(applications: [Application; N]) -> Self {
        Self::new(applications)
    }
}

impl From<Vec<Application>> for ServerOptions {
    fn from(applications: Vec<Application>) -> Self {
        Self::new(applications)
    }
}

impl From<Vec<Arc<dyn Api>>> for ServerOptions {
    fn from(applications: Vec<Arc<dyn Api>>) -> Self {
        Self::new(applications)
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("applications", &self.applications)
            .field("session_storage", &self.session_storage)
            .field("heartbeat_interval", &self.heartbeat_interval)
            .field("client_expiration_time", &self.client_expiration_time)
            .field("handshake_timeout", &self.handshake_timeout)
            .field("max_connections", &self.max_connections)
            .field("max_detached", &self.max_detached)
            .field("slow_client_timeout", &self.slow_client_timeout)
            .field("max_held_bytes", &self.max_held_bytes)
            .field("session_limits", &self.session_limits)
            .field("max_waiting_events", &self.max_waiting_events)
            .field("connection", &self.connection)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
