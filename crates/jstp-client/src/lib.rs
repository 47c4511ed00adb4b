//! JSTP clients: connect, inspect and reconnect.
//!
//! For those who assemble JSTP from its crates; users of the whole want the crate `jstp`, where the
//! same functions work over every transport.
//!
//! ```no_run
//! use jstp_client::{Client, connect_and_inspect};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let (connection, proxies) =
//!     connect_and_inspect("testApp@^1.2", Client::default(), ["someService"], "127.0.0.1:3000").await?;
//! let greeting: String = proxies["someService"].call("sayHi", ("JSTP",)).await?;
//! connection.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! A connection that is lost is resumed by the client's [`Reconnector`]: calls and events
//! that had not arrived are sent then. A resume that the server refuses is final for the session.

mod client;
mod connect;
mod error;
mod handshake;
mod owner;
mod reconnect;
mod reconnector;
mod supervisor;

pub use client::{ApplicationName, Client};
pub use connect::{Proxies, connect, connect_and_inspect};
pub use error::{ConnectError, InspectError};
pub use jstp_engine::HandshakeError;
pub use reconnect::reconnect;
pub use reconnector::{Backoff, Reconnect, ReconnectContext, Reconnector};
