use std::time::Duration;

use crate::Scheme;
#[cfg(feature = "tls")]
use crate::tls::{ClientSettings, ServerSettings};
#[cfg(feature = "ws")]
use crate::ws::{Origins, UpgradeHeaders};

/// Limits, times and settings of the transports of one client or server.
///
/// ```
/// use std::time::Duration;
/// use jstp_transport::TransportOptions;
///
/// let options = TransportOptions::default()
///     .with_max_message_size(64 * 1024)
///     .with_connect_timeout(Duration::from_secs(2));
/// assert_eq!(options.write_buffer, 64 * 1024);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportOptions {
    /// What is spoken at an address that does not say it, such as `"host:port"`. Default:
    /// [`Scheme::Tcp`].
    pub scheme: Scheme,
    /// The longest message that is received, in bytes without its terminator; over WebSocket that
    /// is the limit of a frame as well as of all frames of a message. Default: 8 MiB. A
    /// message under way is held in memory, up to this size per connection; what is read from its
    /// text may take several times that ([`jstp_wire::Value`] up to about 35 times). A longer one
    /// ends the transport with [`Error::TooLong`](crate::Error::TooLong). Messages to be sent are
    /// not measured.
    pub max_message_size: usize,
    /// How long connecting may take in all: resolving the name, trying its addresses, and the
    /// handshakes of TLS or WebSocket where there are some. Default: 10 s. Then it fails with
    /// [`Error::ConnectTimeout`](crate::Error::ConnectTimeout). A listener gives a peer as much for
    /// those handshakes; a server's own handshake timeout, which includes them, is shorter as a rule.
    pub connect_timeout: Duration,
    /// How many bytes may wait to be written before the transport is no longer ready for more
    /// frames (`poll_ready` is pending, `send` waits). Default: 64 KiB. The last frame may go
    /// beyond it, so a connection holds up to this and one message.
    pub write_buffer: usize,
    /// How clients speak TLS. Default: they trust the authorities that the system trusts.
    #[cfg(feature = "tls")]
    pub tls_client: ClientSettings,
    /// How listeners speak TLS: first of all, their certificate. Default: none, so that an address
    /// with TLS cannot be listened on.
    #[cfg(feature = "tls")]
    pub tls_server: Option<ServerSettings>,
    /// Which web pages may connect to a WebSocket listener. Default: all; others get status 403.
    #[cfg(feature = "ws")]
    pub origins: Origins,
    /// Further headers of a client's request for an upgrade, such as `Authorization`. Default: none.
    #[cfg(feature = "ws")]
    pub upgrade_headers: UpgradeHeaders,
    /// The longest request or response that upgrades a connection to WebSocket, in bytes. Default:
    /// 16 KiB, held until the upgrade is done; a longer one is refused with status 431. It has to come
    /// within the handshake timeout, however small its pieces.
    #[cfg(feature = "ws")]
    pub max_upgrade_size: usize,
}

impl TransportOptions {
    /// Sets [`scheme`](Self::scheme).
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Sets [`max_message_size`](Self::max_message_size), in bytes.
    #[must_use]
    pub fn with_max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// Sets [`connect_timeout`](Self::connect_timeout).
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets [`write_buffer`](Self::write_buffer), in bytes.
    #[must_use]
    pub fn with_write_buffer(mut self, bytes: usize) -> Self {
        self.write_buffer = bytes;
        self
    }

    /// Sets [`tls_client`](Self::tls_client).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls_client(mut self, settings: ClientSettings) -> Self {
        self.tls_client = settings;
        self
    }

    /// Sets [`tls_server`](Self::tls_server).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls_server(mut self, settings: ServerSettings) -> Self {
        self.tls_server = Some(settings);
        self
    }

    /// Sets [`origins`](Self::origins).
    #[cfg(feature = "ws")]
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Sets [`upgrade_headers`](Self::upgrade_headers).
    #[cfg(feature = "ws")]
    #[must_use]
    pub fn with_upgrade_headers(mut self, headers: UpgradeHeaders) -> Self {
        self.upgrade_headers = headers;
        self
    }

    /// Sets [`max_upgrade_size`](Self::max_upgrade_size), in bytes.
    #[cfg(feature = "ws")]
    #[must_use]
    pub fn with_max_upgrade_size(mut self, bytes: usize) -> Self {
        self.max_upgrade_size = bytes;
        self
    }
}

impl Default for TransportOptions {
    fn default() -> Self {
        TransportOptions {
            scheme: Scheme::Tcp,
            max_message_size: jstp_wire::DEFAULT_MAX_MESSAGE_SIZE,
            connect_timeout: Duration::from_secs(10),
            write_buffer: 64 * 1024,
            #[cfg(feature = "tls")]
            tls_client: ClientSettings::default(),
            #[cfg(feature = "tls")]
            tls_server: None,
            #[cfg(feature = "ws")]
            origins: Origins::any(),
            #[cfg(feature = "ws")]
            upgrade_headers: UpgradeHeaders::new(),
            #[cfg(feature = "ws")]
            max_upgrade_size: 16 * 1024,
        }
    }
}
