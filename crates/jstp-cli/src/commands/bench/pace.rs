//! The schedule of a fixed rate, kept by a thread of its own: timers of the runtime are too coarse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::plan::{calls_within, due};
use super::signal::{Signal, Stop};

/// The shortest and the longest time to sleep. The latter bounds how long stopping takes.
const SLEEP: [Duration; 2] = [Duration::from_micros(50), Duration::from_millis(50)];

/// How many calls are due on one connection.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    due: AtomicU64,
    changed: Notify,
}

impl Pace {
    /// How many calls are due by now, from the start on.
    pub(crate) fn due(&self) -> u64 {
        self.due.load(Ordering::Acquire)
    }

    /// Waits until more calls are due than when it was last waited for.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// The schedule as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) start: Instant,
    pub(crate) per_second: f64,
    pub(crate) connections: usize,
    /// How many calls there are in all.
    pub(crate) calls: u64,
}

impl Schedule {
    /// When the call with this number, from 0, of a connection is due.
    pub(crate) fn due(&self, connection: usize, number: u64) -> Instant {
        let number = number
            .saturating_mul(self.connections as u64)
            .saturating_add(connection as u64);
        self.start + due(self.per_second, number)
    }

    /// Tells each connection when its calls are due, in a thread that ends with the schedule or the run.
    pub(crate) fn keep(self, paces: Vec<Arc<Pace>>, signal: Signal) -> thread::JoinHandle<()> {
        thread::spawn(move || {
            let mut told = 0;
            while told < self.calls && signal.now() == Stop::No {
                let now = Instant::now();
                if let Some(passed) = now.checked_duration_since(self.start) {
                    // A call is due at its moment, not after it.
                    let by_now = calls_within(self.per_second, passed + Duration::from_nanos(1));
                    told = self.tell(&paces, told, by_now.min(self.calls));
                }
                let next = self.start + due(self.per_second, told);
                let wait = next.saturating_duration_since(now);
                thread::sleep(wait.clamp(SLEEP[0], SLEEP[1]));
            }
        })
    }

    fn tell(&self, paces: &[Arc<Pace>], told: u64, by_now: u64) -> u64 {
        let calls = (told..by_now).zip(paces.iter().cycle().skip(self.connection(told)));
        for (_, pace) in calls {
            pace.due.fetch_add(1, Ordering::Release);
            pace.changed.notify_one();
        }
        by_now.max(told)
    }

    fn connection(&self, number: u64) -> usize {
        usize::try_from(number % self.connections.max(1) as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_spread_over_the_connections() {
        let schedule = Schedule {
            start: Instant::now(),
            per_second: 100_000.0,
            connections: 3,
            calls: 1000,
        };
        let at = |connection, number| schedule.due(connection, number) - schedule.start;
        assert_eq!(at(0, 0), Duration::ZERO);
        assert_eq!(at(2, 0), Duration::from_micros(20));
        assert_eq!(at(1, 2), Duration::from_micros(70));

        let paces: Vec<Arc<Pace>> = (0..3).map(|_| Arc::default()).collect();
        schedule
            .keep(paces.clone(), Signal::new().1)
            .join()
            .unwrap();
        let due: Vec<u64> = paces.iter().map(|pace| pace.due()).collect();
        assert_eq!(due, [334, 333, 333]);
        assert!(schedule.start.elapsed() >= Duration::from_micros(9990));
    }

    #[test]
    fn a_schedule_stops_with_the_run() {
        let schedule = Schedule {
            start: Instant::now() + Duration::from_hours(1),
            per_second: 1.0,
            connections: 1,
            calls: u64::MAX,
        };
        let (switch, signal) = Signal::new();
        let thread = schedule.keep(vec![Arc::default()], signal);
        switch.set(Stop::AtOnce);
        thread.join().unwrap();
    }
}
