//! Sessions to and from their storage.

use std::sync::Arc;

use jstp_connection::{Api, Connection};
use jstp_session::{Session, SessionId, SessionStorageProvider};
use tokio::time::Instant;

use crate::event::ServerEvent;
use crate::registry::Live;
use crate::server::Inner;

impl Inner {
    /// Where the sessions of an application are kept.
    pub(crate) fn storage(&self, application: &dyn Api) -> Arc<dyn SessionStorageProvider> {
        application.session_storage().unwrap_or_else(|| self.options.session_storage.clone())
    }

    /// A client has gone: its session goes to the storage, inactive, and stays in memory for a while.
    pub(crate) fn disconnected(self: &Arc<Self>, connection: &Connection) {
        let session = connection.session_id();
        let expires = Instant::now() + self.options.client_expiration_time;
        self.registry.detach(&session, connection, expires);
        self.expiry.notify_one();
        self.events.send(ServerEvent::Disconnect(connection.clone()));
        let Some(live) = self.registry.live(&session) else { return };
        let server = self.clone();
        tokio::spawn(async move { server.store(&session, &live).await });
    }

    /// Writes a session to its storage as it stands.
    pub(crate) async fn store(&self, session: &SessionId, live: &Live) {
        let _storing = live.lock_storing().await;
        let storage = self.storage(&*live.connection.application());
        let snapshot = live.connection.session().snapshot();
        let stored = match storage.set(snapshot).await {
            Ok(()) if live.connection.is_connected() => Ok(()),
            Ok(()) => storage.set_inactive(session).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            self.storage_failed(session, &error);
        }
    }

    /// Reads a session from its storage.
    pub(crate) async fn load(
        &self,
        session: &SessionId,
        application: &dyn Api,
    ) -> Option<Session> {
        match self.storage(application).get(session).await {
            Ok(stored) => stored,
            Err(error) => {
                self.storage_failed(session, &error);
                None
            }
        }
    }

    /// Ends a session for good.
    pub(crate) async fn forget(&self, connection: &Connection) {
        let session = connection.session_id();
        let Some((live, _right)) = self.registry.remove(&session) else { return };
        live.connection.close().await;
        let _storing = live.lock_storing().await;
        let storage = self.storage(&*live.connection.application());
        if let Err(error) = storage.remove(&session).await {
            self.storage_failed(&session, &error);
        }
    }

    fn storage_failed(&self, session: &SessionId, error: &jstp_session::StorageError) {
        tracing::error!(%error, "session storage failed");
        self.events.send(ServerEvent::StorageError {
            session: session.clone(),
            error: error.to_string(),
        });
    }
}
