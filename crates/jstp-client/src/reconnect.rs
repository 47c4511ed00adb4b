//! Going on with a session over another transport.

use std::sync::Arc;

use jstp_connection::lifecycle::{self, Attachment};
use jstp_connection::{Connection, ConnectionEvent};
use jstp_transport::{Connected, Connector, IntoConnector};

use crate::error::ConnectError;
use crate::handshake::{Agreed, shake_hands};
use crate::owner::Owner;

/// Resumes the session of a connection over a new transport: the same [`Connection`], the same session.
///
/// For connections that were lost or closed. One that is still alive goes over to the new transport as
/// soon as that is there; its old one is closed. `address` is as for [`connect`](crate::connect()).
///
/// # Errors
///
/// As [`ConnectError`] says. [`ConnectError::Refused`] is final for the session: calls under way fail.
pub async fn reconnect(
    connection: &Connection,
    address: impl IntoConnector,
) -> Result<(), ConnectError> {
    let owner = lifecycle::owner::<Owner>(connection).ok_or(ConnectError::NotAClient)?;
    let connector = address.into_connector()?;
    let _one = owner.attempt.lock().await;
    let outcome = attempt(connection, &owner, connector).await;
    if let Err(ConnectError::Refused(_)) = &outcome {
        lifecycle::give_up(connection);
    }
    outcome
}

/// Makes one attempt and reports it. The caller holds [`Owner::attempt`].
pub(crate) async fn attempt(
    connection: &Connection,
    owner: &Arc<Owner>,
    connector: Arc<dyn Connector>,
) -> Result<(), ConnectError> {
    let target = connector.target();
    lifecycle::report(connection, &ConnectionEvent::ReconnectAttempt { target });
    let outcome = resume(connection, owner, &connector).await;
    if outcome.is_ok() {
        owner.set_connector(connector);
    }
    let error = outcome.as_ref().err().map(ToString::to_string);
    lifecycle::report(connection, &ConnectionEvent::Reconnect { error });
    outcome
}

async fn resume(
    connection: &Connection,
    owner: &Owner,
    connector: &Arc<dyn Connector>,
) -> Result<(), ConnectError> {
    let client = &owner.client;
    let Connected { transport, peer, .. } = connector.connect(&client.transport).await?;
    // From here on nothing may be received but over the new transport, or it would come twice.
    let received = lifecycle::suspend(connection);
    let handshake = owner.request_resume(&connection.session_id(), received).await?;
    match shake_hands(transport, &handshake, client.handshake_timeout).await {
        Ok((transport, Agreed::Resumed(count))) => {
            lifecycle::resume_as_client(connection, Attachment { transport, peer }, count);
            Ok(())
        }
        Ok(_) => Err(ConnectError::NoHandshakeResponse),
        Err(ConnectError::Refused(error)) if client.new_session_when_refused => {
            start_over(connection, owner, connector)
                .await
                .map_err(|_| ConnectError::Refused(error))
        }
        Err(error) => Err(error),
    }
}

/// Asks for a new session in place of one that the server does not know any longer.
async fn start_over(
    connection: &Connection,
    owner: &Owner,
    connector: &Arc<dyn Connector>,
) -> Result<(), ConnectError> {
    let client = &owner.client;
    let Connected { transport, peer, .. } = connector.connect(&client.transport).await?;
    let (handshake, username) = owner.request_new().await?;
    match shake_hands(transport, &handshake, client.handshake_timeout).await? {
        (transport, Agreed::New(id)) => {
            let session = owner.new_session(id, username);
            lifecycle::restart_as_client(connection, Attachment { transport, peer }, session);
            Ok(())
        }
        _ => Err(ConnectError::NoHandshakeResponse),
    }
}
