//! Connections and servers over TCP, Unix sockets and transports of your own.
//!
//! An address is a host and port (`"127.0.0.1:3000"`), a path of a Unix socket (`"/run/app.sock"`), a URL
//! (`"jstp://host:port"`, and with their features `"jstps://…"`, `"ws://…"`, `"wss://…"`), or any
//! [`Connector`](crate::Connector) or [`Listener`](crate::Listener).

#[cfg(feature = "client")]
pub use jstp_client::{connect, connect_and_inspect};
#[cfg(feature = "server")]
pub use jstp_server::create_server;

/// Resumes the session of a connection over a new transport: the same [`Connection`](crate::Connection), the
/// same session, whatever transport it had. An address without a scheme means TCP.
///
/// For connections that were lost or closed. One that is still alive goes over to the new transport as soon as
/// that is there; its old one is closed.
///
/// # Errors
///
/// As [`ConnectError`](crate::ConnectError) says. A refusal is final for the session: calls under way fail.
#[cfg(feature = "client")]
pub async fn reconnect(
    connection: &crate::Connection,
    address: impl crate::IntoConnector,
) -> Result<(), crate::ConnectError> {
    let address = crate::transport::Over(crate::Scheme::Tcp, address);
    jstp_client::reconnect(connection, address).await
}
