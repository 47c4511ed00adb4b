//! The handshake, which comes before everything else (`PROTOCOL.md` §3).

mod client;
mod server;
#[cfg(test)]
mod tests;

pub use client::{ClientHandshake, ClientStep};
pub use server::{
    HandshakeRequest, RequestedStrategy, RequestedVersion, ServerHandshake, ServerStep,
};

use jstp_wire::{Message, Parsed};

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
