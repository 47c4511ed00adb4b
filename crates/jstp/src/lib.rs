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
//! | serving methods and events | [`Application`], [`Interface`], [`handler`] |
//! | connecting and calling | [`net::connect`], [`Connection`], [`RemoteProxy`] |
//! | a server | [`net::create_server`], [`ServerOptions`], [`Server`] |
//! | who may in | [`AuthPolicy`] on servers, [`ConnectPolicy`] on clients |
//! | losses and what survives them | [`Connection::call`], [`Reconnector`], [`SessionStorageProvider`] |
//! | transports of your own | [`transport`] |
//! | the text format without connections | [`wire`] |
//!
//! # Features
//!
//! | feature | default | gives |
//! | --- | --- | --- |
//! | `client` | yes | `net::connect`, `net::connect_and_inspect`, `net::reconnect`, [`Client`] |
//! | `server` | yes | `net::create_server`, [`ServerOptions`] |

pub mod net;

pub use jstp_auth::{
    AuthError, AuthPolicy, AuthRequest, ConnectPolicy, ConnectPolicyError, ConnectRequest,
    Credentials, LoginTable, SimpleConnectPolicy, Strategy,
};
#[cfg(feature = "client")]
pub use jstp_client::{
    ApplicationName, Backoff, Client, ConnectError, InspectError, Proxies, Reconnect,
    ReconnectContext, Reconnector,
};
pub use jstp_connection::{
    Api, Application, ApplicationError, Args, CallError, CallOptions, CallResults, CloseReason,
    Connection, ConnectionEvent, ConnectionEvents, ConnectionOptions, EmitError, EngineConfig,
    EventArgs, EventCall, EventHandler, Handler, Heartbeat, Interface, Many, MethodCall,
    MethodOutcome, Missed, Observer, RemoteProxy, Results, SendError, SessionHandle, Status,
    Subscription, Version, VersionRange, WeakConnection, WhenFull, handler,
};
#[cfg(feature = "server")]
pub use jstp_server::{
    ApplicationIndex, BroadcastReport, Server, ServerEvent, ServerEvents, ServerOptions, WeakServer,
};
pub use jstp_session::{
    Session, SessionId, SessionLimits, SessionStorageProvider, SimpleSessionStorageProvider,
    StorageError,
};
pub use jstp_transport::{
    Address, Connector, IntoConnector, IntoListener, Listener, TransportOptions,
};
pub use jstp_wire::{RemoteError, Undefined, Value, value};

/// Transports: those there are, and how to make your own.
pub use jstp_transport as transport;
/// The text format, messages and framing.
pub use jstp_wire as wire;

/// The README, whose code is compiled with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
