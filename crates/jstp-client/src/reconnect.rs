//! Going on with a session over another transport.

use std::sync::Arc;

use jstp_connection::lifecycle::{self, Attachment, Attempt};
use jstp_connection::{CloseReason, Connection, ConnectionEvent, Status, WeakConnection};
use jstp_transport::{Connector, IntoConnector};

use crate::error::ConnectError;
use crate::handshake::{Agreed, hang_up, shake_hands};
use crate::owner::Owner;

/// Resumes the session of a connection over a new transport: the same [`Connection`], the same session.
///
/// For connections that were lost or closed. One that is still alive goes over to the new transport as
/// soon as that is there; its old one is closed. `address` is as for [`connect`](crate::connect()).
///
/// # Errors
///
/// As [`ConnectError`] says. [`ConnectError::Refused`] is final for the session: calls under way fail.
/// [`ConnectError::Closed`] when the connection is closed on purpose meanwhile.
pub async fn reconnect(
    connection: &Connection,
    address: impl IntoConnector,
) -> Result<(), ConnectError> {
    let begun = Attempt::begin(connection);
    let owner = lifecycle::owner::<Owner>(connection).ok_or(ConnectError::NotAClient)?;
    let connector = address.into_connector()?;
    let _one = owner.attempt.lock().await;
    let outcome = attempt(&connection.downgrade(), &owner, connector, begun).await;
    if let Err(ConnectError::Refused(_)) = &outcome {
        lifecycle::give_up(connection);
    }
    outcome
}

/// Makes one attempt and reports it. The caller holds [`Owner::attempt`]. The connection is not kept
/// open by it.
pub(crate) async fn attempt(
    connection: &WeakConnection,
    owner: &Arc<Owner>,
    connector: Arc<dyn Connector>,
    begun: Attempt,
) -> Result<(), ConnectError> {
    let target = connector.target();
    lifecycle::report(
        &upgrade(connection)?,
        &ConnectionEvent::ReconnectAttempt { target },
    );
    let outcome = resume(connection, owner, &connector, begun).await;
    if outcome.is_ok() {
        owner.set_connector(connector);
    }
    let error = outcome.as_ref().err().map(ToString::to_string);
    lifecycle::report(&upgrade(connection)?, &ConnectionEvent::Reconnect { error });
    outcome
}

async fn resume(
    weak: &WeakConnection,
    owner: &Owner,
    connector: &Arc<dyn Connector>,
    begun: Attempt,
) -> Result<(), ConnectError> {
    let client = &owner.client;
    let session = upgrade(weak)?.session_id();
    owner.permit_resume(&session).await?;
    let connected = connector.connect(&client.transport).await?;
    let (received, was_connected) = suspend(&upgrade(weak)?);
    let handshake = owner.request_resume(&session, received);
    let error = match shake_hands(connected, &handshake, client.handshake_timeout).await {
        Ok((attachment, Agreed::Resumed(count))) => {
            return lifecycle::resume_as_client(&upgrade(weak)?, attachment, count, begun)
                .map_err(closed);
        }
        Ok(_) => ConnectError::NoHandshakeResponse,
        Err(error) => error,
    };
    let connection = upgrade(weak)?;
    if was_connected {
        // The transport that was there was given up for one that came to nothing.
        lifecycle::report(&connection, &ConnectionEvent::Close(CloseReason::Detached));
    }
    if let ConnectError::Refused(refusal) = &error {
        let error = Some(refusal.clone());
        lifecycle::report(&connection, &ConnectionEvent::Handshake { error });
        if client.new_session_when_refused {
            drop(connection);
            return start_over(weak, owner, connector, begun).await;
        }
    }
    Err(error)
}

/// From here on nothing may be received but over the new transport, or it would come twice. Gives the
/// count of what was received, and whether there was a transport.
fn suspend(connection: &Connection) -> (u64, bool) {
    let was_connected = connection.status() == Status::Attached;
    (lifecycle::suspend(connection), was_connected)
}

/// Asks for a new session in place of one that the server does not know any longer. When that fails
/// for another reason than a refusal, the next attempt comes here again.
async fn start_over(
    weak: &WeakConnection,
    owner: &Owner,
    connector: &Arc<dyn Connector>,
    begun: Attempt,
) -> Result<(), ConnectError> {
    let client = &owner.client;
    let (handshake, username) = owner.request_new().await?;
    let connected = connector.connect(&client.transport).await?;
    match shake_hands(connected, &handshake, client.handshake_timeout).await? {
        (attachment, Agreed::New(id)) => {
            let session = owner.new_session(id, username);
            lifecycle::restart_as_client(&upgrade(weak)?, attachment, session, begun)
                .map_err(closed)
        }
        _ => Err(ConnectError::NoHandshakeResponse),
    }
}

fn upgrade(connection: &WeakConnection) -> Result<Connection, ConnectError> {
    connection.upgrade().ok_or(ConnectError::Closed)
}

/// The connection was closed while the attempt was under way.
fn closed(attachment: Attachment) -> ConnectError {
    hang_up(attachment.transport);
    ConnectError::Closed
}
