//! Commands: what our side sends.

use std::time::Instant;

use bytes::BytesMut;
use jstp_session::Kept;
use jstp_wire::{RemoteError, encode};

use super::{CallKind, Engine, Status};
use crate::calls::{CallEntry, Resend};
use crate::error::SendError;

/// Room that is left free for pings of our own: they are what empties a full buffer.
pub(super) const PING_RESERVE: usize = 256;
/// About what a message takes besides the texts in it.
const HEADER: usize = 64;
/// How many pings of our own are under way at most while a session's buffer fills: who reads slowly but steadily
/// is seen to do so by their answers.
pub(super) const PINGS_IN_BUFFER: usize = 4;

impl<C: Clone> Engine<C> {
    /// Calls a method of the peer. `args` is the text of an array. Returns the absolute id, for
    /// [`forget_call`](Self::forget_call).
    ///
    /// `Ok` means that the session has the call: it goes out now or on the next resume, at most once.
    /// When its answer is lost the call ends with
    /// [`Event::CallbackLost`](super::Event::CallbackLost), or with `resend` is made again.
    ///
    /// `now` may be left out while there is no [heartbeat](Self::heartbeat), since asking for it takes long.
    pub fn call(
        &mut self,
        now: impl Into<Option<Instant>>,
        interface: &str,
        method: &str,
        args: &str,
        token: C,
        resend: bool,
    ) -> Result<u64, SendError> {
        check_name(method, "call")?;
        self.check_calls()?;
        let now = now.into();
        let id = self.send_numbered(
            now,
            interface.len() + method.len() + args.len(),
            |id, out| {
                encode::call(out, id, interface, method, args);
            },
        )?;
        let resend = resend.then(|| {
            Box::new(Resend {
                interface: interface.into(),
                method: method.into(),
                args: args.into(),
            })
        });
        self.calls.insert(
            id,
            CallEntry {
                token,
                kind: CallKind::Call,
                resend,
            },
        );
        self.collect_acknowledgements(now);
        Ok(id)
    }

    /// Asks for the methods of an interface of the peer; otherwise as [`call`](Self::call).
    pub fn inspect(&mut self, now: Instant, interface: &str, token: C) -> Result<u64, SendError> {
        self.check_calls()?;
        let id = self.send_numbered(Some(now), interface.len(), |id, out| {
            encode::inspect(out, id, interface);
        })?;
        self.calls.insert(
            id,
            CallEntry {
                token,
                kind: CallKind::Inspect,
                resend: None,
            },
        );
        self.collect_acknowledgements(Some(now));
        Ok(id)
    }

    /// Sends a ping; otherwise as [`call`](Self::call).
    pub fn ping(&mut self, token: C) -> Result<u64, SendError> {
        self.check_calls()?;
        let id = self.send_numbered(None, 0, |id, out| encode::ping(out, id))?;
        self.calls.insert(
            id,
            CallEntry {
                token,
                kind: CallKind::Ping,
                resend: None,
            },
        );
        Ok(id)
    }

    /// Emits an event to the peer. `args` is the text of an array. `Ok` means that the session has
    /// the event: it goes out now or on the next resume. `now` as for [`call`](Self::call).
    pub fn emit(
        &mut self,
        now: impl Into<Option<Instant>>,
        interface: &str,
        event: &str,
        args: &str,
    ) -> Result<(), SendError> {
        check_name(event, "event")?;
        let now = now.into();
        self.send_numbered(
            now,
            interface.len() + event.len() + args.len(),
            |id, out| {
                encode::event(out, id, interface, event, args);
            },
        )?;
        self.collect_acknowledgements(now);
        Ok(())
    }

    /// Answers a call or an inspection. `results` is the text of an array. False: there is no
    /// transport, the answer is dropped (the peer ends the call with -1 when it resumes). Results that
    /// are too long for a message become error 16.
    pub fn callback_ok(&mut self, id: i64, results: &str) -> bool {
        let limit = self.config.max_message_size;
        self.answer(results.len(), |out| {
            encode::callback_ok(out, id, results);
            if out.len() > limit {
                out.clear();
                encode::callback_error(out, id, &RemoteError::internal_api_error());
            }
        })
    }

    /// Answers a call or an inspection with an error; otherwise as [`callback_ok`](Self::callback_ok).
    /// An error that is too long for a message becomes error 16 as well.
    pub fn callback_error(&mut self, id: i64, error: &RemoteError) -> bool {
        let limit = self.config.max_message_size;
        self.answer(error.message().len(), |out| {
            encode::callback_error(out, id, error);
            if out.len() > limit {
                out.clear();
                encode::callback_error(out, id, &RemoteError::internal_api_error());
            }
        })
    }

    /// Forgets a call that nobody waits for any longer. The message itself stays numbered and
    /// buffered; a late answer is rejected. False: it was not under way.
    ///
    /// `is_meant` is asked whether a token is that of the call, since a session that was given up for a new one
    /// leaves its ids to that.
    pub fn forget_call(&mut self, id: u64, is_meant: impl FnOnce(&C) -> bool) -> bool {
        self.calls.remove(id, is_meant).is_some()
    }

    /// Whether a message of about `len` bytes would be taken at once.
    pub fn has_room(&self, len: usize) -> bool {
        if self.waiting.is_empty() {
            return self.fits_beside_turn(len);
        }
        // What comes later would overtake events that keep room for somebody's turn.
        if self.due_len().is_some() {
            return false;
        }
        let before = self.waiting.message_bytes();
        let all = before.saturating_add(len);
        let bytes = all.saturating_add(PING_RESERVE);
        self.session.has_room_for(self.waiting.len() + 1, bytes)
            && self.outgoing.bytes().saturating_add(all) <= self.config.max_outgoing_bytes
    }

    /// Whether a message of about `len` bytes would be taken at once if no event waited.
    pub(super) fn fits(&self, len: usize) -> bool {
        self.session.has_room(len.saturating_add(PING_RESERVE)) && self.fits_outgoing(len)
    }

    /// Whether `len` bytes may wait for the transport besides those that do.
    pub(super) fn fits_outgoing(&self, len: usize) -> bool {
        let waiting = self.outgoing.bytes();
        waiting == 0 || waiting.saturating_add(len) <= self.config.max_outgoing_bytes
    }

    /// Queues an answer that holds a text of `len` bytes, behind events that were emitted before it.
    pub(super) fn answer(&mut self, len: usize, write: impl FnOnce(&mut BytesMut)) -> bool {
        self.send_gathered();
        self.answer_at_once(len, write)
    }

    /// As [`answer`](Self::answer), but before events that wait: for what a transport begins with.
    pub(super) fn answer_at_once(&mut self, len: usize, write: impl FnOnce(&mut BytesMut)) -> bool {
        if self.status != Status::Attached {
            return false;
        }
        self.outgoing.push_answer(len.saturating_add(HEADER), write);
        true
    }

    /// Sends a numbered message that holds texts of `len` bytes, or buffers it for the resume. `now`, where it
    /// is known, is for a ping that goes out when there is no room.
    fn send_numbered(
        &mut self,
        now: Option<Instant>,
        len: usize,
        write: impl FnOnce(i64, &mut BytesMut),
    ) -> Result<u64, SendError> {
        self.send_waiting();
        let (id, len) = self.write_numbered(len, write)?;
        self.admit(now, len)?;
        self.keep(id);
        Ok(id)
    }

    /// Writes the next numbered message, for [`keep`](Self::keep), and gives its id and length. Nothing is
    /// changed.
    pub(super) fn write_numbered(
        &mut self,
        len: usize,
        write: impl FnOnce(i64, &mut BytesMut),
    ) -> Result<(u64, usize), SendError> {
        if self.status == Status::Closed {
            return Err(SendError::Closed);
        }
        let id = self.session.next_id();
        let wire_id = self.wire_id(id);
        let kept = self.session.buffered_bytes();
        let len = self
            .outgoing
            .write_kept(len.saturating_add(HEADER), kept, |out| write(wire_id, out));
        let limit = self.config.max_message_size;
        if len > limit {
            return Err(SendError::TooLong { len, limit });
        }
        Ok((id, len))
    }

    /// Puts the message that was written into the session, and on its way if there is a transport.
    pub(super) fn keep(&mut self, id: u64) {
        let message = self.outgoing.take_kept();
        self.keep_message(id, Kept::Message(message));
    }

    /// Puts a message into the session, and on its way if there is a transport.
    #[inline]
    pub(super) fn keep_message(&mut self, id: u64, message: Kept) {
        self.note_passing();
        if self.status == Status::Attached {
            self.outgoing.push_kept(self.wire_id(id), &message);
        }
        let before = self.session.buffered_bytes();
        self.session.keep(id, message);
        self.unasked += self.session.buffered_bytes() - before;
    }

    /// A ping that nobody waits for. It bypasses the limits, since only its answer makes room.
    pub(super) fn send_own_ping(&mut self, now: Option<Instant>) {
        if let Ok((id, _)) = self.write_numbered(0, |id, out| encode::ping(out, id)) {
            self.keep(id);
            self.pings.sent(id, now);
            self.unasked = 0;
        }
    }

    /// Pings when much is unacknowledged, or so much that a message was refused: nothing but an answer
    /// tells what has arrived. The next ping waits for the answer, or until a good part of the buffer has been
    /// filled since.
    pub(super) fn collect_acknowledgements(&mut self, now: Option<Instant>) {
        let count = self.session.buffered_count();
        let much = count >= self.config.ping_after_messages
            || self.session.buffered_bytes() >= self.config.ping_after_bytes
            || self.refused.is_some()
            || self.turns.is_anybody_waiting()
            || !self.waiting.is_empty();
        let due = !self.pings.is_waiting() || self.is_ping_behind();
        if much && count > 0 && due && self.status == Status::Attached {
            self.send_own_ping(now);
        }
    }

    /// Whether a good part of the session's buffer has been filled since the last ping.
    pub(super) fn is_ping_behind(&self) -> bool {
        let part = self.session.limits().max_buffered_bytes / PINGS_IN_BUFFER;
        self.unasked >= part.max(self.config.ping_after_bytes)
    }

    fn check_calls(&self) -> Result<(), SendError> {
        if self.calls.len() >= self.config.max_calls {
            return Err(SendError::TooManyCalls);
        }
        Ok(())
    }
}

/// A name that equals the message's kind would stand twice as its key, and one that is an array index
/// would come before the kind in JavaScript, whose peers take the first key for the kind.
pub(crate) fn check_name(name: &str, kind: &str) -> Result<(), SendError> {
    let index = name.bytes().all(|byte| byte.is_ascii_digit())
        && (name == "0" || !name.starts_with('0'))
        && name.parse::<u32>().is_ok_and(|index| index < u32::MAX);
    if name == kind || name.is_empty() || index {
        return Err(SendError::InvalidName(name.to_owned()));
    }
    Ok(())
}
