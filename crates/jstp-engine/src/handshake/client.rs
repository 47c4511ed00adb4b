//! The client's side: one request, one response.

use std::fmt;

use bytes::{Bytes, BytesMut};
use jstp_session::SessionId;
use jstp_wire::{Handshake, HandshakeResponse, Outcome, RemoteError, encode};

use super::{count_of, parse, session_id};
use crate::error::HandshakeError;

/// A handshake request under way. Its `Debug` form hides the credentials.
pub struct ClientHandshake {
    request: Bytes,
    resumes: bool,
    max_depth: usize,
}

/// What to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientStep {
    /// Wait for another message.
    Wait,
    /// A new session was made.
    Connected {
        /// Its id.
        session: SessionId,
    },
    /// The session was resumed.
    Resumed {
        /// How many of our numbered messages the server has received, as it says.
        received: u64,
    },
    /// The server refuses; close the transport.
    Refused(RemoteError),
    /// The peer takes us for a server: send this answer (error 15), then close the transport.
    NotAServer {
        /// The message to send.
        answer: Bytes,
    },
}

impl ClientHandshake {
    /// Asks for a new session. `strategy` is its name and the text of its credentials; `None` is
    /// anonymous. Responses may nest as deep as `max_depth` levels.
    pub fn connect(
        application: &str,
        version: Option<&str>,
        strategy: Option<(&str, &str)>,
        max_depth: usize,
    ) -> Self {
        let request = request(application, version, strategy);
        Self {
            request,
            resumes: false,
            max_depth,
        }
    }

    /// Asks to resume a session of which `received` numbered messages have arrived here.
    pub fn resume(
        application: &str,
        version: Option<&str>,
        session: &SessionId,
        received: u64,
        max_depth: usize,
    ) -> Self {
        let id = jstp_wire::to_string(session.as_str()).unwrap_or_default();
        let request = request(
            application,
            version,
            Some(("session", &format!("[{id},{received}]"))),
        );
        Self {
            request,
            resumes: true,
            max_depth,
        }
    }

    /// The message to send first.
    pub fn request(&self) -> Bytes {
        self.request.clone()
    }

    /// Handles one message. After an error the transport has to be closed.
    pub fn handle_text(&self, text: &str) -> Result<ClientStep, HandshakeError> {
        match parse(text, self.max_depth)? {
            None => Ok(ClientStep::Wait),
            Some(Handshake::Request(_)) => {
                let mut answer = BytesMut::new();
                // Our own request has taken id 0.
                encode::handshake_error(&mut answer, 1, &RemoteError::not_a_server());
                Ok(ClientStep::NotAServer {
                    answer: answer.freeze(),
                })
            }
            Some(Handshake::Response(response)) => self.response(response),
            Some(Handshake::Malformed) => {
                Err(HandshakeError::Malformed("a malformed handshake response"))
            }
        }
    }

    fn response(&self, response: HandshakeResponse<'_>) -> Result<ClientStep, HandshakeError> {
        if response.id != Some(0) {
            return Err(HandshakeError::Malformed(
                "a handshake response with another id than 0",
            ));
        }
        match response.outcome {
            Outcome::Err(error) => Ok(ClientStep::Refused(error)),
            Outcome::Ok(value) if self.resumes => {
                let received = count_of(value).ok_or(HandshakeError::Malformed(
                    "a session resumed without a count",
                ))?;
                Ok(ClientStep::Resumed { received })
            }
            Outcome::Ok(value) => {
                let session = session_id(value)
                    .ok_or(HandshakeError::Malformed("a session without an id"))?;
                Ok(ClientStep::Connected { session })
            }
        }
    }
}

impl fmt::Debug for ClientHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientHandshake")
            .field("resumes", &self.resumes)
            .field("max_depth", &self.max_depth)
            .finish_non_exhaustive()
    }
}

fn request(application: &str, version: Option<&str>, strategy: Option<(&str, &str)>) -> Bytes {
    let mut out = BytesMut::new();
    encode::handshake_request(&mut out, application, version, strategy);
    out.freeze()
}
