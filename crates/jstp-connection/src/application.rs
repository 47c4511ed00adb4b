//! An application made of interfaces with typed handlers.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use jstp_session::SessionStorageProvider;
use jstp_wire::{RawBuf, RemoteError};
use semver::Version;

use crate::api::{Api, EventCall, MethodCall, MethodOutcome, Results};
use crate::connection::Connection;
use crate::handler::{self, ErasedAnyEvent, IntoEvent};
use crate::names::Names;
use crate::version::split_application;

mod error;
mod interface;
#[cfg(test)]
mod tests;

pub use error::ApplicationError;
pub use interface::Interface;

/// What is served under a name and a version: interfaces with their methods and events.
///
/// ```
/// use jstp_connection::{Application, Connection, Interface};
/// use jstp_wire::RemoteError;
///
/// let application = Application::new("calculators@1.2.0")?
///     .interface(
///         "calculator",
///         Interface::new()
///             .method("answer", || 42)
///             .method("divide", |a: f64, b: f64| {
///                 if b == 0.0 {
///                     return Err(RemoteError::from("Zero division"));
///                 }
///                 Ok(a / b)
///             }),
///     )
///     .interface(
///         "greeter",
///         Interface::new()
///             .method("sayHi", async |name: String| format!("Hi, {name}!"))
///             .event("bye", async |_connection: Connection, name: String| {
///                 tracing::info!(name, "left");
///             }),
///     );
/// assert_eq!(application.name(), "calculators");
/// assert_eq!(application.version().to_string(), "1.2.0");
/// # Ok::<_, jstp_connection::ApplicationError>(())
/// ```
///
/// What handlers may look like is told in the [`handler`](crate::handler) module. Clones share
/// what was registered and are cheap; registering with one afterwards leaves the others as they
/// were.
#[derive(Clone)]
pub struct Application {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    name: String,
    version: Version,
    interfaces: Names<Interface>,
    other_events: Option<ErasedAnyEvent>,
    session_storage: Option<Arc<dyn SessionStorageProvider>>,
}

impl Application {
    /// An application without interfaces, named `name` (then its version is 1.0.0) or
    /// `name@version`.
    ///
    /// # Errors
    ///
    /// When the name is empty, or the version is not an exact one of three numbers as of
    /// [semver](https://semver.org).
    pub fn new(name: &str) -> Result<Self, ApplicationError> {
        let (name, version) = split_application(name);
        let version = match version {
            None => Version::new(1, 0, 0),
            Some(text) => {
                Version::parse(text).map_err(|source| ApplicationError::InvalidVersion {
                    text: text.to_owned(),
                    source,
                })?
            }
        };
        if name.is_empty() {
            return Err(ApplicationError::EmptyName);
        }
        Ok(Self::named(name, version))
    }

    fn named(name: &str, version: Version) -> Self {
        Self {
            inner: Arc::new(Inner {
                name: name.to_owned(),
                version,
                interfaces: Names::default(),
                other_events: None,
                session_storage: None,
            }),
        }
    }

    /// Serves `interface` under `name`.
    ///
    /// # Panics
    ///
    /// When the name is empty or there is an interface of that name already. See
    /// [`try_interface`](Self::try_interface) where names are not literals.
    #[must_use]
    #[track_caller]
    pub fn interface(self, name: impl Into<String>, interface: Interface) -> Self {
        match self.try_interface(name, interface) {
            Ok(application) => application,
            Err(error) => panic!("{error}"),
        }
    }

    /// Serves `interface` under `name`.
    ///
    /// # Errors
    ///
    /// When the name is empty or there is an interface of that name already.
    pub fn try_interface(
        mut self,
        name: impl Into<String>,
        interface: Interface,
    ) -> Result<Self, ApplicationError> {
        let name = name.into();
        if name.is_empty() {
            return Err(ApplicationError::EmptyInterfaceName);
        }
        let interfaces = &mut Arc::make_mut(&mut self.inner).interfaces;
        if interfaces.contains_key(&name) {
            return Err(ApplicationError::DuplicateInterface(name));
        }
        interfaces.insert(name, interface);
        Ok(self)
    }

    /// Hands every event that no interface has a handler for to `handler`: a closure or
    /// function, plain or async, that takes the connection, the names of interface and event,
    /// and the arguments as the text of an array. A handler set before is replaced.
    ///
    /// ```
    /// use jstp_connection::{Application, Connection};
    /// use jstp_wire::RawBuf;
    ///
    /// let application = Application::new("recorder")?.event_handler(
    ///     |_connection: Connection, interface: String, event: String, args: RawBuf| {
    ///         tracing::info!("{interface}.{event} {}", args.as_raw());
    ///     },
    /// );
    /// # Ok::<_, jstp_connection::ApplicationError>(())
    /// ```
    #[must_use]
    pub fn event_handler<F, R, M>(mut self, handler: F) -> Self
    where
        F: Fn(Connection, String, String, RawBuf) -> R + Send + Sync + 'static,
        R: IntoEvent<M>,
    {
        Arc::make_mut(&mut self.inner).other_events = Some(handler::any_event(handler));
        self
    }

    /// Keeps the sessions of this application in `storage` instead of the server's own one.
    #[must_use]
    pub fn with_session_storage(mut self, storage: Arc<dyn SessionStorageProvider>) -> Self {
        Arc::make_mut(&mut self.inner).session_storage = Some(storage);
        self
    }

    /// The name, without the version.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The version.
    pub fn version(&self) -> &Version {
        &self.inner.version
    }
}

/// The application `jstp@1.0.0` without interfaces: what a client serves when it is given none.
impl Default for Application {
    fn default() -> Self {
        Self::named("jstp", Version::new(1, 0, 0))
    }
}

impl Api for Application {
    fn name(&self) -> &str {
        self.name()
    }

    fn version(&self) -> &Version {
        self.version()
    }

    fn call_method(&self, call: MethodCall<'_>, results: &mut Results) -> MethodOutcome {
        let Some(interface) = self.inner.interfaces.get(call.interface) else {
            return MethodOutcome::Failed(RemoteError::interface_not_found());
        };
        match interface.method_handler(call.method) {
            Some(handler) => handler(&call, results),
            None => MethodOutcome::Failed(RemoteError::method_not_found()),
        }
    }

    fn methods(&self, interface: &str) -> Option<Vec<String>> {
        let interface = self.inner.interfaces.get(interface)?;
        Some(interface.method_names().to_vec())
    }

    fn handle_event(&self, event: EventCall<'_>) -> Option<BoxFuture<'static, ()>> {
        let interface = self.inner.interfaces.get(event.interface);
        let Some(handler) = interface.and_then(|interface| interface.event_handler(event.event))
        else {
            return self.inner.other_events.as_ref()?(&event);
        };
        handler(&event).unwrap_or_else(|error| {
            tracing::debug!(
                interface = event.interface,
                event = event.event,
                %error,
                "an event was ignored for its arguments"
            );
            None
        })
    }

    fn session_storage(&self) -> Option<Arc<dyn SessionStorageProvider>> {
        self.inner.session_storage.clone()
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("name", &self.inner.name)
            .field("version", &format_args!("{}", self.inner.version))
            .field("interfaces", &self.inner.interfaces)
            .finish_non_exhaustive()
    }
}
