//! Contestants that take turns.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// How long a turn takes at least.
const TURN: Duration = Duration::from_millis(20);

/// How long others wait after the turns of other processes, which may still be collecting their garbage.
const REST: Duration = Duration::from_millis(200);

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
    /// It runs in a process of its own.
    elsewhere: bool,
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
        self.push(row, contestant, bytes, turn, false);
    }

    /// Adds a contestant that runs in a process of its own and measures itself.
    pub(crate) fn add_turn(
        &mut self,
        row: &str,
        contestant: &'static str,
        bytes: usize,
        turn: Turn<'a>,
    ) {
        self.push(row, contestant, bytes, turn, true);
    }

    fn push(
        &mut self,
        row: &str,
        contestant: &'static str,
        bytes: usize,
        turn: Turn<'a>,
        elsewhere: bool,
    ) {
        self.entries.push(Entry {
            row: row.to_owned(),
            contestant,
            bytes,
            turn,
            elsewhere,
            times: Vec::new(),
        });
    }

    /// Gives everybody whose row contains `filter` so many turns, and writes the table.
    pub(crate) fn run(mut self, rounds: usize, filter: &str) -> String {
        self.entries.retain(|entry| entry.row.contains(filter));
        self.entries
            .sort_by(|left, right| (left.elsewhere, &left.row).cmp(&(right.elsewhere, &right.row)));
        // The first turns warm up.
        for round in 0..=rounds {
            for entry in &mut self.entries {
                let time = (entry.turn)();
                if round > 0 {
                    entry.times.push(time);
                }
            }
            std::thread::sleep(REST);
        }
        self.entries.sort_by(|left, right| left.row.cmp(&right.row));
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
