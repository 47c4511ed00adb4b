//! Who is connected, and whose session is in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jstp_connection::Connection;
use jstp_connection::lifecycle::Audience;
use jstp_session::SessionId;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::Instant;

/// The connections of a server.
///
/// A session is owned by at most one connection: [`claim`](Self::claim) hands out a live one, or the
/// exclusive right to restore it from its storage.
#[derive(Debug)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
    /// The clients with a transport. Changed under the lock while the server goes on.
    audience: Audience,
}

#[derive(Debug, Default)]
struct Inner {
    /// Clients with a transport, by the numbers of their connections.
    clients: HashMap<u64, Connection>,
    sessions: HashMap<SessionId, Entry>,
    /// Sessions without a transport, by the time at which they expire.
    detached: BTreeMap<Place, SessionId>,
    /// Keeps equal times apart.
    sequence: u64,
    closed: bool,
}

type Place = (Instant, u64);

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
    /// Serializes writes to the storage, so that the latest state is written last. True: the last one
    /// was written.
    storing: Arc<tokio::sync::Mutex<bool>>,
    /// A write waits for its turn: it will see whatever changes until then.
    queued: Arc<AtomicBool>,
    /// How many clients are about to resume it: until they have, it is not without a client.
    claims: usize,
    /// Where it stands among the detached ones.
    detached: Option<Place>,
}

/// What may be done about a session that somebody wants to resume.
pub(crate) enum Claim<'a> {
    /// It is in memory; to be [released](Registry::release) when it was resumed or refused.
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
    pub(crate) fn new(audience: Audience) -> Self {
        Self {
            inner: Mutex::default(),
            audience,
        }
    }

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
        self.audience.enter(connection);
        let live = Live {
            connection: connection.clone(),
            storing: Arc::default(),
            queued: Arc::default(),
            claims: 0,
            detached: None,
        };
        inner.sessions.insert(session, Entry::Live(live));
        true
    }

    /// Claims a session for a client that wants to resume it. A live one counts as attached from now.
    pub(crate) fn claim(&self, session: &SessionId) -> Claim<'_> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        if inner.closed {
            return Claim::Closed;
        }
        match inner.sessions.get_mut(session) {
            Some(Entry::Live(live)) => {
                live.claims += 1;
                if let Some(place) = live.detached.take() {
                    inner.detached.remove(&place);
                }
                let connection = live.connection.clone();
                inner.clients.insert(connection.id(), connection.clone());
                self.audience.enter(&connection);
                Claim::Live(connection)
            }
            Some(Entry::Restoring(decided)) => Claim::Wait(decided.clone()),
            None => {
                let (sender, decided) = watch::channel(());
                inner
                    .sessions
                    .insert(session.clone(), Entry::Restoring(decided));
                Claim::Restore(RestoreRight {
                    registry: self,
                    session: session.clone(),
                    used: false,
                    _decided: sender,
                })
            }
        }
    }

    /// Gives up a claim of a live session: it was resumed, or the one who claimed it refused.
    pub(crate) fn release(&self, session: &SessionId, connection: &Connection) {
        if let Some(Entry::Live(live)) = self.lock().sessions.get_mut(session)
            && live.connection.id() == connection.id()
        {
            live.claims = live.claims.saturating_sub(1);
        }
    }

    /// The transport of a client is gone. False: that is known, or no longer true.
    pub(crate) fn detach(
        &self,
        session: &SessionId,
        connection: &Connection,
        expires: Instant,
    ) -> bool {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let Some(Entry::Live(live)) = inner.sessions.get_mut(session) else {
            return false;
        };
        let gone = live.connection.id() == connection.id()
            && live.claims == 0
            && live.detached.is_none()
            && !connection.is_connected();
        if gone {
            let place = (expires, inner.sequence);
            inner.sequence += 1;
            live.detached = Some(place);
            inner.detached.insert(place, session.clone());
            inner.clients.remove(&connection.id());
            self.audience.leave(connection);
        }
        gone
    }

    /// Takes a session out of memory whose time there is over, or that there is no room for. Until the
    /// right is dropped nobody may restore it from its storage.
    pub(crate) fn take_expired(
        &self,
        now: Instant,
        max_detached: usize,
    ) -> Option<(SessionId, Live, RestoreRight<'_>)> {
        let session = {
            let inner = self.lock();
            let (&(expires, _), session) = inner.detached.first_key_value()?;
            if expires > now && inner.detached.len() <= max_detached {
                return None;
            }
            session.clone()
        };
        // A client that has come back in between is left alone; the next turn sees to the others.
        let (live, right) = self.remove_if(&session, |_, live| live.detached.is_some())?;
        Some((session, live, right))
    }

    /// When the next session expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.lock()
            .detached
            .first_key_value()
            .map(|(&(expires, _), _)| expires)
    }

    /// Takes a session out of memory, client or no client.
    pub(crate) fn remove(&self, session: &SessionId) -> Option<(Live, RestoreRight<'_>)> {
        self.remove_if(session, |_, _| true)
    }

    /// Takes the session of a connection out of memory, unless the server is closed: who stores all
    /// sessions then has this one as well.
    pub(crate) fn remove_unless_closed(
        &self,
        session: &SessionId,
        connection: &Connection,
    ) -> Option<(Live, RestoreRight<'_>)> {
        self.remove_if(session, |closed, live| {
            !closed && live.connection.id() == connection.id()
        })
    }

    /// The condition is also told whether the server is closed.
    fn remove_if(
        &self,
        session: &SessionId,
        condition: impl FnOnce(bool, &Live) -> bool,
    ) -> Option<(Live, RestoreRight<'_>)> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        match inner.sessions.get(session) {
            Some(Entry::Live(live)) if condition(inner.closed, live) => {}
            _ => return None,
        }
        let (sender, decided) = watch::channel(());
        let entry = inner
            .sessions
            .insert(session.clone(), Entry::Restoring(decided));
        let Some(Entry::Live(live)) = entry else {
            return None;
        };
        if let Some(place) = live.detached {
            inner.detached.remove(&place);
        }
        inner.clients.remove(&live.connection.id());
        self.audience.leave(&live.connection);
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

    /// Those with a transport, to emit events to them together.
    pub(crate) fn audience(&self) -> &Audience {
        &self.audience
    }

    /// How many clients have a transport.
    pub(crate) fn client_count(&self) -> usize {
        self.lock().clients.len()
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

    /// Whether nobody is taken in any longer.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Forgets everybody.
    pub(crate) fn clear(&self) {
        // Dropped outside of the lock: the last handle of a connection closes it.
        let inner = std::mem::replace(
            &mut *self.lock(),
            Inner {
                closed: true,
                ..Inner::default()
            },
        );
        for client in inner.clients.values() {
            self.audience.leave(client);
        }
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
    /// Whether the client is there.
    pub(crate) fn is_attached(&self) -> bool {
        self.detached.is_none()
    }

    /// Announces a write. False: one that waits for its turn will do.
    pub(crate) fn queue_write(&self) -> bool {
        !self.queued.swap(true, Ordering::AcqRel)
    }

    /// The announced write has its turn.
    pub(crate) fn begin_write(&self) {
        self.queued.store(false, Ordering::Release);
    }

    /// The right to write the session to its storage, unless it tells that the last write was done.
    pub(crate) async fn lock_storing(&self) -> OwnedMutexGuard<bool> {
        self.storing.clone().lock_owned().await
    }
}

#[cfg(test)]
mod tests;
