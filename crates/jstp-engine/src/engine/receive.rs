//! Input: the peer's messages.

use std::time::Instant;

use jstp_wire::{Message, Outcome, Rejected, encode};

use super::{Engine, Event, Incoming, IncomingRejection};
use crate::calls::CallEntry;
use crate::error::ProtocolViolation;

impl<C: Clone> Engine<C> {
    /// Handles a message of the peer, in the order in which they came. After an error the transport
    /// has to be closed and no further message of it handled. `now` as for [`call`](Self::call).
    pub fn handle_message<'m>(
        &mut self,
        now: impl Into<Option<Instant>>,
        message: &'m Message<'_>,
    ) -> Result<Incoming<'m, C>, ProtocolViolation> {
        let now = now.into();
        Ok(match message {
            Message::Call(call) => {
                self.session.record_received(call.id.unsigned_abs());
                Incoming::Call(call)
            }
            Message::Callback(callback) => {
                self.acknowledge(now, callback.id);
                match self.answered(callback.id, false) {
                    Some(CallEntry { token, .. }) => {
                        let outcome = match &callback.outcome {
                            Outcome::Ok(results) => Ok(*results),
                            Outcome::Err(error) => Err(error),
                        };
                        Incoming::Callback { token, outcome }
                    }
                    None => Incoming::Rejected(IncomingRejection::UnknownCall { id: callback.id }),
                }
            }
            Message::Event(event) => {
                self.session.record_received(event.id.unsigned_abs());
                Incoming::Event(event)
            }
            Message::Inspect(inspect) => {
                self.session.record_received(inspect.id.unsigned_abs());
                Incoming::Inspect(inspect)
            }
            Message::Ping { id } => {
                self.answer(0, |out| encode::pong(out, *id));
                self.session.record_received(id.unsigned_abs());
                Incoming::Nothing
            }
            Message::Pong { id } => {
                self.acknowledge(now, *id);
                match self.answered(*id, true) {
                    Some(CallEntry { token, .. }) => Incoming::Pong { token },
                    None => Incoming::Nothing,
                }
            }
            Message::Handshake(_) => return Err(ProtocolViolation::SecondHandshake),
            _ => Incoming::Nothing,
        })
    }

    /// Handles a message that parses but is malformed. A numbered one still counts as received, since
    /// its sender keeps it until it is told so, and a callback still ends its call, with
    /// [`Event::CallbackLost`], since there will be no other.
    pub fn handle_rejected(
        &mut self,
        now: impl Into<Option<Instant>>,
        rejected: Rejected,
    ) -> Incoming<'static, C> {
        if let Some(id) = rejected.id {
            match rejected.kind.as_str() {
                "call" | "event" | "inspect" | "ping" => {
                    self.session.record_received(id.unsigned_abs());
                }
                "callback" => {
                    self.acknowledge(now.into(), id);
                    // No other answer will come.
                    if let Some(CallEntry { token, kind, .. }) = self.answered(id, false) {
                        self.events.push_back(Event::CallbackLost { token, kind });
                    }
                }
                _ => {}
            }
        }
        Incoming::Rejected(IncomingRejection::Malformed(rejected))
    }

    /// Only an id of our own sign can belong to a call of ours.
    fn answered(&mut self, id: i64, pong: bool) -> Option<CallEntry<C>> {
        let abs = id.unsigned_abs();
        if id != self.wire_id(abs) {
            return None;
        }
        self.calls.answered(abs, pong)
    }

    fn acknowledge(&mut self, now: Option<Instant>, id: i64) {
        if self.session.acknowledge(id.unsigned_abs()) == 0 {
            return;
        }
        self.pings.acknowledged(self.session.acknowledged());
        if let Some(now) = now {
            self.waiting.note_time(now);
        }
        self.note_room();
        self.collect_acknowledgements(now);
    }
}
