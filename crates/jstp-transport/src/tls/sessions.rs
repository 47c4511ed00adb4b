//! Sessions of TLS, which a client that comes again resumes without seeing a certificate.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_rustls::rustls::server::{ServerSessionMemoryCache, StoresServerSessions};

/// How many sessions are remembered.
const SESSIONS: usize = 256;
/// For how long nothing is remembered after all was forgotten: longer than a handshake takes that had begun
/// by then.
const PAUSE: Duration = Duration::from_secs(60);

/// The sessions of a listener's clients, which are forgotten when its certificate is replaced: a client that
/// resumes one takes the server for who it was.
pub(super) struct Sessions(Mutex<Inner>);

struct Inner {
    cache: Arc<ServerSessionMemoryCache>,
    forgotten: Option<Instant>,
}

impl Sessions {
    pub(super) fn new() -> Arc<Sessions> {
        Arc::new(Sessions(Mutex::new(Inner {
            cache: ServerSessionMemoryCache::new(SESSIONS),
            forgotten: None,
        })))
    }

    pub(super) fn forget(&self) {
        *self.lock() = Inner {
            cache: ServerSessionMemoryCache::new(SESSIONS),
            forgotten: Some(Instant::now()),
        };
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let inner = self.lock();
        let paused = inner.forgotten.is_some_and(|then| then.elapsed() < PAUSE);
        !paused && inner.cache.put(key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.lock().cache.get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.lock().cache.take(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
