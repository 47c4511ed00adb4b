use std::io;

/// What can go wrong while bytes are moved.
///
/// A transport that has given an error from its stream gives `None` afterwards, and one that has
/// failed to write answers [`Error::Closed`] from then on. Only [`Error::ContainsNul`] leaves a
/// transport usable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused: no route, refused, reset by the peer, no permission and so on.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The peer sent a message longer than
    /// [`TransportOptions::max_message_size`](crate::TransportOptions::max_message_size).
    #[error("a message is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// The stream ended inside a message.
    #[error("the stream ended inside a message, {bytes} bytes after its start")]
    Truncated {
        /// How many bytes of the unfinished message had arrived.
        bytes: usize,
    },
    /// A text or path that names nothing to connect to or to listen on.
    #[error("invalid address `{address}`: {reason}")]
    InvalidAddress {
        /// The address as it was given.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header for a WebSocket upgrade that cannot be sent.
    #[error("the header `{name}` cannot be sent: {reason}")]
    InvalidHeader {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No connection came about within
    /// [`TransportOptions::connect_timeout`](crate::TransportOptions::connect_timeout).
    #[error("no connection was made in time")]
    ConnectTimeout,
    /// A frame to be sent contains a NUL byte, which ends a message on a byte stream. Nothing of it
    /// was sent, the transport goes on.
    #[error("a message contains a NUL byte")]
    ContainsNul,
    /// The transport is closed: by this side, or an earlier operation found that the other side is
    /// gone.
    #[error("the transport is closed")]
    Closed,
    /// The handshake of a transport, such as TLS, failed.
    #[error("the {protocol} handshake failed: {source}")]
    Handshake {
        /// The protocol whose handshake it was.
        protocol: &'static str,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server answered a WebSocket upgrade with another status than 101; or this side, as the
    /// server, did.
    #[error("the upgrade to WebSocket was refused with status {status}: {reason}")]
    UpgradeRefused {
        /// The HTTP status.
        status: u16,
        /// Why, as far as it is known.
        reason: String,
    },
    /// The other side breaks the rules of the transport, such as those of WebSocket frames.
    #[error("the other side broke the protocol of the transport: {reason}")]
    Violation {
        /// What it did.
        reason: &'static str,
    },
    /// The other side speaks another protocol than the one that was expected.
    #[error("the other side speaks {speaks} here")]
    Foreign {
        /// What it speaks.
        speaks: &'static str,
    },
    /// A certificate, private key or name for TLS is of no use.
    #[error("TLS cannot be set up: {reason}")]
    Certificate {
        /// What is wrong.
        reason: String,
    },
    /// What a transport of yours has to say; see [`Error::other`].
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps any error, for transports, connectors and listeners defined outside this crate.
    ///
    /// ```
    /// let error = jstp_transport::Error::other("the modem hung up");
    /// assert_eq!(error.to_string(), "the modem hung up");
    /// ```
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Other(error.into())
    }

    #[cfg(any(feature = "tls", feature = "ws"))]
    pub(crate) fn handshake(
        protocol: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::Handshake {
            protocol,
            source: source.into(),
        }
    }

    /// Whether the network or the operating system is to blame, so that nothing more can be written
    /// either.
    pub fn is_io(&self) -> bool {
        matches!(self, Error::Io(_) | Error::ConnectTimeout | Error::Closed)
    }

    /// Whether the other side has simply gone: closed, reset, or ended inside a message.
    pub fn is_gone(&self) -> bool {
        match self {
            Error::Closed | Error::Truncated { .. } => true,
            Error::Io(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
            ),
            _ => false,
        }
    }
}
