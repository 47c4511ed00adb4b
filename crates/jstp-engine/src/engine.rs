//! The protocol of an established session.

mod incoming;
mod receive;
mod resume;
mod send;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use jstp_session::{Direction, Session};

pub use incoming::{Event, Incoming, IncomingRejection};

use crate::calls::{CallKind, Calls};
use crate::config::{Config, Heartbeat};
use crate::heartbeat::{Due, HeartbeatTimer};
use crate::outgoing::Outgoing;

/// Whether an engine has a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A transport is there and its handshake is done.
    Attached,
    /// No transport; what is sent is buffered until a resume.
    Detached,
    /// Closed for good; nothing can be sent.
    Closed,
}

/// The protocol machine of one connection, from the end of its handshake on.
///
/// `C` is the caller's token for a call under way; it comes back in [`Incoming::Callback`] or in an
/// [`Event`]. It is cloned only when a call is made again after a resume.
#[derive(Debug)]
pub struct Engine<C> {
    config: Config,
    session: Session,
    status: Status,
    calls: Calls<C>,
    outgoing: Outgoing,
    events: VecDeque<Event<C>>,
    heartbeat: HeartbeatTimer,
    /// The ping that was sent to collect acknowledgements and has not been answered.
    collecting: Option<u64>,
    /// A message was refused for want of room.
    refused: bool,
}

impl<C: Clone> Engine<C> {
    /// An engine for `session`, detached.
    pub fn new(session: Session, config: Config) -> Self {
        Self {
            heartbeat: HeartbeatTimer::new(config.heartbeat),
            config,
            session,
            status: Status::Detached,
            calls: Calls::new(),
            outgoing: Outgoing::default(),
            events: VecDeque::new(),
            collecting: None,
            refused: false,
        }
    }

    // ---- getters

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session, to change the user's own state in it.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Whether a transport is there.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The options.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How many calls, inspections and pings of ours are under way.
    pub fn calls_under_way(&self) -> usize {
        self.calls.len()
    }

    /// Whether nothing waits for the transport.
    pub fn is_flushed(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// False while so many answers wait for the transport that the driver should read no further
    /// message before some were written ([`Config::max_answer_bytes`]).
    pub fn wants_input(&self) -> bool {
        self.outgoing.answer_bytes() <= self.config.max_answer_bytes
    }

    // ---- output

    /// The next thing to tell the user.
    pub fn poll_event(&mut self) -> Option<Event<C>> {
        self.events.pop_front()
    }

    /// The next message to hand to the transport.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        let message = self.outgoing.pop()?;
        if self.refused && self.outgoing.is_empty() {
            self.note_room();
        }
        Some(message)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, if at all.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.heartbeat.next_timeout()
    }

    // ---- timers

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.heartbeat.handle_timeout(now) {
            Due::Nothing => {}
            Due::PeerDead => self.events.push_back(Event::PeerDead),
            Due::Ping => {
                let id = self.send_own_ping();
                self.heartbeat.sent(id, now);
            }
        }
    }

    /// The heartbeat in force.
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.heartbeat.settings()
    }

    /// Starts, changes or (with `None`) stops the heartbeat.
    pub fn set_heartbeat(&mut self, now: Instant, heartbeat: Option<Heartbeat>) {
        let start = (self.status == Status::Attached).then_some(now);
        self.heartbeat.set(heartbeat, start);
    }

    // ---- helpers

    fn wire_id(&self, id: u64) -> i64 {
        let id = i64::try_from(id).unwrap_or(i64::MAX);
        match self.session.direction() {
            Direction::Client => id,
            Direction::Server => -id,
        }
    }

    fn note_room(&mut self) {
        self.refused = false;
        self.events.push_back(Event::Room);
    }
}
