//! Connections and servers over WebSocket.
//!
//! An address is a host and port; in text it may have a scheme and a path
//! (`"ws://host:port/path"`), and the scheme can be that of another transport.
//!
//! ```no_run
//! use jstp::{Application, Client, ServerOptions, TransportOptions, ws};
//!
//! # async fn run(app: Application) -> Result<(), Box<dyn std::error::Error>> {
//! let transport = TransportOptions::default().with_origins(ws::Origins::only(["https://example.com"]));
//! let options = ServerOptions::new([app]).with_transport(transport);
//! let server = ws::create_server(options).listen("0.0.0.0:8080").await?;
//!
//! let connection = ws::connect("app", Client::default(), "example.com:8080").await?;
//! # Ok(())
//! # }
//! ```
//!
//! A web server hands connections that it has upgraded over to
//! [`Server::admit`](crate::Server::admit): see [`from_upgraded`] and [`respond`].

pub use jstp_transport::ws::{
    Origins, Refusal, SUBPROTOCOL, UpgradeHeaders, WsStream, from_upgraded, respond,
};

crate::over::functions!(Ws, "WebSocket");
