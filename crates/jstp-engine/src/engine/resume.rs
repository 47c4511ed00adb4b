//! Coming and going of transports.

use std::time::Instant;

use jstp_session::Session;
use jstp_wire::encode;

use super::{Engine, Event, Status};
use crate::calls::CallEntry;

impl<C: Clone> Engine<C> {
    /// A client's handshake for a new session is done; what was buffered meanwhile goes out.
    pub fn attach(&mut self, now: Instant) {
        self.begin(now);
        self.resend(now);
    }

    /// A server has accepted a new session: answers the handshake with the session's id.
    pub fn attach_as_server(&mut self, now: Instant) {
        self.begin(now);
        let id = self.session.id().clone();
        self.answer(|out| encode::handshake_session(out, id.as_str()));
        self.resend(now);
    }

    /// A server resumes the session: answers the handshake with our count, then sends again what the
    /// client has not received. `peer_received` is the client's count, cut to what was really sent.
    pub fn resume_as_server(&mut self, now: Instant, peer_received: u64) {
        self.begin(now);
        let received = self.session.received();
        self.answer(|out| encode::handshake_resumed(out, received));
        self.resume(now, peer_received);
    }

    /// The server has resumed our session; `peer_received` is its count, cut to what was really sent.
    pub fn resume_as_client(&mut self, now: Instant, peer_received: u64) {
        self.begin(now);
        self.resume(now, peer_received);
    }

    /// The transport is gone. Answers that were not written are dropped, numbered messages are kept
    /// for the resume, calls under way go on.
    pub fn detach(&mut self) {
        if self.status == Status::Attached {
            self.status = Status::Detached;
        }
        self.outgoing.clear();
        self.heartbeat.stop();
        if self.refused && self.has_room(0) {
            self.note_room();
        }
    }

    /// Ends every call under way and refuses new messages, until a transport is attached again.
    /// Messages already accepted stay in the session and go out if it is ever resumed.
    pub fn close(&mut self) {
        self.status = Status::Closed;
        self.heartbeat.stop();
        for (_, entry) in self.calls.take_up_to(u64::MAX) {
            self.events.push_back(Event::CallClosed { token: entry.token });
        }
        if self.refused {
            self.note_room();
        }
    }

    /// Gives up the session for a new one: every call under way ends, what was buffered is dropped.
    pub fn restart(&mut self, session: Session) {
        self.close();
        self.outgoing.clear();
        self.session = session;
        self.status = Status::Detached;
    }

    fn begin(&mut self, now: Instant) {
        self.outgoing.clear();
        self.collecting = None;
        self.status = Status::Attached;
        self.heartbeat.start(now);
    }

    fn resume(&mut self, now: Instant, peer_received: u64) {
        self.session.acknowledge(peer_received);
        let lost = self.calls.take_up_to(self.session.acknowledged());
        self.resend(now);
        for (_, entry) in lost {
            self.callback_lost(now, entry);
        }
        if self.refused && self.has_room(0) {
            self.note_room();
        }
    }

    /// Sends the unacknowledged messages again, as they are.
    fn resend(&mut self, now: Instant) {
        for message in self.session.unacknowledged() {
            self.outgoing.push(message.clone());
        }
        self.collect_acknowledgements(now);
    }

    fn callback_lost(&mut self, now: Instant, entry: CallEntry<C>) {
        let CallEntry { token, kind, resend } = entry;
        let Some(call) = resend else {
            self.events.push_back(Event::CallbackLost { token, kind });
            return;
        };
        match self.call(now, &call.interface, &call.method, &call.args, token.clone(), true) {
            Ok(id) => self.events.push_back(Event::CallResent { token, id }),
            Err(_) => self.events.push_back(Event::CallbackLost { token, kind }),
        }
    }
}
