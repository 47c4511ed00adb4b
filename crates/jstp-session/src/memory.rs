use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::{Session, SessionId, SessionStorageProvider, StorageError};

/// Keeps sessions in the memory of this process.
///
/// A session expires when it has been inactive for the inactive lifetime (24 hours by default).
/// An expired session is not found any more; its memory is given back at the next purge (every
/// hour by default). Active sessions never expire.
///
/// At most 100 000 sessions are kept by default. When one more is stored, the session that has been
/// inactive for the longest time is forgotten; when all of them are active, storing fails. What a
/// session takes is bounded by its [`SessionLimits`](crate::SessionLimits) and by what the
/// application stores in it.
///
/// ```
/// use std::time::Duration;
///
/// use jstp_session::{SessionStorageProvider, SimpleSessionStorageProvider};
///
/// let provider = SimpleSessionStorageProvider::new()
///     .with_inactive_lifetime(Duration::from_secs(600))
///     .with_purge_interval(Duration::from_secs(60))
///     .with_max_sessions(1_000);
/// assert_eq!(provider.purge_interval(), Some(Duration::from_secs(60)));
/// ```
pub struct SimpleSessionStorageProvider {
    inactive_lifetime: Duration,
    purge_interval: Duration,
    max_sessions: usize,
    clock: Clock,
    store: Mutex<Store>,
}

type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

impl Default for SimpleSessionStorageProvider {
    fn default() -> Self {
        Self::new()
    }
}

impl SimpleSessionStorageProvider {
    /// An empty store: inactive lifetime 24 hours, purge interval 1 hour, 100 000 sessions.
    pub fn new() -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Self {
            inactive_lifetime: 24 * HOUR,
            purge_interval: HOUR,
            max_sessions: 100_000,
            clock: Arc::new(Instant::now),
            store: Mutex::default(),
        }
    }

    /// Sets how long a session stays after its connection was closed.
    #[must_use]
    pub fn with_inactive_lifetime(mut self, lifetime: Duration) -> Self {
        self.inactive_lifetime = lifetime;
        self
    }

    /// Sets how often expired sessions are dropped.
    #[must_use]
    pub fn with_purge_interval(mut self, interval: Duration) -> Self {
        self.purge_interval = interval;
        self
    }

    /// Sets the greatest number of sessions; 0 counts as 1.
    #[must_use]
    pub fn with_max_sessions(mut self, sessions: usize) -> Self {
        self.max_sessions = sessions.max(1);
        self
    }

    /// How many sessions are in memory, expired ones that were not purged yet included.
    pub fn len(&self) -> usize {
        self.store().sessions.len()
    }

    /// Whether there is no session in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Every change below leaves the store in order, so a panic elsewhere has not harmed it.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_expired(&self, since: Instant) -> bool {
        (self.clock)().saturating_duration_since(since) >= self.inactive_lifetime
    }
}

#[async_trait]
impl SessionStorageProvider for SimpleSessionStorageProvider {
    async fn get(&self, id: &SessionId) -> Result<Option<Session>, StorageError> {
        let mut store = self.store();
        if store
            .inactive_since(id)
            .is_some_and(|since| self.has_expired(since))
        {
            store.remove(id);
        }
        store.mark_active(id);
        Ok(store.sessions.get(id).map(|stored| stored.session.clone()))
    }

    async fn set(&self, session: Session) -> Result<(), StorageError> {
        let mut store = self.store();
        if !store.sessions.contains_key(session.id())
            && store.sessions.len() >= self.max_sessions
            && !store.evict()
        {
            let limit = self.max_sessions;
            return Err(StorageError::new(format!(
                "there are already {limit} active sessions"
            )));
        }
        store.mark_active(session.id());
        store.sessions.insert(
            session.id().clone(),
            Stored {
                session,
                inactive: None,
            },
        );
        Ok(())
    }

    async fn set_inactive(&self, id: &SessionId) -> Result<(), StorageError> {
        let now = (self.clock)();
        self.store().mark_inactive(id, now);
        Ok(())
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StorageError> {
        self.store().remove(id);
        Ok(())
    }

    async fn purge(&self) -> Result<usize, StorageError> {
        let mut store = self.store();
        let mut purged = 0;
        while store
            .oldest_inactive()
            .is_some_and(|since| self.has_expired(since))
            && store.evict()
        {
            purged += 1;
        }
        Ok(purged)
    }

    fn purge_interval(&self) -> Option<Duration> {
        Some(self.purge_interval)
    }
}

impl fmt::Debug for SimpleSessionStorageProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleSessionStorageProvider")
            .field("inactive_lifetime", &self.inactive_lifetime)
            .field("purge_interval", &self.purge_interval)
            .field("max_sessions", &self.max_sessions)
            .field("sessions", &self.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Store {
    sessions: HashMap<SessionId, Stored>,
    /// The inactive ones in the order in which they became so.
    inactive: BTreeMap<InactiveSince, SessionId>,
    sequence: u64,
}

struct Stored {
    session: Session,
    inactive: Option<InactiveSince>,
}

/// The time, and a running number that keeps equal times apart.
type InactiveSince = (Instant, u64);

impl Store {
    fn inactive_since(&self, id: &SessionId) -> Option<Instant> {
        let (since, _) = self.sessions.get(id)?.inactive?;
        Some(since)
    }

    fn oldest_inactive(&self) -> Option<Instant> {
        self.inactive.keys().next().map(|(since, _)| *since)
    }

    fn mark_active(&mut self, id: &SessionId) {
        if let Some(since) = self
            .sessions
            .get_mut(id)
            .and_then(|stored| stored.inactive.take())
        {
            self.inactive.remove(&since);
        }
    }

    fn mark_inactive(&mut self, id: &SessionId, now: Instant) {
        self.mark_active(id);
        if let Some(stored) = self.sessions.get_mut(id) {
            let since = (now, self.sequence);
            self.sequence += 1;
            stored.inactive = Some(since);
            self.inactive.insert(since, id.clone());
        }
    }

    fn remove(&mut self, id: &SessionId) {
        self.mark_active(id);
        self.sessions.remove(id);
    }

    /// Drops the session that has been inactive longest; false when none is inactive.
    fn evict(&mut self) -> bool {
        let Some((_, id)) = self.inactive.pop_first() else {
            return false;
        };
        self.sessions.remove(&id);
        true
    }
}

#[cfg(test)]
mod tests;
