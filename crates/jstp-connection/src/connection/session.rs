//! The session as users see it.

use std::fmt;

use jstp_session::{Session, SessionId};
use jstp_wire::Value;

use super::Connection;

/// The session of a connection: its identity, and a key-value state of the user's own that lasts as
/// long as the session. It is stored with it, so keep it small. Each side has values of its own; none
/// of them is sent.
///
/// ```
/// use jstp_connection::{Connection, Interface};
/// use jstp_wire::Value;
///
/// let interface = Interface::new().method("visit", |connection: Connection| {
///     connection.session().update("visits", |visits| {
///         Value::from(visits.and_then(Value::as_f64).unwrap_or(0.0) + 1.0)
///     });
/// });
/// ```
#[derive(Clone)]
pub struct SessionHandle {
    connection: Connection,
}

impl SessionHandle {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn with<T>(&self, read: impl FnOnce(&Session) -> T) -> T {
        read(self.connection.shared().state().engine.session())
    }

    /// The id, by which the session can be resumed.
    pub fn id(&self) -> SessionId {
        self.with(|session| session.id().clone())
    }

    /// The user name that authentication gave.
    pub fn username(&self) -> Option<String> {
        self.with(|session| session.username().map(ToOwned::to_owned))
    }

    /// The name of the application that it was made for.
    pub fn application(&self) -> Option<String> {
        self.with(|session| session.application().map(ToOwned::to_owned))
    }

    /// The value stored under `key`.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.with(|session| session.get(key).cloned())
    }

    /// Stores a value and gives the one that was there.
    pub fn set(&self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        let mut state = self.connection.shared().state();
        state.session_writes += 1;
        state.engine.session_mut().set(key, value)
    }

    /// Removes a value and gives it.
    pub fn remove(&self, key: &str) -> Option<Value> {
        let mut state = self.connection.shared().state();
        state.session_writes += 1;
        state.engine.session_mut().remove(key)
    }

    /// Changes a value in one step: `change` gets what is stored and gives what is to be stored. It is
    /// asked again when somebody else has changed the session's values meanwhile.
    pub fn update(&self, key: impl Into<String>, mut change: impl FnMut(Option<&Value>) -> Value) {
        let key = key.into();
        loop {
            let (old, writes) = {
                let state = self.connection.shared().state();
                (
                    state.engine.session().get(&key).cloned(),
                    state.session_writes,
                )
            };
            // Not under the lock: it may use the connection.
            let new = change(old.as_ref());
            let mut state = self.connection.shared().state();
            if state.session_writes == writes {
                state.session_writes += 1;
                state.engine.session_mut().set(key, new);
                return;
            }
        }
    }

    /// A copy of the whole session as it stands, to be stored or resumed elsewhere. Events that wait for
    /// room in its buffer ([`PreparedEvent::queue_to`](crate::PreparedEvent::queue_to)) are in it, beyond
    /// its limits. Such a snapshot is overtaken as soon as anything more is sent here
    /// ([`Engine::snapshot`](jstp_engine::Engine::snapshot)).
    pub fn snapshot(&self) -> Session {
        self.connection.shared().state().engine.snapshot()
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHandle")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
