//! How JSTP messages get from one side to the other.
//!
//! A [`Transport`] is a two-way stream of *frames*; a frame is the bytes of one message without its
//! terminator. This crate knows nothing else about the protocol. It is for those who write servers
//! and clients upon it, or who bring a transport of their own; users of the `jstp` crate meet it as
//! the type of an address.
//!
//! | module | transport |
//! | --- | --- |
//! | [`tcp`] | TCP |
//! | [`unix`] | Unix sockets |
//! | [`memory`] | both ends in one process, for tests and embedding |
//! | [`FramedStream`] | any other byte stream: serial lines, tunnels, and with [`Halves`] pipes |
//!
//! Clients connect by a [`Connector`], servers accept by a [`Listener`]; what an address may look
//! like is told at [`IntoConnector`] and [`IntoListener`]. A transport of your own can be put to
//! the test of [`conformance`].
//!
//! # Example
//!
//! ```
//! use futures_util::{SinkExt, StreamExt};
//! use jstp_transport::{IntoConnector, IntoListener, TransportOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), jstp_transport::Error> {
//! let options = TransportOptions::default();
//! let mut listener = "127.0.0.1:0".into_listener(&options).await?;
//!
//! let connector = listener.local_address().into_connector()?;
//! let mut client = connector.connect(&options).await?.transport;
//! let mut server = listener.accept().await.into_transport().await?;
//!
//! client.send("{ping:[1]}".into()).await?;
//! assert_eq!(server.next().await.unwrap()?, "{ping:[1]}");
//! # Ok(())
//! # }
//! ```

mod address;
mod backoff;
pub mod conformance;
mod connector;
mod endpoint;
mod error;
mod framed;
mod halves;
mod listener;
pub mod memory;
mod options;
pub mod tcp;
mod transport;
#[cfg(unix)]
pub mod unix;

pub use address::Address;
pub use connector::{Connected, Connector, IntoConnector};
pub use error::Error;
pub use framed::FramedStream;
pub use halves::Halves;
pub use listener::{Accepted, IntoListener, Listener};
pub use options::TransportOptions;
pub use transport::{BoxTransport, Transport};
