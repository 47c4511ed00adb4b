//! Connections and servers over TCP, Unix sockets and transports of your own.
//!
//! An address is a host and port (`"127.0.0.1:3000"`), a path of a Unix socket (`"/run/app.sock"`), a URL
//! (`"jstp://host:port"`, and with their features `"jstps://…"`, `"ws://…"`, `"wss://…"`), or any [`Connector`](crate::Connector) or [`Listener`](crate::Listener).

#[cfg(feature = "client")]
pub use jstp_client::{connect, connect_and_inspect, reconnect};
#[cfg(feature = "server")]
pub use jstp_server::create_server;
