//! JSTP connections: calls, events, applications and remote proxies.

mod api;
mod application;
mod args;
mod call;
mod connection;
mod driver;
mod error;
mod event;
pub mod handler;
mod hub;
pub mod lifecycle;
mod options;
mod prepared;
mod proxy;
mod queue;
mod reply;
mod shared;
mod sync;
mod version;

pub use version::{InvalidRange, VersionRange, VersionRequest, split_application};

pub use api::{Api, EventCall, MethodCall, MethodOutcome, Results};
pub use application::{Application, ApplicationError, Interface};
pub use args::{Args, ArgumentsError};
pub use call::{CallOptions, CallResults, WhenFull};
pub use connection::{Connection, SessionHandle, WeakConnection};
pub use error::{CallError, EmitError};
pub use event::{CloseReason, ConnectionEvent, Observer};
pub use handler::{EventHandler, Handler};
pub use hub::ConnectionEvents;
pub use jstp_engine::{Config as EngineConfig, Heartbeat, SendError, Status};
pub use options::ConnectionOptions;
pub use prepared::PreparedEvent;
pub use proxy::{EventArgs, Missed, RemoteProxy, Subscription};
pub use reply::{IntoOutcome, IntoReply, Many};
pub use semver::Version;
