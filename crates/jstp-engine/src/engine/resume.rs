//! Coming and going of transports.

use std::time::Instant;

use jstp_session::Session;
use jstp_wire::encode;

use super::{Engine, Event, Status};
use crate::calls::{CallEntry, Resend};

impl<C: Clone> Engine<C> {
    /// A client's handshake for a new session is done; what was buffered meanwhile goes out.
    pub fn attach(&mut self, now: Instant) {
        self.begin(now);
        self.resend();
        self.collect_acknowledgements(Some(now));
    }

    /// A server has accepted a new session: answers the handshake with the session's id.
    pub fn attach_as_server(&mut self, now: Instant) {
        self.begin(now);
        let id = self.session.id().clone();
        self.answer_at_once(id.as_str().len(), |out| {
            encode::handshake_session(out, id.as_str());
        });
        self.resend();
        self.collect_acknowledgements(Some(now));
    }

    /// A server resumes the session: answers the handshake with our count, then sends again what the
    /// client has not received. `peer_received` is the client's count, cut to what was really sent.
    pub fn resume_as_server(&mut self, now: Instant, peer_received: u64) {
        self.begin(now);
        let received = self.session.received();
        self.answer_at_once(0, |out| encode::handshake_resumed(out, received));
        self.resume(now, peer_received);
    }

    /// The server has resumed our session; `peer_received` is its count, cut to what was really sent.
    pub fn resume_as_client(&mut self, now: Instant, peer_received: u64) {
        self.begin(now);
        self.resume(now, peer_received);
    }

    /// The transport is gone. Answers that were not written are dropped, numbered messages are kept
    /// for the resume, calls under way are decided on then.
    pub fn detach(&mut self) {
        if self.status == Status::Attached {
            self.status = Status::Detached;
        }
        self.outgoing.clear();
        self.pings.stop();
        self.note_room();
    }

    /// Ends every call under way and refuses new messages, until a transport is attached again.
    /// Messages already accepted stay in the session and go out if it is ever resumed.
    pub fn close(&mut self) {
        self.send_waiting();
        self.status = Status::Closed;
        self.pings.stop();
        for (_, entry) in self.calls.take_up_to(u64::MAX) {
            self.events
                .push_back(Event::CallClosed { token: entry.token });
        }
        // Those who wait for room have to learn that they wait in vain.
        self.tell_all();
        if self.refused.take().is_some() {
            self.events.push_back(Event::Room);
        }
        if self.waiting.forget_refused() {
            self.events.push_back(Event::WaitingRoom);
        }
    }

    /// Gives up the session for a new one: every call under way ends, what was buffered is dropped.
    pub fn restart(&mut self, session: Session) {
        self.close();
        self.outgoing.clear();
        self.drop_waiting();
        self.pings.reset();
        self.session = session;
        self.status = Status::Detached;
    }

    fn begin(&mut self, now: Instant) {
        self.outgoing.clear();
        self.status = Status::Attached;
        self.pings.start(now);
        self.waiting.note_time(now);
    }

    fn resume(&mut self, now: Instant, peer_received: u64) {
        self.session.acknowledge(peer_received);
        let acknowledged = self.session.acknowledged();
        self.pings.acknowledged(acknowledged);
        self.resend();
        // Not only what was acknowledged just now: a call may have been overtaken by the callback of a
        // later one long before.
        for (_, entry) in self.calls.take_up_to(acknowledged) {
            self.callback_lost(entry);
        }
        self.note_room();
        self.collect_acknowledgements(Some(now));
    }

    /// Sends the unacknowledged messages again, as they are.
    fn resend(&mut self) {
        for (id, message) in self.session.kept() {
            self.outgoing.push_kept(id, message);
        }
    }

    /// Ends a call, or makes it again. That bypasses the limits: the call was accepted once, and there
    /// are no more of them than may be under way.
    fn callback_lost(&mut self, entry: CallEntry<C>) {
        let CallEntry {
            token,
            kind,
            resend,
        } = entry;
        let again = resend.and_then(|call| {
            let Resend {
                interface,
                method,
                args,
            } = &*call;
            let len = interface.len() + method.len() + args.len();
            let written = self.write_numbered(len, |id, out| {
                encode::call(out, id, interface, method, args);
            });
            written.ok().map(|(id, _)| (id, call))
        });
        let Some((id, call)) = again else {
            self.events.push_back(Event::CallbackLost { token, kind });
            return;
        };
        self.keep(id);
        self.calls.insert(
            id,
            CallEntry {
                token: token.clone(),
                kind,
                resend: Some(call),
            },
        );
        self.events.push_back(Event::CallResent { token, id });
    }
}
