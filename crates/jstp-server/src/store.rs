//! Sessions to and from their storage.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jstp_connection::{Api, Connection, lifecycle};
use jstp_session::{Session, SessionId, SessionStorageProvider, StorageError};
use tokio::time::Instant;

use crate::event::ServerEvent;
use crate::registry::{Live, RestoreRight};
use crate::server::Inner;

/// Longer than a session stays in memory at most: a year.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Runs a storage provider; one that panics has failed.
pub(crate) async fn guarded<T>(
    operation: impl Future<Output = Result<T, StorageError>>,
) -> Result<T, StorageError> {
    let outcome = AssertUnwindSafe(operation).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(StorageError::new("the session storage panicked")))
}

impl Inner {
    /// Where the sessions of an application are kept.
    pub(crate) fn storage(&self, application: &dyn Api) -> Arc<dyn SessionStorageProvider> {
        application
            .session_storage()
            .unwrap_or_else(|| self.options.session_storage.clone())
    }

    /// A client has gone: its session goes to the storage, inactive, and stays in memory for a while.
    pub(crate) fn disconnected(self: &Arc<Self>, connection: &Connection) {
        let session = connection.session_id();
        // An instant so far away that there is none is as good as never.
        let now = Instant::now();
        let expires = now
            .checked_add(self.options.client_expiration_time)
            .unwrap_or(now + FAR);
        if !self.registry.detach(&session, connection, expires) {
            return;
        }
        self.expiry.notify_one();
        self.events
            .send(ServerEvent::Disconnect(connection.clone()));
        // A server that shuts down stores every session by itself.
        if self.registry.is_closed() {
            return;
        }
        let Some(live) = self.registry.live(&session) else {
            return;
        };
        if live.queue_write() {
            let server = self.clone();
            tokio::spawn(async move { server.store(&session, &live).await });
        }
    }

    /// Writes a session to its storage as it stands.
    async fn store(&self, session: &SessionId, live: &Live) {
        let ended = live.lock_storing().await;
        live.begin_write();
        if !*ended {
            self.write(session, live).await;
        }
    }

    /// Writes a session to its storage for the last time: it goes on elsewhere, if it does.
    pub(crate) async fn store_finally(&self, session: &SessionId, live: &Live) {
        let mut ended = live.lock_storing().await;
        if !std::mem::replace(&mut *ended, true) {
            self.write(session, live).await;
        }
    }

    async fn write(&self, session: &SessionId, live: &Live) {
        let storage = self.storage(&*live.connection.application());
        let snapshot = live.connection.session().snapshot();
        let writing = async {
            storage.set(snapshot).await?;
            if live.connection.is_connected() {
                Ok(())
            } else {
                storage.set_inactive(session).await
            }
        };
        if let Err(error) = guarded(writing).await {
            self.storage_failed(session, &error);
        }
    }

    /// Reads a session from its storage.
    pub(crate) async fn load(
        &self,
        session: &SessionId,
        application: &dyn Api,
    ) -> Result<Option<Session>, StorageError> {
        let storage = self.storage(application);
        let stored = guarded(async { storage.get(session).await }).await;
        if let Err(error) = &stored {
            self.storage_failed(session, error);
        }
        stored
    }

    /// Leaves a session that was read in its storage: nobody uses it, so that it may expire.
    pub(crate) async fn leave(&self, session: &SessionId, application: &dyn Api) {
        let storage = self.storage(application);
        if let Err(error) = guarded(async { storage.set_inactive(session).await }).await {
            self.storage_failed(session, &error);
        }
    }

    /// Ends a session for good.
    pub(crate) async fn forget(&self, connection: &Connection) {
        let session = connection.session_id();
        if let Some((live, right)) = self.registry.remove(&session) {
            self.end(session, live, right).await;
        }
    }

    /// Ends a session that was taken out of memory.
    pub(crate) async fn end(&self, session: SessionId, live: Live, _right: RestoreRight<'_>) {
        lifecycle::give_up(&live.connection);
        lifecycle::drop_backlog(&live.connection);
        lifecycle::close_written(&live.connection).await;
        if live.is_attached() {
            self.events
                .send(ServerEvent::Disconnect(live.connection.clone()));
        }
        let mut ended = live.lock_storing().await;
        *ended = true;
        let storage = self.storage(&*live.connection.application());
        if let Err(error) = guarded(async { storage.remove(&session).await }).await {
            self.storage_failed(&session, &error);
        }
    }

    fn storage_failed(&self, session: &SessionId, error: &StorageError) {
        tracing::error!(%error, "session storage failed");
        self.events.send(ServerEvent::StorageError {
            session: session.clone(),
            error: error.to_string(),
        });
    }
}
