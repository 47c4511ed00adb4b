//! The handshake, which comes before everything else (`PROTOCOL.md` §3).

mod client;
mod server;
#[cfg(test)]
mod tests;

pub use client::{ClientHandshake, ClientStep};
pub use server::{
    HandshakeRequest, RequestedStrategy, RequestedVersion, ServerHandshake, ServerStep,
};

use jstp_session::SessionId;
use jstp_wire::{Message, Parsed, RawValue, ValueKind};

use crate::error::HandshakeError;

/// Reads a message that can only be a handshake or an old heartbeat.
fn parse(text: &str, max_depth: usize) -> Result<Option<jstp_wire::Handshake<'_>>, HandshakeError> {
    match Message::parse(text, max_depth)? {
        Parsed::Message(Message::Handshake(handshake)) => Ok(Some(handshake)),
        Parsed::Message(Message::Heartbeat) => Ok(None),
        Parsed::Message(other) => Err(HandshakeError::BeforeHandshake(kind_of(&other).to_owned())),
        Parsed::Rejected(rejected) => Err(HandshakeError::BeforeHandshake(rejected.kind)),
    }
}

fn kind_of(message: &Message<'_>) -> &'static str {
    match message {
        Message::Call(_) => "call",
        Message::Callback(_) => "callback",
        Message::Event(_) => "event",
        Message::Inspect(_) => "inspect",
        Message::Ping { .. } => "ping",
        Message::Pong { .. } => "pong",
        _ => "unknown",
    }
}

/// A text; `None` for a value of another kind.
fn text_of(value: RawValue<'_>) -> Option<String> {
    (value.kind() == ValueKind::String)
        .then(|| value.deserialize().ok())
        .flatten()
}

/// The id of a session: a text that is not empty.
fn session_id(value: RawValue<'_>) -> Option<SessionId> {
    text_of(value)
        .filter(|id| !id.is_empty())
        .map(SessionId::from)
}

/// A count of messages; `None` for what is none. A count that is too large is cut later on to what was
/// really sent.
fn count_of(value: RawValue<'_>) -> Option<u64> {
    let count = (value.kind() == ValueKind::Number)
        .then(|| value.deserialize::<f64>().ok())
        .flatten()
        .filter(|count| *count >= 0.0)?;
    // Saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let count = count as u64;
    Some(count)
}
