//! What has to be done from time to time: sessions expire, storages are purged, slow clients are ended.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jstp_connection::lifecycle;
use jstp_session::SessionStorageProvider;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::server::Inner;
use crate::slow;
use crate::store::guarded;

/// Starts the housekeeping of a server; it ends when the server stops. Gives the runtime that it is on.
pub(crate) fn start(server: &Arc<Inner>) -> Handle {
    let weak = Arc::downgrade(server);
    tokio::spawn(until(server.subscribe_stop(), expire(weak.clone())));
    tokio::spawn(until(server.subscribe_stop(), purge(weak.clone())));
    tokio::spawn(until(server.subscribe_stop(), slow::watch(weak)));
    Handle::current()
}

async fn until(mut stop: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = work => {}
    }
}

/// Moves sessions whose clients stay away from memory to the storage alone.
async fn expire(server: Weak<Inner>) {
    let Some(expiry) = server.upgrade().map(|server| server.expiry.clone()) else {
        return;
    };
    loop {
        let changed = expiry.notified();
        let next = server
            .upgrade()
            .and_then(|server| server.registry.next_expiry());
        match next {
            Some(next) => tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(next) => {}
            },
            None => changed.await,
        }
        let Some(server) = server.upgrade() else {
            return;
        };
        server.expire_sessions().await;
    }
}

/// How often it is looked for storages that came with new applications.
const LOOK: Duration = Duration::from_secs(60);

/// Purges each storage at its own interval.
async fn purge(server: Weak<Inner>) {
    let mut due: Vec<(Arc<dyn SessionStorageProvider>, Instant)> = Vec::new();
    loop {
        let Some(storages) = server.upgrade().map(|server| server.storages()) else {
            return;
        };
        let now = Instant::now();
        due.retain(|(known, _)| storages.iter().any(|storage| Arc::ptr_eq(known, storage)));
        for storage in storages {
            let known = due.iter().any(|(known, _)| Arc::ptr_eq(known, &storage));
            if let (false, Some(first)) = (known, next_purge(&storage, now)) {
                due.push((storage, first));
            }
        }
        let next = due.iter().map(|(_, at)| *at).fold(now + LOOK, Instant::min);
        tokio::time::sleep_until(next).await;
        for (storage, at) in &mut due {
            if *at <= Instant::now() {
                if let Err(error) = guarded(async { storage.purge().await }).await {
                    tracing::error!(%error, "session storage could not be purged");
                }
                *at = next_purge(storage, Instant::now()).unwrap_or(now + LOOK);
            }
        }
    }
}

fn next_purge(storage: &Arc<dyn SessionStorageProvider>, now: Instant) -> Option<Instant> {
    now.checked_add(storage.purge_interval()?.max(Duration::from_millis(1)))
}

impl Inner {
    async fn expire_sessions(&self) {
        let max = self.options.max_detached;
        while let Some((session, live, _right)) = self.registry.take_expired(Instant::now(), max) {
            // Written again, when nothing can be added any longer: what was sent since its client left
            // is in memory alone.
            lifecycle::close_written(&live.connection).await;
            self.store_finally(&session, &live).await;
        }
    }
}
