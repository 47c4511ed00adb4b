//! What can go wrong, by whose fault: the peer's or the caller's.

use jstp_wire::Error as WireError;

/// Why a message of ours was not taken. Nothing was sent or buffered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Too much is unacknowledged or waits for the transport; there is room again after
    /// [`Event::Room`](crate::Event::Room).
    #[error("the buffer of unacknowledged messages is full")]
    Full,
    /// [`Config::max_calls`](crate::Config::max_calls) calls are under way.
    #[error("too many calls are under way")]
    TooManyCalls,
    /// The connection was closed for good.
    #[error("the connection is closed")]
    Closed,
    /// The name stands for something else where it would be written: a method named `call`, an event
    /// named `event`, one that is empty or an array index such as `0`.
    #[error("`{0}` cannot be the name of a method or an event of a message")]
    InvalidName(String),
    /// The message is longer than a message may be.
    #[error("a message of {len} bytes is over the limit of {limit}")]
    TooLong {
        /// The length of the message in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// A message after which the connection has to be closed (`PROTOCOL.md` §3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolViolation {
    /// A handshake, request or response, after the handshake was done.
    #[error("a handshake after the handshake was done")]
    SecondHandshake,
}

/// Why a handshake failed through a fault of the peer. The transport has to be closed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The peer sent text that is no message.
    #[error("the peer sent text that is no message: {0}")]
    Text(#[from] WireError),
    /// A message other than a handshake came before the handshake was done.
    #[error("a message of kind `{0:.64}` came before the handshake")]
    BeforeHandshake(String),
    /// A handshake message that makes no sense here.
    #[error("{0}")]
    Malformed(&'static str),
}
