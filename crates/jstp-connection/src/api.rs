//! What a connection serves to its peer.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use jstp_session::SessionStorageProvider;
use jstp_wire::RemoteError;
use semver::Version;

use crate::args::Args;
use crate::connection::Connection;

mod results;

pub use results::Results;

/// What a connection serves to its peer: named, versioned, with interfaces of methods and events.
///
/// [`Application`](crate::Application) is the implementation to use as a rule. One of your own
/// may look methods up elsewhere, or pass calls on as text.
///
/// ```
/// use futures_core::future::BoxFuture;
/// use jstp_connection::{Api, EventCall, MethodCall, MethodOutcome, Results};
/// use jstp_wire::RemoteError;
/// use semver::Version;
///
/// /// Answers every call with its own arguments.
/// struct Mirror(Version);
///
/// impl Api for Mirror {
///     fn name(&self) -> &str {
///         "mirror"
///     }
///
///     fn version(&self) -> &Version {
///         &self.0
///     }
///
///     fn call_method(&self, call: MethodCall<'_>, results: &mut Results) -> MethodOutcome {
///         let args = call.args.map(|args| results.set_many(&args.as_raw()));
///         match args {
///             Some(Ok(())) => MethodOutcome::Done,
///             _ => MethodOutcome::Failed(RemoteError::invalid_signature()),
///         }
///     }
///
///     fn methods(&self, _interface: &str) -> Option<Vec<String>> {
///         None
///     }
///
///     fn handle_event(&self, _event: EventCall<'_>) -> Option<BoxFuture<'static, ()>> {
///         None
///     }
/// }
/// ```
///
/// The methods run on the task that drives the connection and therefore must not block: what
/// takes time belongs into the future they return.
pub trait Api: Send + Sync + 'static {
    /// The name that clients ask for in their handshake.
    fn name(&self) -> &str;

    /// The exact version, which clients may ask for by a range.
    fn version(&self) -> &Version;

    /// Handles one incoming call.
    ///
    /// `results` is empty at first. It is part of the answer if the outcome is
    /// [`MethodOutcome::Done`], and not looked at otherwise.
    ///
    /// By the protocol an unknown interface is answered by error 12, an unknown method by error
    /// 14, and arguments of another number or type, or that are no array, by error 17, checked
    /// in this order.
    fn call_method(&self, call: MethodCall<'_>, results: &mut Results) -> MethodOutcome;

    /// The names of the methods of `interface` in the order of their definition, which answer
    /// an inspection; `None` (error 12) if there is no such interface.
    fn methods(&self, interface: &str) -> Option<Vec<String>>;

    /// Handles one incoming event; unknown ones are ignored.
    ///
    /// A returned future is run to its end together with the calls of the connection; the next
    /// messages do not wait for it.
    fn handle_event(&self, event: EventCall<'_>) -> Option<BoxFuture<'static, ()>>;

    /// Where a server keeps the sessions of this application; `None`, the default, for the
    /// server's own place.
    fn session_storage(&self) -> Option<Arc<dyn SessionStorageProvider>> {
        None
    }
}

/// One incoming call, borrowed from its message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MethodCall<'a> {
    /// The connection that the call came by.
    pub connection: &'a Connection,
    /// The name of the interface.
    pub interface: &'a str,
    /// The name of the method.
    pub method: &'a str,
    /// The arguments; `None` if what stood for them is no array.
    pub args: Option<Args<'a>>,
}

impl<'a> MethodCall<'a> {
    /// Puts a call together.
    pub fn new(
        connection: &'a Connection,
        interface: &'a str,
        method: &'a str,
        args: Option<Args<'a>>,
    ) -> Self {
        Self {
            connection,
            interface,
            method,
            args,
        }
    }
}

/// One incoming event, borrowed from its message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EventCall<'a> {
    /// The connection that the event came by.
    pub connection: &'a Connection,
    /// The name of the interface.
    pub interface: &'a str,
    /// The name of the event.
    pub event: &'a str,
    /// The arguments.
    pub args: Args<'a>,
}

impl<'a> EventCall<'a> {
    /// Puts an event together.
    pub fn new(
        connection: &'a Connection,
        interface: &'a str,
        event: &'a str,
        args: Args<'a>,
    ) -> Self {
        Self {
            connection,
            interface,
            event,
            args,
        }
    }
}

/// What became of a call.
#[non_exhaustive]
pub enum MethodOutcome {
    /// It is done; its results stand in the [`Results`] that were handed in.
    Done,
    /// It failed, and the caller gets this error.
    Failed(RemoteError),
    /// It will be done, or fail, when this future ends.
    Pending(BoxFuture<'static, Result<Results, RemoteError>>),
}

impl fmt::Debug for MethodOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("Done"),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
            Self::Pending(_) => f.write_str("Pending(..)"),
        }
    }
}

impl From<Result<(), RemoteError>> for MethodOutcome {
    fn from(result: Result<(), RemoteError>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(error) => Self::Failed(error),
        }
    }
}
