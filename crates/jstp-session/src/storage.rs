use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::{Session, SessionId};

/// Where a server keeps the sessions of connections that are closed.
///
/// The server hands a session over when its connection closes and marks it inactive; it asks for
/// it again when a client wants to resume. Implement this trait to keep sessions in a file or a
/// database, and run [`conformance::run`](crate::conformance::run) on the result. The text of
/// [`Session`] (`to_string` and [`Session::from_string`]) is the form to store: it is the one that
/// Node.js servers use too.
///
/// Every method may fail with a [`StorageError`] of the store: it cannot be reached, has no room, or
/// holds a text that is no session.
///
/// Methods may be called from many tasks at once. The server takes care that a session has only
/// one owner; a provider that several servers share should see to it in [`get`](Self::get).
#[async_trait]
pub trait SessionStorageProvider: fmt::Debug + Send + Sync + 'static {
    /// The session with this id, or `None` when it is unknown or has expired.
    ///
    /// It becomes active: it must not expire until [`set_inactive`](Self::set_inactive).
    async fn get(&self, id: &SessionId) -> Result<Option<Session>, StorageError>;

    /// Stores the session under its own id, in the place of an earlier state of it. It is active.
    async fn set(&self, session: Session) -> Result<(), StorageError>;

    /// Says that no connection uses the session now; from here on its lifetime counts.
    ///
    /// An id that is unknown is not an error.
    async fn set_inactive(&self, id: &SessionId) -> Result<(), StorageError>;

    /// Forgets a session that has ended for good. An id that is unknown is not an error.
    async fn remove(&self, id: &SessionId) -> Result<(), StorageError>;

    /// Drops the sessions that have expired and says how many there were.
    ///
    /// The server calls it every [`purge_interval`](Self::purge_interval). The default does
    /// nothing, which suits stores that expire by themselves.
    async fn purge(&self) -> Result<usize, StorageError> {
        Ok(0)
    }

    /// How often [`purge`](Self::purge) is to be called; by default (`None`) never.
    fn purge_interval(&self) -> Option<Duration> {
        None
    }
}

/// What went wrong in a session store, whatever kind of error that store has.
///
/// ```
/// use jstp_session::StorageError;
///
/// let error = StorageError::new("the disk is full");
/// assert_eq!(error.to_string(), "the disk is full");
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StorageError(Box<dyn StdError + Send + Sync>);

impl StorageError {
    /// Wraps the error of a store, or a text.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(source.into())
    }

    /// The wrapped error, to be looked at or downcast.
    pub fn into_inner(self) -> Box<dyn StdError + Send + Sync> {
        self.0
    }
}

/// A stored text that cannot be read is an error of the store.
impl From<crate::Error> for StorageError {
    fn from(error: crate::Error) -> Self {
        Self::new(error)
    }
}
