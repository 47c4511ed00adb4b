//! What has to be done from time to time: sessions expire, storages are purged.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jstp_session::SessionStorageProvider;
use tokio::time::Instant;

use crate::server::Inner;

/// Starts the housekeeping of a server; it ends with the server.
pub(crate) fn start(server: &Arc<Inner>) {
    tokio::spawn(expire(Arc::downgrade(server)));
    for storage in server.storages() {
        if let Some(interval) = storage.purge_interval() {
            tokio::spawn(purge(Arc::downgrade(server), storage, interval));
        }
    }
}

/// Moves sessions whose clients stay away from memory to the storage alone.
async fn expire(server: Weak<Inner>) {
    loop {
        let Some(expiry) = server.upgrade().map(|server| server.expiry.clone()) else { return };
        let changed = expiry.notified();
        let next = server.upgrade().and_then(|server| server.registry.next_expiry());
        // The hour is for the case that the server is dropped meanwhile.
        let next = next.unwrap_or_else(|| Instant::now() + Duration::from_secs(60 * 60));
        let closed = tokio::select! {
            () = changed => false,
            () = tokio::time::sleep_until(next) => false,
        };
        let Some(server) = server.upgrade() else { return };
        if closed {
            return;
        }
        server.expire_sessions().await;
    }
}

async fn purge(
    server: Weak<Inner>,
    storage: Arc<dyn SessionStorageProvider>,
    interval: Duration,
) {
    loop {
        tokio::time::sleep(interval.max(Duration::from_millis(1))).await;
        if server.upgrade().is_none() {
            return;
        }
        if let Err(error) = storage.purge().await {
            tracing::error!(%error, "session storage could not be purged");
        }
    }
}

impl Inner {
    async fn expire_sessions(&self) {
        let max = self.options.max_detached;
        while let Some(session) = self.registry.next_expired(Instant::now(), max) {
            let Some((live, _right)) = self.registry.remove_detached(&session) else { continue };
            // Written again: what was sent since its client left is in memory alone.
            self.store(&session, &live).await;
            live.connection.close().await;
        }
    }
}
