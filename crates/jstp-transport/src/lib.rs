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
//! | `tls` | TLS; feature `tls`, with `aws-lc-rs` a second crypto provider to choose |
//! | `ws` | WebSocket; feature `ws`. With `tls`, over TLS as well |
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
mod binding;
mod certificates;
pub mod conformance;
mod connector;
mod endpoint;
mod error;
mod foreign;
mod framed;
mod halves;
#[cfg(any(feature = "tls", feature = "ws"))]
mod hang_up;
pub mod intake;
mod lent;
mod listener;
pub mod memory;
mod options;
pub mod progress;
mod scheme;
mod target;
pub mod tcp;
#[cfg(feature = "tls")]
pub mod tls;
mod transport;
#[cfg(unix)]
pub mod unix;
#[cfg(feature = "ws")]
pub mod ws;

pub use address::Address;
pub use binding::Binding;
pub use certificates::Certificates;
pub use connector::{Connected, Connector, IntoConnector, Over};
pub use error::Error;
pub use framed::FramedStream;
pub use halves::Halves;
pub use listener::{Accepted, IntoListener, Listener};
pub use options::TransportOptions;
pub use scheme::Scheme;
pub use target::Target;
pub use transport::{BoxTransport, Transport};
