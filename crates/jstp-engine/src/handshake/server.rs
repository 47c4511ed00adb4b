//! The server's side: read the request, then pause until the caller has decided.

use std::borrow::Cow;
use std::fmt;

use bytes::{Bytes, BytesMut};
use jstp_session::SessionId;
use jstp_wire::{Handshake, RawBuf, RawValue, RemoteError, encode};

use super::{count_of, parse, session_id, text_of};
use crate::error::HandshakeError;

/// Waits for the handshake request of a client.
///
/// The caller hands it each message of the transport until it gives a [`HandshakeRequest`], decides,
/// and either makes an [`Engine`](crate::Engine) that answers
/// ([`attach_as_server`](crate::Engine::attach_as_server),
/// [`resume_as_server`](crate::Engine::resume_as_server)) or sends [`HandshakeRequest::refusal`].
/// Messages that the client sends meanwhile have to wait in the transport.
#[derive(Debug, Clone, Copy)]
pub struct ServerHandshake {
    max_depth: usize,
}

/// What to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerStep {
    /// Wait for another message.
    Wait,
    /// Decide.
    Request(HandshakeRequest),
}

/// What a client asks for.
#[derive(Debug)]
#[non_exhaustive]
pub struct HandshakeRequest {
    /// The name of the application; `None` when it is no text, which finds nothing (error 10).
    pub application: Option<String>,
    /// The version.
    pub version: RequestedVersion,
    /// How it wants to be let in.
    pub strategy: RequestedStrategy,
}

/// The version that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestedVersion {
    /// None: the latest.
    Latest,
    /// An exact version or a range, as the client wrote it.
    Text(String),
    /// No text; this finds nothing (error 10).
    Unusable,
}

/// How a client wants to be let in. Its `Debug` form hides the credentials.
#[non_exhaustive]
pub enum RequestedStrategy {
    /// As anybody.
    Anonymous,
    /// By resuming a session.
    Session {
        /// The session; `None` when the credentials name none (error 11).
        id: Option<SessionId>,
        /// How many numbered messages the client has received, as it says.
        received: u64,
    },
    /// By a strategy that the server's policy has to know.
    Custom {
        /// The name of the strategy, such as `login`.
        name: String,
        /// The credentials, as the client sent them.
        credentials: RawBuf,
    },
}

impl ServerHandshake {
    /// Waits for a request whose text nests no deeper than `max_depth` levels.
    pub fn new(max_depth: usize) -> Self {
        Self { max_depth }
    }

    /// Handles one message. After an error the transport has to be closed, without an answer.
    pub fn handle_text(&self, text: &str) -> Result<ServerStep, HandshakeError> {
        match parse(text, self.max_depth)? {
            None => Ok(ServerStep::Wait),
            Some(Handshake::Request(request)) => Ok(ServerStep::Request(HandshakeRequest {
                application: text_of(request.application),
                version: requested_version(request.version),
                strategy: requested_strategy(request.strategy),
            })),
            Some(Handshake::Response(_)) => Err(HandshakeError::Malformed(
                "a handshake response sent to a server",
            )),
            Some(Handshake::Malformed) => Err(HandshakeError::Malformed("a malformed handshake")),
        }
    }
}

impl HandshakeRequest {
    /// The message that refuses a request. Afterwards the transport has to be closed.
    pub fn refusal(error: &RemoteError) -> Bytes {
        let mut out = BytesMut::new();
        encode::handshake_error(&mut out, 0, error);
        out.freeze()
    }
}

impl fmt::Debug for RequestedStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Session { id, received } => f
                .debug_struct("Session")
                .field("id", id)
                .field("received", received)
                .finish(),
            Self::Custom { name, .. } => f
                .debug_struct("Custom")
                .field("name", name)
                .finish_non_exhaustive(),
        }
    }
}

fn requested_version(version: Option<RawValue<'_>>) -> RequestedVersion {
    match version {
        Some(version) if version.is_truthy() => {
            text_of(version).map_or(RequestedVersion::Unusable, RequestedVersion::Text)
        }
        _ => RequestedVersion::Latest,
    }
}

fn requested_strategy(strategy: Option<(Cow<'_, str>, RawValue<'_>)>) -> RequestedStrategy {
    let Some((name, credentials)) = strategy else {
        return RequestedStrategy::Anonymous;
    };
    match &*name {
        "" | "anonymous" => RequestedStrategy::Anonymous,
        "session" => session(credentials),
        _ => RequestedStrategy::Custom {
            name: name.into_owned(),
            credentials: RawBuf::from_raw(credentials),
        },
    }
}

/// `[id, received]`. A count that makes no sense is taken for 0: then everything is sent again.
fn session(credentials: RawValue<'_>) -> RequestedStrategy {
    let mut elements = credentials.elements().into_iter().flatten();
    let id = elements.next().and_then(session_id);
    let received = elements.next().and_then(count_of).unwrap_or(0);
    RequestedStrategy::Session { id, received }
}
