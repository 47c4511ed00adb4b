//! The protocol of an established session.

mod follow;
mod incoming;
mod receive;
mod resume;
mod send;
mod share;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use jstp_session::{Direction, Session};

pub use incoming::{Event, Incoming, IncomingRejection};
pub(crate) use send::check_name;
pub use turns::Turn;

use crate::calls::{CallKind, Calls};
use crate::config::{Config, Heartbeat};
use crate::log::LogReader;
use crate::outgoing::Outgoing;
use crate::pings::{Due, OwnPings};
use crate::transmits::Transmits;
use crate::waiting::Waiting;
use turns::Turns;

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
#[repr(C)] // The order in memory: what each message looks at comes first.
pub struct Engine<C> {
    session: Session,
    config: Arc<Config>,
    status: Status,
    /// The length of the shortest message that was refused for want of room, since there was room.
    refused: Option<usize>,
    outgoing: Outgoing,
    events: VecDeque<Event<C>>,
    /// Events that wait for room.
    waiting: Waiting,
    /// The log that is followed, as far as it was not taken.
    log: Option<LogReader>,
    pings: OwnPings,
    /// The bytes that the session has been given to keep since the last of them.
    unasked: usize,
    calls: Calls<C>,
    turns: Turns,
}

impl<C: Clone> Engine<C> {
    /// An engine for `session`, detached. Engines that are alike may share their options.
    pub fn new(session: Session, config: impl Into<Arc<Config>>) -> Self {
        let config = config.into();
        Self {
            pings: OwnPings::new(config.heartbeat),
            unasked: 0,
            config,
            session,
            status: Status::Detached,
            calls: Calls::new(),
            outgoing: Outgoing::default(),
            events: VecDeque::new(),
            waiting: Waiting::default(),
            log: None,
            refused: None,
            turns: Turns::default(),
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

    /// The bytes that this session alone keeps of messages, because they are not acknowledged.
    pub fn unacknowledged_bytes(&self) -> usize {
        self.session.buffered_bytes() - self.session.shared_bytes()
    }

    /// The bytes of all messages that wait for the transport, but for texts that others have as well.
    pub fn outgoing_bytes(&self) -> usize {
        self.outgoing.bytes() - self.outgoing.shared_bytes()
    }

    /// The bytes of answers that wait for the transport, and what their places in the queue take.
    pub fn answer_bytes(&self) -> usize {
        self.outgoing.answer_bytes()
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

    /// Whether [`poll_event`](Self::poll_event) has something.
    pub fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// The next message to hand to the transport.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.send_gathered();
        let message = self.outgoing.pop()?;
        self.note_room();
        Some(message)
    }

    /// Moves messages that [`poll_transmit`](Self::poll_transmit) would give to the end of `batch`: those of the
    /// first `most` bytes, 48 added for each, and one more. All of them go over at once if there are no more and
    /// `batch` is empty.
    pub fn poll_transmits(&mut self, batch: &mut Transmits, most: usize) {
        self.send_gathered();
        if self.has_transmit() {
            self.outgoing.move_to(batch, most);
            self.note_room();
        }
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has a message.
    pub fn has_transmit(&self) -> bool {
        self.outgoing.bytes() > 0
    }

    /// Leaves memory to other engines of this thread that is not needed while nothing waits for the
    /// transport.
    pub fn release_memory(&mut self) {
        self.outgoing.release_memory(self.session.buffered_bytes());
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, if at all.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.pings.next_timeout()
    }

    // ---- timers

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.pings.handle_timeout(now) {
            Due::PeerDead => self.events.push_back(Event::PeerDead),
            // A transport that takes nothing needs no more to write.
            Due::Ping if self.outgoing.bytes() <= self.config.max_outgoing_bytes => {
                self.send_own_ping(Some(now));
            }
            Due::Ping | Due::Nothing => {}
        }
    }

    /// The driver reads again, which for reasons of its own it has not done for a while: the answers to pings may
    /// be there without having been seen, and have their full time from now on.
    pub fn input_resumed(&mut self, now: Instant) {
        self.pings.give_time(now);
    }

    /// The heartbeat in force.
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.pings.heartbeat()
    }

    /// Starts, changes or (with `None`) stops the heartbeat.
    pub fn set_heartbeat(&mut self, now: Instant, heartbeat: Option<Heartbeat>) {
        let start = (self.status == Status::Attached).then_some(now);
        self.pings.set_heartbeat(heartbeat, start);
        // Without a heartbeat nobody told the time when messages came.
        self.waiting.note_time(now);
    }

    // ---- helpers

    fn wire_id(&self, id: u64) -> i64 {
        let id = i64::try_from(id).unwrap_or(i64::MAX);
        match self.session.direction() {
            Direction::Client => id,
            Direction::Server => -id,
        }
    }

    /// Gives room that there may be now to events that wait for it, then to those who were refused.
    fn note_room(&mut self) {
        if !self.waiting.is_empty() {
            self.send_those_waiting();
        }
        self.tell_of_room();
    }
}
