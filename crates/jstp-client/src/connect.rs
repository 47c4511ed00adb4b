//! `connect` and `connect_and_inspect`.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;
use jstp_connection::{Connection, RemoteProxy, lifecycle};
use jstp_connection::lifecycle::{Attachment, Attempt};
use jstp_session::Direction;
use jstp_transport::{Connected, IntoConnector};

use crate::client::{ApplicationName, Client};
use crate::error::{ConnectError, InspectError};
use crate::handshake::{Agreed, shake_hands};
use crate::owner::Owner;
use crate::supervisor::supervise;

/// Proxies by the names of their interfaces.
pub type Proxies = HashMap<String, RemoteProxy>;

/// Connects to an application.
///
/// `application` is a name with an optional version range (`"app@^1.2"`), `address` a host and port, a
/// path of a Unix socket, or any [`Connector`](jstp_transport::Connector). With
/// [`Client::session`] that session is resumed, otherwise a new one is made.
///
/// # Errors
///
/// As [`ConnectError`] says. There are no further attempts: the client's reconnector is for
/// connections that had been made.
pub async fn connect(
    application: impl Into<ApplicationName>,
    client: Client,
    address: impl IntoConnector,
) -> Result<Connection, ConnectError> {
    let application = application.into();
    application.check()?;
    let connector = address.into_connector()?;
    let Connected { transport, peer, .. } = connector.connect(&client.transport).await?;
    let owner = Arc::new(Owner::new(application, client, connector));
    let client = &owner.client;

    let resumed = client.session.clone();
    let (handshake, username) = match &resumed {
        Some(session) => {
            owner.permit_resume(session.id()).await?;
            (owner.request_resume(session.id(), session.received()), None)
        }
        None => owner.request_new().await?,
    };
    let (transport, agreed) = shake_hands(transport, &handshake, client.handshake_timeout).await?;

    let options = client.connection_options();
    let attachment = Attachment { transport, peer };
    let prepare = |session| {
        lifecycle::prepare(session, client.application.clone(), options, owner.clone())
    };
    let connection = match (agreed, resumed) {
        (Agreed::Resumed(count), Some(session)) => {
            let session =
                session.with_direction(Direction::Client).with_limits(client.session_limits);
            let connection = prepare(session);
            let begun = Attempt::begin(&connection);
            // Nobody else has the connection who could have closed it.
            let _ = lifecycle::resume_as_client(&connection, attachment, count, begun);
            connection
        }
        (Agreed::New(id), _) => {
            let connection = prepare(owner.new_session(id, username));
            lifecycle::attach_as_client(&connection, attachment);
            connection
        }
        (Agreed::Resumed(_), None) => return Err(ConnectError::NoHandshakeResponse),
    };
    lifecycle::start(&connection);
    supervise(&connection, owner.clone());
    Ok(connection)
}

/// Connects to an application and inspects interfaces of it.
///
/// # Errors
///
/// [`InspectError::Connect`] when there is no connection; [`InspectError::Inspect`] when an interface
/// could not be inspected, with the usable connection inside.
pub async fn connect_and_inspect<I>(
    application: impl Into<ApplicationName>,
    client: Client,
    interfaces: I,
    address: impl IntoConnector,
) -> Result<(Connection, Proxies), InspectError>
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    let connection = connect(application, client, address).await?;
    let interfaces: Vec<String> = interfaces.into_iter().map(Into::into).collect();
    let inspections = join_all(interfaces.iter().map(|name| connection.inspect(name))).await;
    let mut proxies = Proxies::new();
    let mut failed = None;
    for (interface, inspection) in interfaces.into_iter().zip(inspections) {
        match inspection {
            Ok(proxy) => drop(proxies.insert(interface, proxy)),
            Err(error) => failed = failed.or(Some((interface, error))),
        }
    }
    match failed {
        None => Ok((connection, proxies)),
        Some((interface, error)) => {
            Err(InspectError::Inspect { connection, proxies, interface, error })
        }
    }
}
