//! Who is connected, and whose session is in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jstp_connection::Connection;
use jstp_session::SessionId;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::Instant;

/// The connections of a server.
///
/// A session is owned by at most one connection: [`claim`](Self::claim) hands out a live one, or the
/// exclusive right to restore it from its storage.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Clients with a transport, by the numbers of their connections.
    clients: HashMap<u64, Connection>,
    sessions: HashMap<SessionId, Entry>,
    /// Sessions without a transport, by the time at which they expire.
    detached: VecDeque<Detached>,
    detached_count: usize,
    closed: bool,
}

#[derive(Debug)]
enum Entry {
    Live(Live),
    /// Somebody is restoring it; the channel closes when that is decided.
    Restoring(watch::Receiver<()>),
}

/// A session in memory.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) connection: Connection,
    /// Serializes writes to the storage, so that the latest state is written last.
    pub(crate) storing: Arc<tokio::sync::Mutex<()>>,
    /// Changes whenever the client comes or goes, so that an expiry of before does not count.
    epoch: u64,
    detached: bool,
}

#[derive(Debug)]
struct Detached {
    session: SessionId,
    epoch: u64,
    expires: Instant,
}

/// What may be done about a session that somebody wants to resume.
pub(crate) enum Claim<'a> {
    /// It is in memory.
    Live(Connection),
    /// Somebody else is restoring it; wait, then claim again.
    Wait(watch::Receiver<()>),
    /// It is not in memory: restore it from its storage.
    Restore(RestoreRight<'a>),
    /// The server is closed.
    Closed,
}

/// The exclusive right to restore a session; given up when dropped.
pub(crate) struct RestoreRight<'a> {
    registry: &'a Registry,
    session: SessionId,
    used: bool,
    /// Dropped with the right, which wakes those who wait.
    _decided: watch::Sender<()>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a client with a session that is new, or was restored. False: the server is closed.
    pub(crate) fn enter(&self, session: SessionId, connection: &Connection) -> bool {
        let mut inner = self.lock();
        if inner.closed {
            return false;
        }
        inner.clients.insert(connection.id(), connection.clone());
        let live = Live {
            connection: connection.clone(),
            storing: Arc::default(),
            epoch: 0,
            detached: false,
        };
        inner.sessions.insert(session, Entry::Live(live));
        true
    }

    /// Claims a session for a client that wants to resume it. A live one counts as attached from now.
    pub(crate) fn claim(&self, session: &SessionId) -> Claim<'_> {
        let mut inner = self.lock();
        if inner.closed {
            return Claim::Closed;
        }
        match inner.sessions.get_mut(session) {
            Some(Entry::Live(live)) => {
                live.epoch += 1;
                let was_detached = std::mem::replace(&mut live.detached, false);
                let connection = live.connection.clone();
                inner.detached_count -= usize::from(was_detached);
                inner.clients.insert(connection.id(), connection.clone());
                Claim::Live(connection)
            }
            Some(Entry::Restoring(decided)) => Claim::Wait(decided.clone()),
            None => {
                let (sender, decided) = watch::channel(());
                inner.sessions.insert(session.clone(), Entry::Restoring(decided));
                Claim::Restore(RestoreRight {
                    registry: self,
                    session: session.clone(),
                    used: false,
                    _decided: sender,
                })
            }
        }
    }

    /// The transport of a client is gone.
    pub(crate) fn detach(&self, session: &SessionId, connection: &Connection, expires: Instant) {
        let mut inner = self.lock();
        let Some(Entry::Live(live)) = inner.sessions.get_mut(session) else { return };
        if live.connection.id() != connection.id() || connection.is_connected() || live.detached {
            return;
        }
        live.epoch += 1;
        live.detached = true;
        let detached = Detached { session: session.clone(), epoch: live.epoch, expires };
        inner.clients.remove(&connection.id());
        inner.detached.push_back(detached);
        inner.detached_count += 1;
    }

    /// The next session whose time in memory is over, now or for want of room, without removing it.
    pub(crate) fn next_expired(&self, now: Instant, max_detached: usize) -> Option<SessionId> {
        let mut inner = self.lock();
        while let Some(first) = inner.detached.front() {
            let current = matches!(
                inner.sessions.get(&first.session),
                Some(Entry::Live(live)) if live.detached && live.epoch == first.epoch
            );
            if current && first.expires > now && inner.detached_count <= max_detached {
                return None;
            }
            let first = inner.detached.pop_front()?;
            if current {
                return Some(first.session);
            }
        }
        None
    }

    /// When the next session expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.lock().detached.front().map(|first| first.expires)
    }

    /// Takes a session out of memory if its client has not come back. Until the guard is dropped
    /// nobody may restore it from its storage.
    pub(crate) fn remove_detached(&self, session: &SessionId) -> Option<(Live, RestoreRight<'_>)> {
        self.remove_if(session, |live| live.detached)
    }

    /// Takes a session out of memory, client or no client.
    pub(crate) fn remove(&self, session: &SessionId) -> Option<(Live, RestoreRight<'_>)> {
        self.remove_if(session, |_| true)
    }

    fn remove_if(
        &self,
        session: &SessionId,
        condition: impl FnOnce(&Live) -> bool,
    ) -> Option<(Live, RestoreRight<'_>)> {
        let mut inner = self.lock();
        match inner.sessions.get(session) {
            Some(Entry::Live(live)) if condition(live) => {}
            _ => return None,
        }
        let (sender, decided) = watch::channel(());
        let entry = inner.sessions.insert(session.clone(), Entry::Restoring(decided));
        let Some(Entry::Live(live)) = entry else { return None };
        inner.detached_count -= usize::from(live.detached);
        inner.clients.remove(&live.connection.id());
        let right = RestoreRight {
            registry: self,
            session: session.clone(),
            used: false,
            _decided: sender,
        };
        Some((live, right))
    }

    /// The session's entry, if it is in memory.
    pub(crate) fn live(&self, session: &SessionId) -> Option<Live> {
        match self.lock().sessions.get(session) {
            Some(Entry::Live(live)) => Some(live.clone()),
            _ => None,
        }
    }

    /// The clients with a transport.
    pub(crate) fn clients(&self) -> Vec<Connection> {
        self.lock().clients.values().cloned().collect()
    }

    /// Takes in nobody any longer, and gives everybody who is there.
    pub(crate) fn close(&self) -> Vec<(SessionId, Live)> {
        let mut inner = self.lock();
        inner.closed = true;
        inner
            .sessions
            .iter()
            .filter_map(|(session, entry)| match entry {
                Entry::Live(live) => Some((session.clone(), live.clone())),
                Entry::Restoring(_) => None,
            })
            .collect()
    }

    /// Forgets everybody.
    pub(crate) fn clear(&self) {
        // Dropped outside of the lock: the last handle of a connection closes it.
        let inner = std::mem::replace(&mut *self.lock(), Inner { closed: true, ..Inner::default() });
        drop(inner);
    }
}

impl RestoreRight<'_> {
    /// Enters the connection that the session was restored to. False: the server is closed.
    pub(crate) fn restore(mut self, connection: &Connection) -> bool {
        self.used = self.registry.enter(self.session.clone(), connection);
        self.used
    }
}

impl Drop for RestoreRight<'_> {
    fn drop(&mut self) {
        if !self.used {
            self.registry.lock().sessions.remove(&self.session);
        }
    }
}

impl Live {
    /// The right to write the session to its storage.
    pub(crate) async fn lock_storing(&self) -> OwnedMutexGuard<()> {
        self.storing.clone().lock_owned().await
    }
}
