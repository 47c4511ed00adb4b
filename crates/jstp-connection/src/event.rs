//! What happens on a connection, for those who watch it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jstp_session::SessionId;
use jstp_wire::{RawBuf, RemoteError};

use crate::Connection;

/// Something that happened on a connection.
///
/// A stream of these comes from [`Connection::events`]. Messages and values are shared, so cloning an
/// event is cheap.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// The handshake is done: a new session, or a resumed one.
    Client {
        /// The session.
        session: SessionId,
        /// Whether it was resumed.
        resumed: bool,
    },
    /// The other side calls a method.
    Call {
        /// The interface, if it is a text.
        interface: Option<String>,
        /// The method, if one is named.
        method: Option<String>,
        /// The arguments, if they are an array.
        args: Option<RawBuf>,
    },
    /// The other side answered a call.
    Callback {
        /// The results, or the error.
        outcome: Result<RawBuf, RemoteError>,
    },
    /// The other side emitted an event.
    Event {
        /// The interface, if it is a text.
        interface: Option<String>,
        /// The name of the event.
        event: String,
        /// The arguments.
        args: RawBuf,
    },
    /// The server answered our handshake.
    Handshake {
        /// The error with which it refused to resume the session.
        error: Option<RemoteError>,
    },
    /// An old heartbeat (`{}`) arrived.
    Heartbeat,
    /// A message arrived (its text).
    IncomingMessage(Bytes),
    /// A message was handed to the transport (its text).
    OutgoingMessage(Bytes),
    /// The other side asks for the methods of an interface.
    Inspect {
        /// The interface, if it is a text.
        interface: Option<String>,
    },
    /// A message was rejected; the connection goes on.
    MessageRejected {
        /// Why.
        reason: String,
        /// The text of the message.
        message: Bytes,
    },
    /// The transport is gone.
    Close(CloseReason),
    /// Something went wrong that no call can tell of.
    Error(String),
    /// The client is about to connect again.
    ReconnectAttempt {
        /// Where to.
        target: String,
    },
    /// The attempt to connect again ended.
    Reconnect {
        /// Why it failed; `None` when it succeeded.
        error: Option<String>,
    },
    /// The watcher was too slow: this many events are missing here.
    Missed(u64),
}

impl ConnectionEvent {
    /// Memory that the event holds, roughly, for the bound of a watcher's queue.
    pub(crate) fn size(&self) -> usize {
        let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        match self {
            Self::IncomingMessage(text) | Self::OutgoingMessage(text) => text.len(),
            Self::MessageRejected { reason, message } => reason.len() + message.len(),
            Self::Event {
                interface,
                event,
                args,
            } => len(interface) + event.len() + args.as_str().len(),
            Self::Call {
                interface,
                method,
                args,
            } => {
                let args = args.as_ref().map_or(0, |args| args.as_str().len());
                len(interface) + len(method) + args
            }
            Self::Inspect { interface } => len(interface),
            Self::Callback {
                outcome: Ok(results),
            } => results.as_str().len(),
            Self::Callback {
                outcome: Err(error),
            } => error.to_string().len(),
            _ => 0,
        }
    }
}

/// Why a transport is gone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CloseReason {
    /// Our side closed the connection ([`Connection::close`]).
    Closed,
    /// Our side cut the transport ([`Connection::detach`]).
    Detached,
    /// The other side closed it.
    ByPeer,
    /// It failed.
    Transport(Arc<jstp_transport::Error>),
    /// The other side sent what closes a connection: text that is no message, or a second handshake.
    Protocol(String),
    /// The other side left heartbeats unanswered for too long.
    PeerDead,
    /// The other side took nothing for too long ([`ConnectionOptions::write_timeout`]).
    ///
    /// [`ConnectionOptions::write_timeout`]: crate::ConnectionOptions::write_timeout
    WriteTimeout,
    /// There was no memory for a long message: its beginning took what others lacked, and the other side did
    /// not go on with it, or acknowledged nothing of what it was sent ([`MemoryBudget`](crate::MemoryBudget)).
    MessageTimeout,
}

impl CloseReason {
    /// Whether the other side, or the network, is to blame.
    pub fn is_error(&self) -> bool {
        !matches!(self, Self::Closed | Self::Detached | Self::ByPeer)
    }

    /// Whether our side wanted it.
    pub fn is_intentional(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed by this side"),
            Self::Detached => f.write_str("cut by this side"),
            Self::ByPeer => f.write_str("closed by the other side"),
            Self::Transport(error) => write!(f, "transport failed: {error}"),
            Self::Protocol(what) => write!(f, "protocol violated: {what}"),
            Self::PeerDead => f.write_str("the other side answers no ping"),
            Self::WriteTimeout => f.write_str("the other side reads nothing"),
            Self::MessageTimeout => {
                f.write_str("a long message took too long while memory was short")
            }
        }
    }
}

/// Is told of what happens on a connection, in order.
///
/// An observer is given as the `logger` of a client or a server, or in
/// [`ConnectionOptions::observer`](crate::ConnectionOptions::observer). It is called in place, by the
/// tasks that move the messages, and must not block; a panic of it is logged and goes no further. For
/// watching from a task of one's own see [`Connection::events`].
///
/// ```
/// use jstp_connection::{Connection, ConnectionEvent, Observer};
///
/// struct Log;
///
/// impl Observer for Log {
///     fn on_event(&self, connection: &Connection, event: &ConnectionEvent) {
///         let id = connection.id();
///         match event {
///             ConnectionEvent::Client { resumed, .. } => tracing::info!(id, resumed, "connected"),
///             ConnectionEvent::Close(reason) => tracing::info!(id, %reason, "disconnected"),
///             ConnectionEvent::Error(error) => tracing::warn!(id, error),
///             _ => {}
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Something happened.
    fn on_event(&self, connection: &Connection, event: &ConnectionEvent);

    /// Whether it wants to see every message, call and event as well. It is asked often, and may give
    /// another answer later. False, the default, costs nothing on the way of a call; then it is told of
    /// [`Client`](ConnectionEvent::Client), [`Close`](ConnectionEvent::Close),
    /// [`Error`](ConnectionEvent::Error), [`Handshake`](ConnectionEvent::Handshake),
    /// [`MessageRejected`](ConnectionEvent::MessageRejected),
    /// [`ReconnectAttempt`](ConnectionEvent::ReconnectAttempt) and
    /// [`Reconnect`](ConnectionEvent::Reconnect).
    fn is_verbose(&self) -> bool {
        false
    }
}
