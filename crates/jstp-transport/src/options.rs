use std::time::Duration;

/// Limits and times of one transport.
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
    /// The longest message that is received, in bytes without its terminator. Default: 8 MiB. A
    /// message under way is held in memory, up to this size per connection; what is read from its
    /// text may take several times that ([`jstp_wire::Value`] up to about 35 times). A longer one
    /// ends the transport with [`Error::TooLong`](crate::Error::TooLong). Messages to be sent are
    /// not measured.
    pub max_message_size: usize,
    /// How long connecting may take in all: resolving the name, trying its addresses, and the
    /// handshakes of TLS or WebSocket where there are some. Default: 10 s. Then it fails with
    /// [`Error::ConnectTimeout`](crate::Error::ConnectTimeout).
    pub connect_timeout: Duration,
    /// How many bytes may wait to be written before the transport is no longer ready for more
    /// frames (`poll_ready` is pending, `send` waits). Default: 64 KiB. The last frame may go
    /// beyond it, so a connection holds up to this and one message.
    pub write_buffer: usize,
}

impl TransportOptions {
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
}

impl Default for TransportOptions {
    fn default() -> Self {
        TransportOptions {
            max_message_size: jstp_wire::DEFAULT_MAX_MESSAGE_SIZE,
            connect_timeout: Duration::from_secs(10),
            write_buffer: 64 * 1024,
        }
    }
}
