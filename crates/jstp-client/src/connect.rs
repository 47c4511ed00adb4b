//! `connect` and `connect_and_inspect`.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;
use jstp_connection::lifecycle::Attempt;
use jstp_connection::{Connection, RemoteProxy, lifecycle};
use jstp_session::{Direction, Session};
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
/// [`Client::session`] that session is resumed, otherwise a new one is made; both, one after the other,
/// with [`Client::new_session_when_refused`].
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
    let connected = connector.connect(&client.transport).await?;
    let owner = Arc::new(Owner::new(application, client, connector.clone()));
    let client = &owner.client;
    let connection = match client.session.clone() {
        None => begin(&owner, connected).await?,
        Some(session) => match go_on(&owner, session, connected).await {
            Err(ConnectError::Refused(_)) if client.new_session_when_refused => {
                begin(&owner, connector.connect(&client.transport).await?).await?
            }
            outcome => outcome?,
        },
    };
    lifecycle::start(&connection);
    supervise(&connection, owner.clone());
    Ok(connection)
}

/// Asks for a new session.
async fn begin(owner: &Arc<Owner>, connected: Connected) -> Result<Connection, ConnectError> {
    let (handshake, username) = owner.request_new().await?;
    let timeout = owner.client.handshake_timeout;
    match shake_hands(connected, &handshake, timeout).await? {
        (attachment, Agreed::New(id)) => {
            let connection = prepare(owner, owner.new_session(id, username));
            lifecycle::attach_as_client(&connection, attachment);
            Ok(connection)
        }
        _ => Err(ConnectError::NoHandshakeResponse),
    }
}

/// Asks to go on with a session that was kept.
async fn go_on(
    owner: &Arc<Owner>,
    session: Session,
    connected: Connected,
) -> Result<Connection, ConnectError> {
    owner.permit_resume(session.id()).await?;
    let handshake = owner.request_resume(session.id(), session.received());
    let timeout = owner.client.handshake_timeout;
    match shake_hands(connected, &handshake, timeout).await? {
        (attachment, Agreed::Resumed(count)) => {
            let limits = owner.client.session_limits;
            let session = session
                .with_direction(Direction::Client)
                .with_limits(limits);
            let connection = prepare(owner, session);
            let begun = Attempt::begin(&connection);
            // Nobody else has the connection who could have closed it.
            let _ = lifecycle::resume_as_client(&connection, attachment, count, begun);
            Ok(connection)
        }
        _ => Err(ConnectError::NoHandshakeResponse),
    }
}

fn prepare(owner: &Arc<Owner>, session: Session) -> Connection {
    let client = &owner.client;
    let options = client.connection_options();
    lifecycle::prepare(session, client.application.clone(), options, owner.clone())
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
        Some((interface, error)) => Err(InspectError::Inspect {
            connection,
            proxies,
            interface,
            error,
        }),
    }
}
