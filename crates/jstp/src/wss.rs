//! Connections and servers over WebSocket and TLS.
//!
//! An address is a host and port; in text it may have a scheme and a path
//! (`"wss://host:port/path"`), and the scheme can be that of another transport. The settings are those of
//! [`tls`](crate::tls) and [`ws`](crate::ws).
//!
//! ```no_run
//! use jstp::{Client, wss};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = wss::connect("app", Client::default(), "wss://example.com/jstp").await?;
//! # Ok(())
//! # }
//! ```

crate::over::functions!(Wss, "WebSocket over TLS");
