//! The handshake over a new transport.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jstp_connection::lifecycle::{self, Attachment};
use jstp_engine::{ClientHandshake, ClientStep, HandshakeError};
use jstp_session::SessionId;
use jstp_transport::{BoxTransport, Connected};
use jstp_wire::decode_text;

use crate::error::ConnectError;

/// How long a server may take to hang up as well.
const HANG_UP: Duration = Duration::from_secs(1);

/// What the server agreed to.
pub(crate) enum Agreed {
    /// A new session.
    New(SessionId),
    /// The session goes on; so many of our messages have arrived.
    Resumed(u64),
}

/// Sends the request and waits for the response. On failure the transport is closed.
pub(crate) async fn shake_hands(
    connected: Connected,
    handshake: &ClientHandshake,
    timeout: Duration,
) -> Result<(Attachment, Agreed), ConnectError> {
    let mut attachment = Attachment::from(connected);
    let exchange = exchange(&mut attachment.transport, handshake);
    match tokio::time::timeout(timeout, exchange)
        .await
        .unwrap_or(Err(ConnectError::Timeout))
    {
        Ok(agreed) => Ok((attachment, agreed)),
        Err(error) => {
            hang_up(attachment.transport);
            Err(error)
        }
    }
}

/// Closes a transport that came to nothing: politely, but not waited for.
pub(crate) fn hang_up(transport: BoxTransport) {
    tokio::spawn(lifecycle::close_transport(transport, None, HANG_UP));
}

async fn exchange(
    transport: &mut BoxTransport,
    handshake: &ClientHandshake,
) -> Result<Agreed, ConnectError> {
    transport.send(handshake.request()).await?;
    loop {
        let frame = match transport.next().await {
            None => return Err(ConnectError::NoHandshakeResponse),
            Some(Err(error)) if error.is_gone() => return Err(ConnectError::NoHandshakeResponse),
            Some(frame) => frame?,
        };
        let text = decode_text(&frame)
            .map_err(|_| HandshakeError::Malformed("a handshake response that is not UTF-8"))?;
        match handshake.handle_text(text)? {
            ClientStep::Connected { session } => return Ok(Agreed::New(session)),
            ClientStep::Resumed { received } => return Ok(Agreed::Resumed(received)),
            ClientStep::Refused(error) => return Err(ConnectError::Refused(error)),
            ClientStep::NotAServer { answer } => {
                transport.send(answer).await?;
                return Err(ConnectError::NoHandshakeResponse);
            }
            _ => {}
        }
    }
}
