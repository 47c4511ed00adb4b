//! What a client is and how it connects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jstp_auth::{ConnectPolicy, SimpleConnectPolicy};
use jstp_connection::{
    Api, Application, ConnectionOptions, Heartbeat, Observer, VersionRange, split_application,
};
use jstp_session::{Session, SessionLimits};
use jstp_transport::TransportOptions;

use crate::error::ConnectError;
use crate::reconnector::{Backoff, Reconnector};

/// How a client connects, what it serves, and what it does when the connection is lost.
///
/// ```
/// use std::time::Duration;
/// use jstp_auth::SimpleConnectPolicy;
/// use jstp_client::Client;
///
/// let client = Client::default()
///     .with_connect_policy(SimpleConnectPolicy::login("marcus", "aurelius"))
///     .with_heartbeat_interval(Duration::from_secs(30));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Client {
    /// What this side serves to the server. Default: `jstp@1.0.0` without interfaces.
    pub application: Arc<dyn Api>,
    /// How it is let in. Default: anonymously.
    pub connect_policy: Arc<dyn ConnectPolicy>,
    /// Pings at this interval, and takes a server for dead that leaves one unanswered for three
    /// intervals (at least 3 s). Default: none.
    pub heartbeat_interval: Option<Duration>,
    /// A session to resume instead of asking for a new one. Default: none.
    pub session: Option<Session>,
    /// Is told of what happens on the connection, as far as it wants to know ([`Observer`]), instead of
    /// the observer of [`connection`](Self::connection). Default: none.
    pub logger: Option<Arc<dyn Observer>>,
    /// What to do when the connection is lost; `None`: calls under way fail, and the session waits for
    /// [`reconnect`](crate::reconnect()). Default: [`Backoff`].
    pub reconnector: Option<Arc<dyn Reconnector>>,
    /// When the server refuses to resume the session: go on with a new one. Calls under way fail and
    /// what was buffered is lost all the same. Default: false, the connection is closed.
    pub new_session_when_refused: bool,
    /// How long the server may take to answer the handshake. Then the attempt fails with
    /// [`ConnectError::Timeout`]. Default 30 s.
    pub handshake_timeout: Duration,
    /// Bounds of the session's buffer of unacknowledged messages; at the limit sends wait or fail, as
    /// the caller chose. Default 65,536 messages and 2 MiB.
    pub session_limits: SessionLimits,
    /// Limits and habits of the connection.
    pub connection: ConnectionOptions,
    /// Options of the transport.
    pub transport: TransportOptions,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            application: Arc::new(Application::default()),
            connect_policy: Arc::new(SimpleConnectPolicy::anonymous()),
            heartbeat_interval: None,
            session: None,
            logger: None,
            reconnector: Some(Arc::new(Backoff::default())),
            new_session_when_refused: false,
            handshake_timeout: Duration::from_secs(30),
            session_limits: SessionLimits::default(),
            connection: ConnectionOptions::default(),
            transport: TransportOptions::default(),
        }
    }
}

impl Client {
    /// Sets [`application`](Self::application).
    #[must_use]
    pub fn with_application(mut self, application: impl Api) -> Self {
        self.application = Arc::new(application);
        self
    }

    /// Sets [`connect_policy`](Self::connect_policy).
    #[must_use]
    pub fn with_connect_policy(mut self, policy: impl ConnectPolicy) -> Self {
        self.connect_policy = Arc::new(policy);
        self
    }

    /// Sets [`heartbeat_interval`](Self::heartbeat_interval).
    #[must_use]
    pub fn with_heartbeat_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.heartbeat_interval = interval.into();
        self
    }

    /// Sets [`session`](Self::session).
    #[must_use]
    pub fn with_session(mut self, session: impl Into<Option<Session>>) -> Self {
        self.session = session.into();
        self
    }

    /// Sets [`logger`](Self::logger).
    #[must_use]
    pub fn with_logger(mut self, logger: impl Observer) -> Self {
        self.logger = Some(Arc::new(logger));
        self
    }

    /// Sets [`reconnector`](Self::reconnector).
    #[must_use]
    pub fn with_reconnector(mut self, reconnector: impl Reconnector) -> Self {
        self.reconnector = Some(Arc::new(reconnector));
        self
    }

    /// Unsets [`reconnector`](Self::reconnector).
    #[must_use]
    pub fn without_reconnector(mut self) -> Self {
        self.reconnector = None;
        self
    }

    /// Sets [`new_session_when_refused`](Self::new_session_when_refused).
    #[must_use]
    pub fn with_new_session_when_refused(mut self, new_session: bool) -> Self {
        self.new_session_when_refused = new_session;
        self
    }

    /// Sets [`handshake_timeout`](Self::handshake_timeout).
    #[must_use]
    pub fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
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

    /// The options of a connection, with what the client says of it.
    pub(crate) fn connection_options(&self) -> ConnectionOptions {
        let mut options = self.connection.clone();
        if let Some(logger) = &self.logger {
            options.observer = Some(logger.clone());
        }
        if let Some(interval) = self.heartbeat_interval {
            options.engine = options.engine.with_heartbeat(Heartbeat::every(interval));
        }
        options
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("application", &self.application.name())
            .field("heartbeat_interval", &self.heartbeat_interval)
            .field("session", &self.session.as_ref().map(Session::id))
            .field("handshake_timeout", &self.handshake_timeout)
            .field("connection", &self.connection)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// The application to connect to: its name and, if any will not do, a version or npm version range.
///
/// From text it is split at the last `@`: `"app"`, `"app@1.2.0"`, `"app@^1.2"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationName {
    name: String,
    version: Option<String>,
}

impl ApplicationName {
    /// An application, in the version that the server takes for its latest.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: None,
        }
    }

    /// Asks for a version or range. An empty one is none.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into()).filter(|version: &String| !version.is_empty());
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version or range asked for.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(crate) fn check(&self) -> Result<(), ConnectError> {
        if self.name.is_empty() {
            return Err(ConnectError::InvalidName);
        }
        if let Some(version) = &self.version {
            VersionRange::parse(version)?;
        }
        Ok(())
    }
}

impl From<&str> for ApplicationName {
    fn from(text: &str) -> Self {
        let (name, version) = split_application(text);
        Self::new(name).with_version(version.unwrap_or_default())
    }
}

impl From<String> for ApplicationName {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for ApplicationName {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl<N: Into<String>, V: Into<String>> From<(N, V)> for ApplicationName {
    fn from((name, version): (N, V)) -> Self {
        Self::new(name).with_version(version)
    }
}
