//! The line on a terminal that tells how a run goes.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::plan::Times;
use super::recorder::Recent;
use super::series::as_float;
use super::summary::{count_text, time_text};

/// How often the line changes.
const INTERVAL: Duration = Duration::from_millis(250);

/// A line on the standard error, if that is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    is_shown: bool,
    recent: Recent,
    gathered: Duration,
    errors: u64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            is_shown: io::stderr().is_terminal(),
            recent: Recent::new(),
            gathered: Duration::ZERO,
            errors: 0,
        }
    }

    pub(crate) fn connecting(&mut self, made: usize, all: usize) {
        self.show(&format!("connecting: {made} of {all}"));
    }

    pub(crate) fn warming_up(&mut self) {
        self.show("warming up");
    }

    pub(crate) fn waiting(&mut self) {
        self.show("waiting for the last answers");
    }

    /// Adds what happened in the next `length` of the run.
    pub(crate) fn running(&mut self, times: &Times, recent: &Recent, length: Duration) {
        self.errors += recent.errors;
        if !self.is_shown {
            return;
        }
        self.recent.add(recent);
        self.gathered += length;
        if self.gathered < INTERVAL {
            return;
        }
        let passed = times.measured_from.elapsed().as_secs_f64();
        let of = times.end.map_or(String::new(), |end| {
            format!(" of {:.0}", (end - times.measured_from).as_secs_f64())
        });
        let rate = as_float(self.recent.latency.len()) / self.gathered.as_secs_f64();
        let latency = if self.recent.latency.is_empty() {
            "no answers".to_owned()
        } else {
            let quantile = |quantile| {
                time_text(super::series::milliseconds(
                    self.recent.latency.value_at_quantile(quantile),
                ))
            };
            format!("p50 {}  p99 {}", quantile(0.5), quantile(0.99))
        };
        let line = format!(
            "{passed:.0}{of} s  {}/s  {latency}  errors {}",
            count_text(rate.round()),
            self.errors
        );
        self.show(&line);
        self.recent.clear();
        self.gathered = Duration::ZERO;
    }

    /// Leaves the terminal as if nothing had been.
    pub(crate) fn clear(&mut self) {
        self.show("");
    }

    fn show(&mut self, line: &str) {
        if self.is_shown {
            let mut err = io::stderr().lock();
            // There is nobody to tell when this fails.
            let _ = write!(err, "\r\u{1b}[K{line}");
            let _ = err.flush();
        }
    }
}

/// A failure must not be written behind the line.
impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
