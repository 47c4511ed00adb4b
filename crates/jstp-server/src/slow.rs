//! Clients that are behind with what is broadcast.

use std::collections::HashMap;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jstp_connection::lifecycle::{self, Backlog};
use jstp_connection::{Connection, WeakConnection};

use crate::admit::Owner;
use crate::event::ServerEvent;
use crate::server::Inner;

/// How often it is looked within the time that a slow client has.
const LOOKS: u32 = 8;
/// How many times that time a client has to catch up while others are behind as well: clients that take one
/// event at a time, and are as many as all others, hold those back no longer.
const TIMES_TOGETHER: u32 = 12;
/// After so many clients others get their turn.
const CLIENTS_AT_ONCE: usize = 1024;

/// Clients for whom events wait, each until none does.
#[derive(Debug, Default)]
struct SlowClients(HashMap<u64, SlowClient>);

#[derive(Debug)]
struct SlowClient {
    connection: WeakConnection,
    pace: Pace,
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
    /// Enters a client if something waits for it.
    fn enter(&mut self, client: &Connection) {
        let backlog = lifecycle::backlog(client);
        if backlog.waiting == 0 || !backlog.attached {
            return;
        }
        self.0.entry(client.id()).or_insert_with(|| SlowClient {
            connection: client.downgrade(),
            pace: Pace::new(backlog),
        });
    }

    /// Forgets those that are no longer behind or have gone, and takes out those that are too slow. There are
    /// `all` clients in all.
    fn look(&mut self, all: usize) -> Vec<Connection> {
        let clients = &mut self.0;
        clients.retain(|_, client| client.backlog().is_some());
        let alone = is_alone(clients.len(), all);
        let mut too_slow = Vec::new();
        clients.retain(|_, client| {
            let Some((connection, backlog)) = client.backlog() else {
                return false;
            };
            let is_too_slow = client.pace.is_too_slow(backlog, alone);
            if is_too_slow {
                too_slow.push(connection);
            }
            !is_too_slow
        });
        too_slow
    }
}

/// Watches over the clients that are behind, while there are some, and ends those that are too slow.
pub(crate) async fn watch(server: Weak<Inner>) {
    let Some((broadcast, limit)) = server.upgrade().map(|server| {
        let limit = server.options.slow_client_timeout;
        (server.has_broadcast.clone(), limit)
    }) else {
        return;
    };
    let mut slow = SlowClients::default();
    let interval = (limit / LOOKS).max(Duration::from_millis(1));
    loop {
        broadcast.notified().await;
        loop {
            tokio::time::sleep(interval).await;
            let Some(server) = server.upgrade() else {
                return;
            };
            for client in slow.look(server.registry.client_count()) {
                let server = server.clone();
                // A client that takes nothing is slow to close, too.
                tokio::spawn(async move { server.end_slow(&client).await });
            }
            let awake = server.registry.audience().awake();
            if awake.is_empty() {
                break;
            }
            for clients in awake.chunks(CLIENTS_AT_ONCE) {
                for client in clients {
                    slow.enter(client);
                }
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Inner {
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
