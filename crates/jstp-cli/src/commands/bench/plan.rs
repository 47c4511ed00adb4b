//! What load to make, and for how long.

use std::time::{Duration, Instant};

/// The load of one run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// How many connections there are.
    pub(crate) connections: usize,
    /// How many threads make the load.
    pub(crate) threads: usize,
    pub(crate) load: Load,
    /// How long the load is on before anything is measured.
    pub(crate) warm_up: Duration,
    pub(crate) end: End,
    /// How long an answer may take; `None` for ever.
    pub(crate) timeout: Option<Duration>,
}

/// When calls are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    /// So many are always under way on each connection: the next one waits for an answer.
    InFlight(usize),
    /// So many a second over all connections, whatever becomes of them.
    Rate {
        per_second: f64,
        /// How many may be under way on each connection. Later ones wait, and their clocks run.
        max_in_flight: usize,
    },
}

/// What ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A time, the warm-up not counted.
    After(Duration),
    /// A number of calls, those of the warm-up not counted.
    Calls(u64),
}

/// The moments of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// The first call may be made.
    pub(crate) start: Instant,
    /// Calls that are due from here on are measured.
    pub(crate) measured_from: Instant,
    /// No calls are made from here on; `None` when their number ends the run.
    pub(crate) end: Option<Instant>,
}

impl Plan {
    pub(crate) fn times(&self, start: Instant) -> Times {
        let measured_from = start + self.warm_up;
        Times {
            start,
            measured_from,
            end: match self.end {
                End::After(time) => Some(measured_from + time),
                End::Calls(_) => None,
            },
        }
    }

    /// How many calls are due by a fixed rate in all; `None` without one.
    pub(crate) fn scheduled(&self) -> Option<u64> {
        let Load::Rate { per_second, .. } = self.load else {
            return None;
        };
        let within = |time: Duration| calls_within(per_second, time);
        Some(match self.end {
            End::After(time) => within(self.warm_up + time),
            End::Calls(calls) => within(self.warm_up).saturating_add(calls),
        })
    }
}

/// How many calls are due within `time`, of which the first one is due at once.
pub(crate) fn calls_within(per_second: f64, time: Duration) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a cast saturates"
    )]
    let calls = (time.as_secs_f64() * per_second).ceil() as u64;
    calls
}

/// Beyond any run, and still something that can be added to a moment: a hundred years.
const FAR: Duration = Duration::from_hours(100 * 365 * 24);

/// When the call with this number, from 0, is due after the start.
pub(crate) fn due(per_second: f64, number: u64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "numbers stay far below 2^53")]
    let seconds = number as f64 / per_second;
    Duration::try_from_secs_f64(seconds).map_or(FAR, |after| after.min(FAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_a_schedule() {
        assert_eq!(calls_within(1000.0, Duration::from_millis(1500)), 1500);
        assert_eq!(calls_within(0.5, Duration::from_secs(1)), 1);
        assert_eq!(calls_within(10.0, Duration::ZERO), 0);
        assert_eq!(due(200.0, 3), Duration::from_millis(15));
        assert_eq!(due(200.0, 0), Duration::ZERO);
        assert_eq!(due(1e-300, u64::MAX), FAR);
    }

    #[test]
    fn the_warm_up_comes_on_top() {
        let mut plan = Plan {
            connections: 1,
            threads: 1,
            load: Load::Rate {
                per_second: 100.0,
                max_in_flight: 1,
            },
            warm_up: Duration::from_secs(1),
            end: End::After(Duration::from_secs(2)),
            timeout: None,
        };
        assert_eq!(plan.scheduled(), Some(300));
        plan.end = End::Calls(50);
        assert_eq!(plan.scheduled(), Some(150));
        plan.load = Load::InFlight(1);
        assert_eq!(plan.scheduled(), None);
    }
}
