//! JSTP servers on a route of an [axum] web server: pages, other routes and JSTP on one port.
//!
//! For those who have a web server, or want one beside their JSTP server, for instance to serve a page
//! whose script talks to it. Clients connect by WebSocket, to the URL of the route. Sessions,
//! applications and broadcasts are those of the [`Server`](jstp_server::Server), whatever else it listens
//! on: a session that was made over TCP is resumed over the route.
//!
//! ```
//! use axum::{Router, routing::get};
//! use jstp::{Application, Client, Interface, net, ws};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let greeter = Interface::new().method("greet", |name: String| format!("Hi, {name}!"));
//! let server = net::create_server([Application::new("greeter")?.interface("greeter", greeter)]);
//!
//! let router = Router::new()
//!     .route("/", get(|| async { "a page" }))
//!     .route("/jstp", jstp_axum::route(&server));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("ws://{}/jstp", listener.local_addr()?);
//! tokio::spawn(jstp_axum::serve(listener, router).into_future());
//!
//! let connection = ws::connect("greeter", Client::default(), url).await?;
//! let greeting: String = connection.call("greeter", "greet", ("JSTP",)).await?;
//! assert_eq!(greeting, "Hi, JSTP!");
//! server.shutdown(std::time::Duration::from_secs(5)).await;
//! # Ok(())
//! # }
//! ```
//!
//! # Who bounds what
//!
//! | | by | default |
//! | --- | --- | --- |
//! | time and memory for the head of a request | the web server; [`serve`](serve()) bounds both, `axum::serve` only the memory | 3 s, 16 KiB |
//! | time for 16 KiB of an answer to be taken, or of a request's body to come | [`serve`](serve()) bounds both, `axum::serve` neither | 10 s |
//! | connections before the upgrade, and pages | the web server; [`serve`](serve()) bounds them, `axum::serve` does not | 1,024 |
//! | time from the upgrade to the end of the JSTP handshake | [`handshake_timeout`](jstp_server::ServerOptions::handshake_timeout) | 3 s |
//! | connections after the upgrade | [`max_connections`](jstp_server::ServerOptions::max_connections); beyond it the answer is 503 | 10,000 |
//! | messages and everything else | as over any transport | |
//!
//! Upgrades are those of HTTP/1.1. Over HTTP/2 (extended CONNECT, RFC 8441) there are none: browsers and proxies
//! use HTTP/1.1 for WebSocket where a server does not offer the other.
//!
//! # Stopping
//!
//! A connection that was upgraded is no longer the web server's: stop that first, then
//! [shut down](jstp_server::Server::shutdown) the JSTP server.

mod body;
mod request;
mod route;
mod serve;
mod stall;

pub use request::{JstpRejection, JstpUpgrade};
pub use route::{route, route_with};
pub use serve::{Serve, serve};
