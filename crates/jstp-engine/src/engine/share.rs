//! Commands: events that go to many.

use std::time::Instant;

use jstp_session::Session;

use super::{Engine, Event, Status};
use crate::error::SendError;
use crate::waiting::{Placement, SharedEvent};

impl<C: Clone> Engine<C> {
    /// Emits an event that goes to many, as [`emit`](Self::emit).
    pub fn emit_shared(&mut self, now: Instant, event: &SharedEvent) -> Result<(), SendError> {
        self.send_waiting();
        self.check_shared(event)?;
        self.admit(Some(now), self.next_len(event))?;
        self.send_shared(event);
        self.collect_acknowledgements(Some(now));
        Ok(())
    }

    /// Emits an event that goes to many, or has it wait for room: it is sent as soon as there is some, on
    /// this transport or a later one, before anything numbered that is sent after it.
    /// [`SendError::Full`] means that as many are waiting as may
    /// ([`Config::max_waiting_events`](crate::Config::max_waiting_events)).
    ///
    /// With a transport it is numbered and written only by the next
    /// [`poll_transmit`](Self::poll_transmit), together with others that came meanwhile: who emits to
    /// many does not touch the memory of each more than needed.
    pub fn queue_shared(
        &mut self,
        now: Instant,
        event: &SharedEvent,
    ) -> Result<Placement, SendError> {
        self.check_shared(event)?;
        self.gather_logged();
        self.waiting.note_time(now);
        if self.status == Status::Attached && self.has_room(event.longest()) {
            self.waiting.reserve(event);
            return Ok(Placement::Sent);
        }
        self.send_waiting();
        let placement = if self.waiting.is_empty() && self.fits_beside_turn(self.next_len(event)) {
            self.send_shared(event);
            Ok(Placement::Sent)
        } else if self.waiting.push(event, &self.config) {
            Ok(Placement::Waiting)
        } else {
            Err(SendError::Full)
        };
        self.collect_acknowledgements(Some(now));
        placement
    }

    /// How many events wait for room, or to be written.
    pub fn waiting_events(&self) -> usize {
        self.waiting.len()
    }

    /// How many events have ever waited for room, or to be written, and left.
    pub fn taken_events(&self) -> u64 {
        self.waiting.taken()
    }

    /// Drops the events that wait: the session ends here.
    pub fn drop_waiting(&mut self) {
        self.gather_logged();
        self.waiting.clear();
    }

    /// A copy of the session that has the events that wait as well, whatever its limits say, to be stored
    /// or resumed elsewhere. There they have the next ids; here a ping may get one of these before them. So
    /// a snapshot that was taken while events waited holds only as long as this engine sends nothing more:
    /// a peer's count that goes beyond it would acknowledge events of it that the peer never got.
    pub fn snapshot(&self) -> Session {
        let mut session = self.session.clone();
        let mut add = |event: &SharedEvent| {
            let id = session.next_id();
            session.keep(id, event.to_kept());
        };
        self.waiting.iter().for_each(&mut add);
        self.each_logged(add);
        session
    }

    /// Sends events that wait, as far as there is room.
    #[inline]
    pub(super) fn send_waiting(&mut self) {
        if !self.waiting.is_empty() {
            self.send_those_waiting();
        }
        if self.is_behind_log() {
            self.send_logged();
        }
    }

    /// As [`send_waiting`](Self::send_waiting), and pings if that is due, as who emitted them would have.
    #[inline]
    pub(super) fn send_gathered(&mut self) {
        if !self.waiting.is_empty() || self.is_behind_log() {
            self.send_waiting();
            self.collect_acknowledgements(self.waiting.latest());
        }
    }

    pub(super) fn send_those_waiting(&mut self) {
        if self.status == Status::Closed {
            return;
        }
        while let Some(event) = self.waiting.front() {
            if !self.fits_beside_turn(self.next_len(event)) {
                break;
            }
            if let Some(event) = self.waiting.pop() {
                self.send_shared(&event);
            }
            if self.is_ping_behind() {
                self.collect_acknowledgements(self.waiting.latest());
            }
        }
        if self.waiting.has_room_again(&self.config) {
            self.events.push_back(Event::WaitingRoom);
        }
    }

    /// Fails if the event cannot be sent.
    fn check_shared(&self, event: &SharedEvent) -> Result<(), SendError> {
        event.check(&self.config)?;
        if self.status == Status::Closed {
            return Err(SendError::Closed);
        }
        Ok(())
    }

    /// The length of the event's message if it is sent next.
    pub(super) fn next_len(&self, event: &SharedEvent) -> usize {
        event.len(self.wire_id(self.session.next_id()))
    }

    pub(super) fn send_shared(&mut self, event: &SharedEvent) {
        let id = self.session.next_id();
        let wire_id = self.wire_id(id);
        if event.is_long() {
            return self.keep_message(id, event.to_kept());
        }
        let kept = self.session.buffered_bytes();
        self.outgoing
            .write_kept(event.len(wire_id), kept, |out| event.write(out, wire_id));
        self.keep(id);
    }
}
