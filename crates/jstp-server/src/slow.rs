//! Clients that are behind with what is broadcast.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jstp_connection::lifecycle::{self, Backlog};
use jstp_connection::{Connection, WeakConnection};
use tokio::sync::Notify;

use crate::admit::Owner;
use crate::event::ServerEvent;
use crate::server::Inner;

/// How often it is looked within the time that a slow client has.
const LOOKS: u32 = 8;
/// How many times that time a client has to catch up while others are behind as well: clients that take one
/// event at a time, and are as many as all others, hold those back no longer.
const TIMES_TOGETHER: u32 = 12;

/// Clients for whom events wait, each until none does.
#[derive(Debug, Default)]
pub(crate) struct SlowClients {
    clients: Mutex<HashMap<u64, SlowClient>>,
    /// Wakes the one who watches over them.
    entered: Arc<Notify>,
}

#[derive(Debug)]
struct SlowClient {
    connection: WeakConnection,
    /// From the first look on.
    pace: Option<Pace>,
}

/// What a client has taken, and how many looks ago: the time for which the server itself stood still is no
/// fault of its clients.
#[derive(Debug)]
struct Pace {
    /// By the count of all events that it has ever taken when they had waited.
    taken: u64,
    /// By the count of what its transport took in part.
    progress: u64,
    /// Since it was last seen to have taken something.
    idle: u32,
    /// What it has to have taken to catch up with what waited when it began to.
    goal: u64,
    catching_up: u32,
}

impl Pace {
    fn new(backlog: Backlog) -> Self {
        Self {
            taken: backlog.taken,
            progress: backlog.progress,
            idle: 0,
            goal: backlog.taken + backlog.waiting as u64,
            catching_up: 0,
        }
    }

    /// Whether the client is too slow at the next look. `alone`: most others are not behind.
    fn is_too_slow(&mut self, backlog: Backlog, alone: bool) -> bool {
        self.idle += 1;
        self.catching_up += 1;
        if backlog.taken > self.taken || backlog.progress > self.progress {
            self.taken = backlog.taken;
            self.progress = backlog.progress;
            self.idle = 0;
        }
        if backlog.taken >= self.goal {
            self.goal = backlog.taken + backlog.waiting as u64;
            self.catching_up = 0;
        }
        let times = if alone { 1 } else { TIMES_TOGETHER };
        self.idle >= LOOKS || self.catching_up >= LOOKS * times
    }
}

/// Whether most others of `all` clients are not behind when so many are.
fn is_alone(behind: usize, all: usize) -> bool {
    behind.saturating_sub(1) * 2 < all.saturating_sub(1)
}

impl SlowClient {
    /// The connection and how far it is behind; `None`: it is not, or has gone.
    fn backlog(&self) -> Option<(Connection, Backlog)> {
        let connection = self.connection.upgrade()?;
        let backlog = lifecycle::backlog(&connection);
        (backlog.waiting > 0 && backlog.attached).then_some((connection, backlog))
    }
}

impl SlowClients {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, SlowClient>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a client.
    fn enter(&self, client: &Connection) {
        let mut clients = self.lock();
        if clients.is_empty() {
            self.entered.notify_one();
        }
        clients.entry(client.id()).or_insert_with(|| SlowClient {
            connection: client.downgrade(),
            pace: None,
        });
    }

    /// Forgets those that are no longer behind or have gone, and takes out those that are too slow. There are
    /// `all` clients in all.
    fn look(&self, all: usize) -> Look {
        let mut clients = self.lock();
        clients.retain(|_, client| client.backlog().is_some());
        let alone = is_alone(clients.len(), all);
        let mut too_slow = Vec::new();
        clients.retain(|_, client| {
            let Some((connection, backlog)) = client.backlog() else {
                return false;
            };
            let Some(pace) = &mut client.pace else {
                client.pace = Some(Pace::new(backlog));
                return true;
            };
            let is_too_slow = pace.is_too_slow(backlog, alone);
            if is_too_slow {
                too_slow.push(connection);
            }
            !is_too_slow
        });
        Look {
            too_slow,
            nobody_left: clients.is_empty(),
        }
    }
}

/// What was seen.
struct Look {
    too_slow: Vec<Connection>,
    nobody_left: bool,
}

/// Watches over the clients that are behind, while there are some, and ends those that are too slow.
pub(crate) async fn watch(server: Weak<Inner>) {
    let Some((entered, limit)) = server.upgrade().map(|server| {
        let limit = server.options.slow_client_timeout;
        (server.slow.entered.clone(), limit)
    }) else {
        return;
    };
    let interval = (limit / LOOKS).max(Duration::from_millis(1));
    loop {
        entered.notified().await;
        loop {
            tokio::time::sleep(interval).await;
            let Some(server) = server.upgrade() else {
                return;
            };
            let look = server.slow.look(server.registry.client_count());
            for client in look.too_slow {
                let server = server.clone();
                // A client that takes nothing is slow to close, too.
                tokio::spawn(async move { server.end_slow(&client).await });
            }
            if look.nobody_left {
                break;
            }
        }
    }
}

impl Inner {
    /// Takes note of a client for whom events wait.
    pub(crate) fn is_behind(&self, client: &Connection) {
        self.slow.enter(client);
    }

    /// Goes on watching over a client that has come back.
    pub(crate) fn has_resumed(&self, client: &Connection) {
        if lifecycle::backlog(client).waiting > 0 {
            self.is_behind(client);
        }
    }

    /// Ends the session of a client that is too slow, unless somebody else does or all are stored.
    pub(crate) async fn end_slow(&self, client: &Connection) {
        let session = client.session_id();
        let Some((live, right)) = self.registry.remove_unless_closed(&session, client) else {
            return;
        };
        if let Some(owner) = lifecycle::owner::<Owner>(client) {
            owner.too_slow.store(true, Ordering::Release);
        }
        self.events.send(ServerEvent::SlowClient(client.clone()));
        self.end(session, live, right).await;
    }

    /// Whether a client's session was ended because it was too slow.
    pub(crate) fn was_too_slow(client: &Connection) -> bool {
        lifecycle::owner::<Owner>(client)
            .is_some_and(|owner| owner.too_slow.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests;
