//! JSTP (JavaScript Transfer Protocol) for Rust: full-duplex RPC with events and resumable sessions.
//!
//! Either side of a connection calls methods of the other, emits events to it and inspects its
//! interfaces. A session outlives its connections: after a loss it is resumed, and what was not
//! delivered is sent again. On the wire this is the protocol of the npm package `@metarhia/jstp`, so
//! that Node.js and browser peers notice no difference.
//!
//! ```
//! use jstp::{Application, Client, Connection, Interface, net};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = Application::new("testApp@1.2.0")?.interface(
//!     "someService",
//!     Interface::new()
//!         .method("sayHi", async |name: String| format!("Hi, {name}!"))
//!         .method("whoAmI", |connection: Connection| connection.username()),
//! );
//! let server = net::create_server([app]).listen("127.0.0.1:0").await?;
//! let address = server.local_address().unwrap().to_string();
//!
//! let (connection, proxies) =
//!     net::connect_and_inspect("testApp@^1.0", Client::default(), ["someService"], address).await?;
//! let greeting: String = proxies["someService"].call("sayHi", ("JSTP",)).await?;
//! assert_eq!(greeting, "Hi, JSTP!");
//!
//! connection.close().await;
//! server.shutdown(std::time::Duration::from_secs(5)).await;
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! | --- | --- |
//! | connecting, again after a loss too | [`net::connect`], [`net::connect_and_inspect`], [`net::reconnect`], [`Reconnector`] |
//! | a client's options | [`Client`], [`ConnectPolicy`], [`Client::new_session_when_refused`] |
//! | calling, and calls that are made again when their answer is lost | [`Connection::call`], [`Connection::call_with_resend`], [`RemoteProxy`] |
//! | events: to the other side, to the subscribers of this side alone, from either | [`Connection::emit`], [`RemoteProxy::emit_local`], [`RemoteProxy::subscribe`] |
//! | serving methods and events | [`Application`], [`Interface`], [`handler`] |
//! | a server, its clients, events to all of them | [`net::create_server`], [`ServerOptions`], [`Server::get_clients`], [`Server::broadcast`] |
//! | versions, and new ones while clients are connected | [`VersionRange`], [`Server::update_applications`], [`Server::update_connections_api`] |
//! | who may in | [`AuthPolicy`] on servers, [`ConnectPolicy`] on clients |
//! | heartbeats | [`Connection::start_heartbeat`], [`Client::heartbeat_interval`], [`ServerOptions::heartbeat_interval`] |
//! | a session's own values | [`Connection::session`] |
//! | where sessions are kept, by server or by application | [`SessionStorageProvider`], [`ServerOptions::session_storage`], [`Application::with_session_storage`] |
//! | what happens on a connection or a server | [`Connection::events`], [`Server::events`], [`Observer`] |
//! | limits | [`ConnectionOptions`], [`EngineConfig`], [`SessionLimits`], [`TransportOptions`], [`ServerOptions`] |
//! | TLS, certificates | `tls`, [`Connection::peer_certificates`], [`AuthRequest::peer_certificates`] |
//! | WebSocket, also upgraded by a web server of yours | `ws`, `wss`, [`Server::admit`] |
//! | transports of your own | [`transport`] |
//! | the text format without connections | [`wire`] |
//!
//! Items come from inner crates, and so do the examples in their documentation: read `jstp::` for
//! `jstp_client::`, `jstp_server::`, `jstp_connection::` and so on. Traits of your own policies,
//! reconnectors and storages are implemented with [`async_trait`](macro@async_trait).
//!
//! # Features
//!
//! | feature | default | gives |
//! | --- | --- | --- |
//! | `client` | yes | `net::connect`, `net::connect_and_inspect`, `net::reconnect`, [`Client`] |
//! | `server` | yes | `net::create_server`, [`ServerOptions`] |
//! | `tls` | no | module `tls`, addresses `jstps://`; with `ws` module `wss`, addresses `wss://` |
//! | `aws-lc-rs` | no | `tls`, with `aws-lc-rs` as a second crypto provider to choose beside `ring` |
//! | `ws` | no | module `ws`, addresses `ws://`; with `tls` module `wss`, addresses `wss://` |
//!
//! The functions of `tls`, `ws` and `wss` are those of [`net`]; all that differs is what an address
//! without a scheme means. One with a scheme means the same everywhere.

pub mod net;
#[cfg(any(feature = "tls", feature = "ws"))]
mod over;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "ws")]
pub mod ws;
#[cfg(all(feature = "tls", feature = "ws"))]
pub mod wss;

pub use async_trait::async_trait;

pub use jstp_auth::{
    AuthError, AuthPolicy, AuthRequest, ConnectPolicy, ConnectPolicyError, ConnectRequest,
    Credentials, LoginTable, SimpleConnectPolicy, Strategy, StrategyNameError,
};
#[cfg(feature = "client")]
pub use jstp_client::{
    ApplicationName, Backoff, Client, ConnectError, HandshakeError, InspectError, Proxies,
    Reconnect, ReconnectContext, Reconnector,
};
pub use jstp_connection::{
    Api, Application, ApplicationError, Args, ArgumentsError, CallError, CallOptions, CallResults,
    CloseReason, Connection, ConnectionEvent, ConnectionEvents, ConnectionOptions, EmitError,
    EngineConfig, EventArgs, EventCall, EventError, EventHandler, Handler, Heartbeat, Interface,
    IntoOutcome, IntoReply, InvalidRange, Many, MemoryBudget, MethodCall, MethodOutcome, Missed,
    Observer, Placement, PreparedEvent, QueueLimits, RemoteProxy, Results, SendError,
    SessionHandle, Status, Subscription, Version, VersionRange, WeakConnection, WhenFull, handler,
};
#[cfg(feature = "server")]
pub use jstp_server::{
    ApplicationIndex, BroadcastReport, Server, ServerEvent, ServerEvents, ServerOptions, WeakServer,
};
pub use jstp_session::{
    Direction, Session, SessionId, SessionLimits, SessionStorageProvider,
    SimpleSessionStorageProvider, StorageError,
};
pub use jstp_transport::{
    Accepted, Address, Binding, Certificates, Connector, IntoConnector, IntoListener, Listener,
    Scheme, Target, TransportOptions,
};
pub use jstp_wire::{RemoteError, Undefined, Value, value};

/// Sessions and their storage: what those need who keep sessions elsewhere, and the test that a storage
/// of one's own has to pass.
pub use jstp_session as session;
/// Transports: those there are, and how to make your own.
pub use jstp_transport as transport;
/// The text format, messages and framing.
pub use jstp_wire as wire;
