//! Connections that events are emitted to together.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::Waker;

use jstp_engine::EventLog;

use crate::connection::{Connection, WeakConnection};
use crate::prepared::PreparedEvent;
use crate::shared::ConnectionEngine;
use crate::sync::{lock, now};

/// Connections that events are emitted to together, of which each is in one audience at most. Clones are the
/// same.
///
/// Those that surely have room follow a log, from which each takes what it has not had yet when its driver or
/// anybody else sends something: an event costs them nothing but a wake-up, and that only if they have had all
/// before. The others are left to the one who emits.
#[derive(Clone, Default)]
pub struct Audience(Arc<Mutex<Members>>);

/// All by the numbers of their connections.
#[derive(Default)]
struct Members {
    log: EventLog,
    followers: HashMap<u64, Follower>,
    /// Followers that have had everything and are to be told when there is more.
    resting: HashMap<u64, Waker>,
    others: HashMap<u64, WeakConnection>,
}

struct Follower {
    connection: WeakConnection,
    /// Where in the log it has rested last.
    position: u64,
}

/// What has become of an event.
#[derive(Debug)]
pub struct Emission {
    /// How many connections have it.
    pub taken: usize,
    /// Those that do not have it yet.
    pub others: Vec<Connection>,
    /// Followers have fallen behind by much. Most should have [reached](Audience::have_most_reached) this place in
    /// the log before more is emitted.
    pub goal: Option<u64>,
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = lock(&self.0);
        f.debug_struct("Audience")
            .field("followers", &members.followers.len())
            .field("others", &members.others.len())
            .finish_non_exhaustive()
    }
}

impl Audience {
    /// Adds a connection, if it is not there yet.
    pub fn enter(&self, connection: &Connection) {
        let id = connection.id();
        // It stays with the one it came to first.
        let _ = connection.shared().audience.set(self.clone());
        let mut members = lock(&self.0);
        if !members.followers.contains_key(&id) {
            members.others.insert(id, connection.downgrade());
        }
    }

    /// Removes the connection of that number. It keeps what was emitted before.
    pub fn leave(&self, id: u64) {
        let mut members = lock(&self.0);
        let driver = members.resting.remove(&id);
        members.followers.remove(&id);
        members.others.remove(&id);
        drop(members);
        // It may be all that is left of the task.
        drop(driver);
    }

    /// Emits an event to those that follow the log, as [`PreparedEvent::queue_to`] would, and gives the others;
    /// all of them, if the event is too long for the log, or cannot be sent.
    pub fn emit(&self, event: &PreparedEvent) -> Emission {
        let mut members = lock(&self.0);
        let connections = members.others.values();
        let mut others: Vec<Connection> = connections.filter_map(WeakConnection::upgrade).collect();
        if !EventLog::takes(event.shared()) {
            let followers = members.followers.values();
            others.extend(followers.filter_map(|follower| follower.connection.upgrade()));
            return Emission {
                taken: 0,
                others,
                goal: None,
            };
        }
        let late = match members.log.append(now(), event.shared()) {
            Some(position) => members.late(position),
            None => Vec::new(),
        };
        let end = members.log.position();
        let taken = members.followers.len();
        let resting: Vec<_> = members.resting.drain().map(|(_, waker)| waker).collect();
        drop(members);
        for waker in resting {
            waker.wake();
        }
        let goal = (!late.is_empty()).then_some(end);
        for connection in late {
            let shared = connection.shared();
            shared.command(|state| state.engine.take_logged());
        }
        Emission {
            taken,
            others,
            goal,
        }
    }

    /// Whether most followers have had what the log had when it was as long as that.
    pub fn have_most_reached(&self, position: u64) -> bool {
        let members = lock(&self.0);
        let followers = members.followers.values();
        let there = followers.filter(|follower| follower.position >= position);
        there.count() * 2 >= members.followers.len()
    }

    /// To be called by a connection's driver that has nothing to send: the connection follows the log, if it
    /// can, and its driver is woken by the next event. False: there is one already.
    pub(crate) fn rest(&self, id: u64, engine: &mut ConnectionEngine, waker: &Waker) -> bool {
        let mut members = lock(&self.0);
        let end = members.log.position();
        match engine.log_position() {
            Some(position) if position < end => return false,
            Some(_) => {
                let Some(follower) = members.followers.get_mut(&id) else {
                    // It was removed.
                    drop(members);
                    engine.unfollow();
                    return true;
                };
                follower.position = end;
            }
            None => {
                let Some(connection) = members.others.remove(&id) else {
                    return true;
                };
                let position = end;
                let follower = Follower {
                    connection,
                    position,
                };
                members.followers.insert(id, follower);
                engine.follow(members.log.reader());
            }
        }
        members.resting.insert(id, waker.clone());
        true
    }

    /// A connection that cannot follow the log any longer takes what is there, and is one of the others.
    pub(crate) fn fall_out(&self, id: u64, engine: &mut ConnectionEngine) {
        let mut members = lock(&self.0);
        members.resting.remove(&id);
        // Under the lock, so that it has every event from one or the other.
        engine.unfollow();
        if let Some(follower) = members.followers.remove(&id) {
            members.others.insert(id, follower.connection);
        }
    }
}

impl Members {
    /// Followers that may not have taken everything before a position.
    fn late(&self, position: u64) -> Vec<Connection> {
        let followers = self.followers.values();
        followers
            .filter(|follower| follower.position < position)
            .filter_map(|follower| follower.connection.upgrade())
            .collect()
    }
}
