//! WebSocket: one text message is one message of JSTP.
//!
//! Listeners and connectors come by addresses such as `"ws://host:port"`. A web server that has
//! upgraded a connection itself hands it over with [`from_upgraded`]; [`respond`] tells it how to
//! answer the request:
//!
//! ```
//! use jstp_transport::{Accepted, Address, Error, TransportOptions, ws};
//! use tokio::io::{AsyncRead, AsyncWrite};
//! use tungstenite::http;
//!
//! # struct Upgraded;
//! /// For a request on the path of JSTP: the answer, and the connection that it becomes.
//! fn upgrade<S>(
//!     request: &http::Request<()>,
//!     upgraded: impl Future<Output = Result<S, Error>> + Send + 'static,
//!     peer: Address,
//!     options: TransportOptions,
//! ) -> Result<(http::Response<()>, Accepted), ws::Refusal>
//! where
//!     S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
//! {
//!     let response = ws::respond(request, &options)?;
//!     let accepted = Accepted::pending(peer, async move {
//!         Ok(ws::from_upgraded(upgraded.await?, &options))
//!     });
//!     Ok((response, accepted)) // which a server admits
//! }
//! ```
//!
//! The subprotocol [`SUBPROTOCOL`] has to be offered by clients and is confirmed by servers. What is
//! sent is text; what is received may be text or binary, in fragments or not. Messages that contain
//! a NUL byte end the connection.
//!
//! The upgrade and the headers of frames are those of the crate `tungstenite`. The stream over them is
//! [`WsStream`], which unlike tungstenite's keeps no buffers while it is idle, and gives those of
//! long messages back.

mod frame;
mod head;
mod headers;
mod input;
mod origins;
mod output;
mod request;
mod response;
mod stream;

pub use headers::UpgradeHeaders;
pub use origins::Origins;
pub use response::{Refusal, respond};
pub use stream::WsStream;

pub(crate) use request::connect;
pub(crate) use response::accept;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::{BoxTransport, TransportOptions};

/// The subprotocol that clients have to offer. It is compared without regard to case.
pub const SUBPROTOCOL: &str = "metarhia-jstp";

/// The transport over a connection that a web server has upgraded, having answered as [`respond`]
/// says. Nothing may have been read from it since.
pub fn from_upgraded<S>(stream: S, options: &TransportOptions) -> BoxTransport
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    Box::pin(WsStream::server(stream, options))
}

fn is_subprotocol(name: &str) -> bool {
    name.eq_ignore_ascii_case(SUBPROTOCOL)
}

#[cfg(test)]
mod tests;
