//! Contestants that take turns.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// How long a turn takes at least.
const TURN: Duration = Duration::from_millis(20);

/// The contestant that others are compared with.
const LANDMARK: &str = "serde_json";

/// Runs something for a time and tells how long one run takes.
pub(crate) type Turn<'a> = Box<dyn Fn() -> Duration + 'a>;

/// What one contestant does in one row.
struct Entry<'a> {
    row: String,
    contestant: &'static str,
    bytes: usize,
    turn: Turn<'a>,
    times: Vec<Duration>,
}

/// All that is compared.
#[derive(Default)]
pub(crate) struct Contest<'a> {
    entries: Vec<Entry<'a>>,
}

impl<'a> Contest<'a> {
    /// Adds a contestant that handles so many bytes in one run.
    pub(crate) fn add(
        &mut self,
        row: &str,
        contestant: &'static str,
        bytes: usize,
        run: impl Fn() + 'a,
    ) {
        let turn = Box::new(move || {
            let start = Instant::now();
            let mut runs = 0;
            while start.elapsed() < TURN {
                run();
                runs += 1;
            }
            start.elapsed() / runs
        });
        self.add_turn(row, contestant, bytes, turn);
    }

    /// Adds a contestant that measures itself.
    pub(crate) fn add_turn(
        &mut self,
        row: &str,
        contestant: &'static str,
        bytes: usize,
        turn: Turn<'a>,
    ) {
        let row = row.to_owned();
        self.entries.push(Entry {
            row,
            contestant,
            bytes,
            turn,
            times: Vec::new(),
        });
    }

    /// Gives everybody whose row contains `filter` so many turns, and writes the table.
    pub(crate) fn run(mut self, rounds: usize, filter: &str) -> String {
        self.entries.retain(|entry| entry.row.contains(filter));
        self.entries.sort_by(|left, right| left.row.cmp(&right.row));
        // The first turns warm up.
        for round in 0..=rounds {
            for entry in &mut self.entries {
                let time = (entry.turn)();
                if round > 0 {
                    entry.times.push(time);
                }
            }
        }
        for entry in &mut self.entries {
            entry.times.sort();
        }
        self.table()
    }

    fn table(&self) -> String {
        let mut table = String::from(
            "| row | contestant | MB/s | ratio | spread |\n| --- | --- | ---: | ---: | ---: |\n",
        );
        for entry in &self.entries {
            let landmark = self
                .entries
                .iter()
                .find(|other| other.row == entry.row && other.contestant == LANDMARK);
            let ratio = landmark.map_or(String::new(), |landmark| {
                format!("{:.2}", landmark.median() / entry.median())
            });
            _ = writeln!(
                table,
                "| {} | {} | {:.0} | {ratio} | {:.0} % |",
                entry.row,
                entry.contestant,
                entry.bytes as f64 / entry.median() / 1e6,
                entry.spread() * 100.0,
            );
        }
        table
    }
}

impl Entry<'_> {
    /// The median, in seconds.
    fn median(&self) -> f64 {
        let median = self.times.get(self.times.len() / 2);
        median.map_or(f64::NAN, Duration::as_secs_f64)
    }

    fn spread(&self) -> f64 {
        match (self.times.first(), self.times.last()) {
            (Some(fastest), Some(slowest)) => {
                slowest.saturating_sub(*fastest).as_secs_f64() / self.median()
            }
            _ => f64::NAN,
        }
    }
}
