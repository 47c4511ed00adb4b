//! JSTP connections: calls, events, applications and remote proxies.
//!
//! For those who assemble JSTP from its crates; users of the whole want the crate `jstp`. It holds what
//! both sides of a connection have in common:
//!
//! - a [`Connection`] calls, emits, inspects and is closed; a [`RemoteProxy`] does so for one interface
//! - an [`Application`] made of [`Interface`]s is what this side serves; [`handler`] tells how its
//!   methods and events are written, [`Api`] is for applications of another kind
//! - [`VersionRange`] and [`VersionRequest`] choose versions by npm's rules
//! - [`lifecycle`] makes connections over transports whose handshake is done
//!
//! ```
//! use jstp_connection::{Application, CallError, Connection, Interface};
//!
//! let application = Application::new("calculators@1.2.0")?
//!     .interface("calculator", Interface::new().method("add", |a: f64, b: f64| a + b));
//!
//! async fn add(connection: &Connection) -> Result<f64, CallError> {
//!     connection.call("calculator", "add", (40, 2)).await
//! }
//! # Ok::<_, jstp_connection::ApplicationError>(())
//! ```

mod api;
mod application;
mod args;
mod audience;
mod budget;
mod call;
mod connection;
mod driver;
mod error;
mod event;
pub mod handler;
mod hub;
pub mod lifecycle;
mod names;
mod options;
mod prepared;
mod proxy;
mod queue;
mod reply;
mod scratch;
mod shared;
mod sync;
mod version;

pub use api::{Api, EventCall, MethodCall, MethodOutcome, Results};
pub use application::{Application, ApplicationError, Interface};
pub use args::{Args, ArgumentsError};
pub use budget::MemoryBudget;
pub use call::{CallOptions, CallResults, WhenFull};
pub use connection::{Connection, SessionHandle, WeakConnection};
pub use error::{CallError, EmitError};
pub use event::{CloseReason, ConnectionEvent, Observer};
pub use handler::{EventHandler, Handler};
pub use hub::ConnectionEvents;
pub use jstp_engine::{Config as EngineConfig, Heartbeat, Placement, SendError, Status};
pub use options::ConnectionOptions;
pub use prepared::PreparedEvent;
pub use proxy::{EventArgs, EventError, Missed, RemoteProxy, Subscription};
pub use queue::QueueLimits;
pub use reply::{IntoOutcome, IntoReply, Many};
pub use semver::Version;
pub use version::{InvalidRange, VersionRange, VersionRequest, split_application};
