//! Following a log of events for many.

use std::time::Instant;

use super::{Engine, Status};
use crate::error::SendError;
use crate::log::{LogPosition, LogReader};
use crate::waiting::{Placement, SharedEvent};

impl<C: Clone> Engine<C> {
    /// Follows a log: what is appended to it counts as [queued](Self::queue_shared) here, whether there is room
    /// or not. Who appends has to ask first ([`admit_logged`](Self::admit_logged)).
    pub fn follow(&mut self, log: LogReader) {
        self.log = Some(log);
    }

    /// Follows the log no longer. What is there by now still counts as queued. Only pointers are copied.
    pub fn unfollow(&mut self) {
        self.gather_logged();
        self.log = None;
    }

    /// Where in the log that is followed this engine is. `None`: none is followed.
    pub fn log_position(&self) -> Option<LogPosition> {
        self.log.as_ref().map(LogReader::position)
    }

    /// Whether there is something in the log that was not taken.
    #[inline]
    pub fn is_behind_log(&self) -> bool {
        self.log.as_ref().is_some_and(LogReader::is_behind)
    }

    /// Whether the log, which ends there, may have one more event as far as this engine is concerned, whose events
    /// that wait are bounded ([`Config::max_waiting_events`](crate::Config::max_waiting_events)). `Sent`: it may,
    /// and as much again as half of these bounds. [`SendError::Full`]: not before
    /// [`Event::WaitingRoom`](super::Event::WaitingRoom).
    pub fn admit_logged(
        &mut self,
        now: Instant,
        event: &SharedEvent,
        end: LogPosition,
    ) -> Result<Placement, SendError> {
        if self.status == Status::Closed {
            // It does not keep what others have had.
            self.gather_logged();
            return Err(SendError::Closed);
        }
        let position = self.log_position().unwrap_or(end);
        let (events, bytes) = end.since(position);
        let bytes = bytes.saturating_add(event.size());
        if self.waiting.leaves_half(events + 1, bytes, &self.config) {
            return Ok(Placement::Sent);
        }
        self.waiting.note_time(now);
        self.send_waiting();
        self.collect_acknowledgements(Some(now));
        if self.waiting.is_empty() {
            Ok(Placement::Sent)
        } else if self.waiting.admits(event, &self.config) {
            Ok(Placement::Waiting)
        } else {
            Err(SendError::Full)
        }
    }

    /// Sends what is in the log, as far as there is room and nothing waits for some; the rest waits.
    pub(super) fn send_logged(&mut self) {
        let Some(mut log) = self.log.take() else {
            return;
        };
        while let Some(logged) = log.peek() {
            let goes_out = self.waiting.is_empty()
                && self.status != Status::Closed
                && self.fits_beside_turn(self.next_len(&logged.event));
            if !goes_out {
                self.log = Some(log);
                self.gather_logged();
                return;
            }
            self.waiting.note_time(logged.at);
            self.send_shared(&logged.event);
            log.advance();
            if self.is_ping_behind() {
                self.collect_acknowledgements(self.waiting.latest());
            }
        }
        // What has been added since is for the next time: there is room for it.
        self.log = Some(log);
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
