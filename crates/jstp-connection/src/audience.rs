//! Connections that events are emitted to together.

use std::collections::{HashMap, HashSet, hash_map};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::Waker;

use jstp_engine::{Config, EventLog, LogPosition, Placement, SendError};

use crate::connection::{Connection, WeakConnection};
use crate::lifecycle::SharedOptions;
use crate::prepared::PreparedEvent;
use crate::shared::{Shared, State};
use crate::sync::{lock, now};

/// Connections that are alike and that events are emitted to together, of which each is in one audience at most.
/// Clones are the same.
///
/// They follow a log, from which each takes what it has not had yet when its driver or anybody else sends
/// something: an event costs them nothing but a wake-up, and that only if they have had all before. Those who are
/// [doubtful](Self::doubtful) are to be [asked](Self::ask) before anything is emitted, so that none is further
/// behind than it may.
#[derive(Clone)]
pub struct Audience(Arc<Inner>);

struct Inner {
    config: Arc<Config>,
    members: Mutex<Members>,
}

/// All by the numbers of their connections.
#[derive(Default)]
struct Members {
    log: EventLog,
    all: HashMap<u64, WeakConnection>,
    /// Those that have had everything, to be told when there is more.
    resting: HashMap<u64, Waker>,
    /// Those for whom much was waiting when they were asked last, or something when they entered.
    behind: HashSet<u64>,
    /// Where the log ended when all were asked that had not had everything.
    asked: LogPosition,
}

/// Members that may lack room for one more event.
#[derive(Debug)]
pub struct Doubtful {
    /// Who is to be asked.
    pub connections: Vec<Connection>,
    end: LogPosition,
    are_all: bool,
}

/// What has become of an event.
#[derive(Debug)]
pub struct Emission {
    /// How many connections have it.
    pub taken: usize,
    /// Those of them that are to be woken.
    pub sleepers: Sleepers,
}

/// Drivers that have something to do. Those that are left are woken when this is dropped.
pub struct Sleepers(hash_map::IntoValues<u64, Waker>);

impl Sleepers {
    /// Wakes so many of them. False: these were the last.
    pub fn wake(&mut self, count: usize) -> bool {
        let mut woken = 0;
        self.0.by_ref().take(count).for_each(|waker| {
            waker.wake();
            woken += 1;
        });
        woken == count
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        self.0.by_ref().for_each(Waker::wake);
    }
}

impl fmt::Debug for Sleepers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleepers").finish_non_exhaustive()
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = lock(&self.0.members);
        f.debug_struct("Audience")
            .field("members", &members.all.len())
            .field("behind", &members.behind.len())
            .finish_non_exhaustive()
    }
}

impl Audience {
    /// An audience of connections with these options.
    pub fn new(options: &SharedOptions) -> Self {
        Self(Arc::new(Inner {
            config: options.engine().clone(),
            members: Mutex::default(),
        }))
    }

    /// Adds a connection, if it is not there yet: it has what is emitted from now on.
    pub fn enter(&self, connection: &Connection) {
        let shared = connection.shared();
        // It stays with the one it came to first.
        let _ = shared.audience.set(self.clone());
        shared.command(|state| {
            let mut members = lock(&self.0.members);
            let log = members.log.reader();
            members.all.entry(shared.id).or_insert_with(|| {
                state.engine.follow(log);
                state.resting_at = None;
                connection.downgrade()
            });
            // What it had before it left waits still, and it may come and go.
            if state.engine.waiting_events() > 0 {
                members.behind.insert(shared.id);
            }
        });
    }

    /// Removes a connection. It keeps what was emitted before.
    pub fn leave(&self, connection: &Connection) {
        let shared = connection.shared();
        let driver = shared.command(|state| self.dismiss(shared, state));
        // It may be all that is left of the task.
        drop(driver);
    }

    /// Removes a connection; gives what would have woken its driver.
    pub(crate) fn dismiss(&self, shared: &Shared, state: &mut State) -> Option<Waker> {
        let mut members = lock(&self.0.members);
        members.all.remove(&shared.id);
        members.behind.remove(&shared.id);
        let driver = members.resting.remove(&shared.id);
        drop(members);
        // What was emitted in between is no harm.
        state.engine.unfollow();
        state.resting_at = None;
        driver
    }

    /// Members that may lack room for one more event: those that were far behind when they were asked last, those
    /// for whom something waited when they entered, and now and then all that have not had everything.
    ///
    /// # Errors
    ///
    /// When there are members, and the event is too long for them or cannot be sent.
    pub fn doubtful(&self, event: &PreparedEvent) -> Result<Doubtful, SendError> {
        let members = lock(&self.0.members);
        if !members.all.is_empty() {
            event.shared().check(&self.0.config)?;
        }
        let end = members.log.end();
        let (events, bytes) = end.since(members.asked);
        let are_all = events >= self.0.config.max_waiting_events / 2
            || bytes.saturating_add(event.shared().size()) > self.0.config.max_waiting_bytes / 2;
        let connections = if are_all {
            members.awake()
        } else {
            let behind = members.behind.iter().filter_map(|id| members.all.get(id));
            behind.filter_map(WeakConnection::upgrade).collect()
        };
        Ok(Doubtful {
            connections,
            end,
            are_all,
        })
    }

    /// Asks a doubtful member. `Sent`: it is not far behind; `Waiting`: it is, but there is room for the event;
    /// [`SendError::Full`]: there is none.
    pub fn ask(
        &self,
        connection: &Connection,
        event: &PreparedEvent,
        doubtful: &Doubtful,
    ) -> Result<Placement, SendError> {
        let shared = connection.shared();
        shared.command(|state| {
            let placement = state
                .engine
                .admit_logged(now(), event.shared(), doubtful.end);
            let mut members = lock(&self.0.members);
            let is_behind = matches!(placement, Ok(Placement::Waiting) | Err(SendError::Full));
            if is_behind && members.all.contains_key(&shared.id) {
                members.behind.insert(shared.id);
            } else {
                members.behind.remove(&shared.id);
            }
            placement
        })
    }

    /// Waits until there is room for an event; otherwise as [`ask`](Self::ask).
    pub async fn wait_for_room(
        &self,
        connection: &Connection,
        event: &PreparedEvent,
        doubtful: &Doubtful,
    ) -> Result<Placement, SendError> {
        let attempt = || self.ask(connection, event, doubtful);
        connection.shared().when_waiting_room(attempt).await
    }

    /// Notes that all were asked who were doubtful.
    pub fn note_asked(&self, doubtful: &Doubtful) {
        if doubtful.are_all {
            lock(&self.0.members).asked = doubtful.end;
        }
    }

    /// Emits an event to all members.
    ///
    /// # Errors
    ///
    /// As for [`doubtful`](Self::doubtful).
    pub fn emit(&self, event: &PreparedEvent) -> Result<Emission, SendError> {
        let mut members = lock(&self.0.members);
        let taken = members.all.len();
        if taken > 0 {
            event.shared().check(&self.0.config)?;
            members.log.append(now(), event.shared());
        }
        let resting = std::mem::take(&mut members.resting);
        Ok(Emission {
            taken,
            sleepers: Sleepers(resting.into_values()),
        })
    }

    /// Members that have not had everything.
    pub fn awake(&self) -> Vec<Connection> {
        lock(&self.0.members).awake()
    }

    /// To be called by a connection's driver that has nothing to send and for which nothing waits: it is woken by
    /// the next event. False: there is one already.
    pub(crate) fn rest(&self, id: u64, state: &mut State, driver: &Waker) -> bool {
        let mut members = lock(&self.0.members);
        if state.engine.is_behind_log() {
            return false;
        }
        members.resting.insert(id, driver.clone());
        true
    }
}

impl Members {
    fn awake(&self) -> Vec<Connection> {
        let all = self.all.iter();
        all.filter(|(id, _)| !self.resting.contains_key(id))
            .filter_map(|(_, connection)| connection.upgrade())
            .collect()
    }
}

#[cfg(test)]
mod tests;
