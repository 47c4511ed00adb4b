//! Following a log of events for many.

use super::send::{PING_RESERVE, PINGS_IN_BUFFER};
use super::{Engine, Status};
use crate::log::{LAG_BYTES, LAG_EVENTS, LONGEST_MESSAGE, LogReader};
use crate::waiting::SharedEvent;

impl<C: Clone> Engine<C> {
    /// Follows a log: what is appended to it counts as [queued](Self::queue_shared) here. To be asked before:
    /// [`can_follow`](Self::can_follow).
    pub fn follow(&mut self, log: LogReader) {
        self.log = Some(log);
    }

    /// Takes what is there and follows the log no longer.
    pub fn unfollow(&mut self) {
        self.send_gathered();
        self.log = None;
    }

    /// How many events of the log that is followed were taken, or came before it was. `None`: none is followed.
    pub fn log_position(&self) -> Option<u64> {
        self.log.as_ref().map(LogReader::position)
    }

    /// Whether there is room for all by which an engine may be behind a log. Who follows one that cannot has
    /// to [give that up](Self::unfollow): it is told of each event by itself, so that it is known for whom
    /// events wait.
    pub fn can_follow(&self) -> bool {
        let bytes = LAG_BYTES.saturating_add(self.waiting.message_bytes());
        let messages = LAG_EVENTS + self.waiting.len() + PINGS_IN_BUFFER;
        self.status == Status::Attached
            && self.config.max_message_size >= LONGEST_MESSAGE
            && self.due_len().is_none()
            && self
                .session
                .has_room_for(messages, bytes.saturating_add(PING_RESERVE))
            && self.outgoing.bytes().saturating_add(bytes) <= self.config.max_outgoing_bytes
    }

    /// Takes what is in the log that is followed, to be sent with what [`poll_transmit`](Self::poll_transmit) gives
    /// next. Only pointers are copied.
    pub fn take_logged(&mut self) {
        self.gather_logged();
    }

    #[inline]
    pub(super) fn is_behind_log(&self) -> bool {
        self.log.as_ref().is_some_and(LogReader::is_behind)
    }

    /// Sends what is in the log, as far as there is room and nothing waits for some; the rest waits.
    pub(super) fn send_logged(&mut self) {
        let Some(mut log) = self.log.take() else {
            return;
        };
        while self.waiting.is_empty()
            && let Some(logged) = log.peek()
            && self.status != Status::Closed
            && self.fits_beside_turn(self.next_len(&logged.event))
        {
            self.waiting.note_time(logged.at);
            self.send_shared(&logged.event);
            log.advance();
            if self.is_ping_behind() {
                self.collect_acknowledgements(self.waiting.latest());
            }
        }
        self.log = Some(log);
        self.gather_logged();
    }

    /// Has what is in the log wait behind what waits already.
    pub(super) fn gather_logged(&mut self) {
        while let Some(logged) = self.log.as_mut().and_then(LogReader::peek) {
            self.waiting.note_time(logged.at);
            self.waiting.reserve(&logged.event);
            if let Some(log) = &mut self.log {
                log.advance();
            }
        }
    }

    /// Does something with each event of the log that was not taken.
    pub(super) fn each_logged(&self, mut act: impl FnMut(&SharedEvent)) {
        let Some(mut log) = self.log.clone() else {
            return;
        };
        while let Some(logged) = log.peek() {
            act(&logged.event);
            log.advance();
        }
    }
}
