//! Why a connection could not be made.

use jstp_auth::ConnectPolicyError;
use jstp_connection::{CallError, Connection, InvalidRange};
use jstp_engine::HandshakeError;
use jstp_wire::RemoteError;

use crate::connect::Proxies;

/// Why a connection could not be made or resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The transport could not be made, or failed during the handshake.
    #[error(transparent)]
    Transport(#[from] jstp_transport::Error),
    /// The server refuses: 10 for an unknown application or version, 11 for failed authentication or
    /// an unknown session, or a code of its own.
    #[error("the server refused the connection: {0}")]
    Refused(#[source] RemoteError),
    /// The server closed the transport before it answered (error -2 of the protocol).
    #[error("connection closed before receiving handshake")]
    NoHandshakeResponse,
    /// The server answered with something that is no usable handshake response.
    #[error("handshake failed: {0}")]
    Handshake(#[from] HandshakeError),
    /// No answer within [`Client::handshake_timeout`](crate::Client::handshake_timeout).
    #[error("no handshake response within the time allowed")]
    Timeout,
    /// The version asked for is no npm version range; nothing was sent.
    #[error(transparent)]
    InvalidRange(#[from] InvalidRange),
    /// The application's name is empty; nothing was sent.
    #[error("the name of an application may not be empty")]
    InvalidName,
    /// The client's connect policy failed; nothing was sent.
    #[error(transparent)]
    Policy(#[from] ConnectPolicyError),
    /// The connection was closed on purpose, or its last handle dropped, during the attempt.
    #[error("the connection was closed during the attempt")]
    Closed,
    /// The connection was made by a server, which cannot reconnect.
    #[error("only a client's connection can be reconnected")]
    NotAClient,
}

impl ConnectError {
    /// The error code of the protocol: what the server sent, or -2 for no answer.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Refused(error) => error.code(),
            Self::NoHandshakeResponse => Some(RemoteError::NO_HANDSHAKE_RESPONSE),
            _ => None,
        }
    }
}

/// Why [`connect_and_inspect`](crate::connect_and_inspect) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Some interface could not be inspected. The connection is usable.
    #[error("could not inspect `{interface}`: {error}")]
    Inspect {
        /// The connection.
        connection: Connection,
        /// The proxies of the interfaces that could be inspected.
        proxies: Proxies,
        /// The first interface that could not.
        interface: String,
        /// Why; code 12 when the server has no such interface.
        #[source]
        error: CallError,
    },
}

impl InspectError {
    /// The connection, if there is one.
    pub fn into_connection(self) -> Option<Connection> {
        match self {
            Self::Connect(_) => None,
            Self::Inspect { connection, .. } => Some(connection),
        }
    }
}
