//! The session as users see it.

use std::fmt;

use jstp_session::{Session, SessionId};
use jstp_wire::Value;

use super::Connection;

/// The session of a connection: its identity, and a key-value state of the user's own that lasts as
/// long as the session.
#[derive(Clone)]
pub struct SessionHandle {
    connection: Connection,
}

impl SessionHandle {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Session) -> T) -> T {
        f(self.connection.shared().state().engine.session_mut())
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
        self.with(|session| session.set(key, value))
    }

    /// Removes a value and gives it.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.with(|session| session.remove(key))
    }

    /// Changes a value in one step: `change` gets what is stored and gives what is to be stored. It
    /// must not use the connection.
    pub fn update(&self, key: impl Into<String>, change: impl FnOnce(Option<&Value>) -> Value) {
        let key = key.into();
        self.with(|session| {
            let value = change(session.get(&key));
            session.set(key, value);
        });
    }

    /// A copy of the whole session as it stands, to be stored or resumed elsewhere.
    pub fn snapshot(&self) -> Session {
        self.with(|session| session.clone())
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHandle")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
