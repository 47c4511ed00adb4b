//! The timers of an attached engine: when to ping, when to give up.

use std::collections::VecDeque;
use std::time::Instant;

use crate::config::Heartbeat;

/// Pings at an interval, and the ones that were not answered yet.
#[derive(Debug, Default)]
pub(crate) struct HeartbeatTimer {
    settings: Option<Heartbeat>,
    next: Option<Instant>,
    unanswered: VecDeque<(u64, Instant)>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    PeerDead,
}

impl HeartbeatTimer {
    pub(crate) fn new(settings: Option<Heartbeat>) -> Self {
        Self { settings, ..Self::default() }
    }

    pub(crate) fn settings(&self) -> Option<Heartbeat> {
        self.settings
    }

    /// Changes the settings; `start` is when the first interval begins, if it begins at all now.
    pub(crate) fn set(&mut self, settings: Option<Heartbeat>, start: Option<Instant>) {
        self.settings = settings;
        self.stop();
        if let Some(now) = start {
            self.start(now);
        }
    }

    /// A transport was attached.
    pub(crate) fn start(&mut self, now: Instant) {
        self.unanswered.clear();
        self.next = self.settings.and_then(|s| now.checked_add(s.interval));
    }

    /// The transport is gone.
    pub(crate) fn stop(&mut self) {
        self.next = None;
        self.unanswered.clear();
    }

    pub(crate) fn sent(&mut self, id: u64, now: Instant) {
        self.unanswered.push_back((id, now));
    }

    /// Everything up to `id` has arrived, so no earlier ping counts against the peer.
    pub(crate) fn acknowledged(&mut self, id: u64) {
        while self.unanswered.front().is_some_and(|&(ping, _)| ping <= id) {
            self.unanswered.pop_front();
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let next = self.next?;
        Some(self.dead_at().map_or(next, |dead| next.min(dead)))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Due {
        if self.dead_at().is_some_and(|dead| dead <= now) {
            self.stop();
            return Due::PeerDead;
        }
        match (self.next, self.settings) {
            (Some(next), Some(settings)) if next <= now => {
                // From now and not from `next`: a driver that was held up must not catch up in a burst.
                self.next = now.checked_add(settings.interval);
                Due::Ping
            }
            _ => Due::Nothing,
        }
    }

    fn dead_at(&self) -> Option<Instant> {
        let &(_, since) = self.unanswered.front()?;
        since.checked_add(self.settings?.timeout)
    }
}
