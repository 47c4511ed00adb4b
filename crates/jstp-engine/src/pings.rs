//! The engine's own pings: when to send one, which were not answered, when to give up.

use std::collections::VecDeque;
use std::time::Instant;

use crate::config::{Heartbeat, MIN_INTERVAL};

/// No further heartbeat is sent while so many pings are unanswered. They are kept for the resume, and
/// a peer that answers none must not make them pile up.
const MAX_UNANSWERED: usize = 32;

/// Pings that no caller waits for: the heartbeat's and those that collect acknowledgements.
#[derive(Debug, Default)]
pub(crate) struct OwnPings {
    heartbeat: Option<Heartbeat>,
    /// When the next heartbeat is due; `None` while there is no transport or no heartbeat.
    next: Option<Instant>,
    /// Ids, and since when each counts against the peer, if it does.
    unanswered: VecDeque<(u64, Option<Instant>)>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    PeerDead,
}

impl OwnPings {
    pub(crate) fn new(heartbeat: Option<Heartbeat>) -> Self {
        Self {
            heartbeat,
            ..Self::default()
        }
    }

    pub(crate) fn heartbeat(&self) -> Option<Heartbeat> {
        self.heartbeat
    }

    /// Changes the heartbeat; `start` is when its first interval begins, if it begins at all now.
    pub(crate) fn set_heartbeat(&mut self, heartbeat: Option<Heartbeat>, start: Option<Instant>) {
        self.heartbeat = heartbeat;
        self.stop();
        if let Some(now) = start {
            self.start(now);
        }
    }

    /// A transport was attached. Pings that are still unanswered go out again by it.
    pub(crate) fn start(&mut self, now: Instant) {
        for (_, since) in &mut self.unanswered {
            *since = Some(now);
        }
        self.next = self.next_heartbeat(now);
    }

    /// Answers could not be seen until now.
    pub(crate) fn give_time(&mut self, now: Instant) {
        for since in self
            .unanswered
            .iter_mut()
            .filter_map(|(_, since)| since.as_mut())
        {
            *since = now;
        }
    }

    /// The transport is gone.
    pub(crate) fn stop(&mut self) {
        self.next = None;
    }

    /// The session is another one.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.heartbeat);
    }

    /// A ping was sent. Without a time it does not count against the peer.
    pub(crate) fn sent(&mut self, id: u64, now: Option<Instant>) {
        self.unanswered.push_back((id, now));
    }

    /// Everything up to `id` has arrived.
    pub(crate) fn acknowledged(&mut self, id: u64) {
        while self.unanswered.front().is_some_and(|&(ping, _)| ping <= id) {
            self.unanswered.pop_front();
        }
    }

    /// Whether a ping is on its way whose answer will acknowledge what was sent before it.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.unanswered.is_empty()
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let next = self.next?;
        Some(self.dead_at().map_or(next, |dead| next.min(dead)))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Due {
        let Some(next) = self.next else {
            return Due::Nothing;
        };
        if self.dead_at().is_some_and(|dead| dead <= now) {
            self.stop();
            return Due::PeerDead;
        }
        if now < next {
            return Due::Nothing;
        }
        // From now and not from `next`: a driver that was held up must not catch up in a burst.
        self.next = self.next_heartbeat(now);
        if self.unanswered.len() < MAX_UNANSWERED {
            Due::Ping
        } else {
            Due::Nothing
        }
    }

    fn next_heartbeat(&self, now: Instant) -> Option<Instant> {
        now.checked_add(self.heartbeat?.interval.max(MIN_INTERVAL))
    }

    fn dead_at(&self) -> Option<Instant> {
        let since = self.unanswered.iter().find_map(|&(_, since)| since)?;
        since.checked_add(self.heartbeat?.timeout)
    }
}
