//! What is written down of each call.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use jstp_connection::{CallError, CallResults, SendError};

use super::plan::Times;

/// The longest time that is told apart from longer ones: an hour, in nanoseconds.
const LONGEST: u64 = 3_600_000_000_000;

/// How many kinds of errors are told apart.
const MAX_KINDS: usize = 64;

/// Under which further kinds of errors are counted.
const OTHER: &str = "other";

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered,
    Failed(ErrorKind),
}

/// A kind of error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorKind {
    /// The code of the other side, or a word for what went wrong on this side.
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ErrorKind {
    pub(crate) fn local(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    /// A call that was due when there was no longer a connection.
    pub(crate) fn lost() -> Self {
        Self::local("lost", "the connection was lost")
    }

    /// A call that was still under way when the run was over.
    pub(crate) fn unanswered() -> Self {
        Self::local("unanswered", "no answer by the end of the run")
    }

    /// A call that was due, but could not be sent within the run.
    pub(crate) fn unsent() -> Self {
        Self::local("unsent", "due, but too many others were under way")
    }
}

impl Outcome {
    pub(crate) fn of(result: &Result<CallResults, CallError>) -> Self {
        Self::Failed(match result {
            Ok(_) => return Self::Answered,
            Err(CallError::Remote(error)) => ErrorKind {
                code: error.code_value().to_string(),
                message: error.message().to_owned(),
            },
            Err(CallError::Timeout) => ErrorKind::local("timeout", "no answer in time"),
            Err(
                CallError::CallbackLost | CallError::Closed | CallError::Send(SendError::Closed),
            ) => ErrorKind::lost(),
            Err(other) => ErrorKind::local("failed", &other.to_string()),
        })
    }

    /// Whether no further call can succeed on the connection.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Failed(kind) if matches!(kind.code.as_str(), "lost" | "failed"))
    }
}

/// Writes down the calls of one thread. Its lock is held for moments, and as a rule nobody else wants it.
#[derive(Debug)]
pub(crate) struct Recorder {
    notes: Mutex<Notes>,
    times: Times,
}

/// What was written down.
#[derive(Debug)]
pub(crate) struct Notes {
    /// Latencies of the calls that were due in the time that is measured, in nanoseconds.
    pub(crate) latency: Histogram<u64>,
    /// How long after they were due those were sent, in nanoseconds.
    pub(crate) lag: Histogram<u64>,
    /// How often calls that were due in the time that is measured failed, and why, by code.
    pub(crate) errors: BTreeMap<String, (String, u64)>,
    /// Of the time since these were last taken.
    pub(crate) recent: Recent,
}

/// What happened lately, to whichever calls.
#[derive(Debug)]
pub(crate) struct Recent {
    /// Of the calls that were answered, in nanoseconds.
    pub(crate) latency: Histogram<u64>,
    pub(crate) errors: u64,
    /// The kind of the last error.
    pub(crate) last_error: Option<ErrorKind>,
}

impl Recorder {
    pub(crate) fn new(times: Times) -> Self {
        Self {
            notes: Mutex::new(Notes::new()),
            times,
        }
    }

    /// Writes down a call that was due at `due`, was sent at `sent` and has just ended.
    pub(crate) fn record(&self, due: Instant, sent: Instant, outcome: &Outcome) {
        let latency = nanoseconds(due.elapsed());
        let is_measured = self.is_measured(due);
        let mut notes = self.lock();
        match outcome {
            Outcome::Answered => {
                notes.recent.latency.saturating_record(latency);
                if is_measured {
                    notes.latency.saturating_record(latency);
                    notes.lag.saturating_record(nanoseconds(sent - due));
                }
            }
            Outcome::Failed(kind) => notes.fail(kind, 1, is_measured),
        }
    }

    /// Writes down calls of which the first one was due at `due`, which nothing else becomes of.
    pub(crate) fn record_failed(&self, due: Instant, kind: &ErrorKind, count: u64) {
        let is_measured = self.is_measured(due);
        self.lock().fail(kind, count, is_measured);
    }

    /// Takes what happened since it was last asked.
    pub(crate) fn take_recent(&self, into: &mut Recent) {
        into.clear();
        std::mem::swap(&mut self.lock().recent, into);
    }

    /// Adds everything to `sum`.
    pub(crate) fn add_to(&self, sum: &mut Notes) {
        let notes = self.lock();
        // All histograms are alike, so that they can be added.
        let _ = sum.latency.add(&notes.latency);
        let _ = sum.lag.add(&notes.lag);
        for (code, (message, count)) in &notes.errors {
            sum.count(code, message, *count);
        }
    }

    fn is_measured(&self, due: Instant) -> bool {
        due >= self.times.measured_from && self.times.end.is_none_or(|end| due < end)
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    pub(crate) fn new() -> Self {
        Self {
            latency: histogram(),
            lag: histogram(),
            errors: BTreeMap::new(),
            recent: Recent::new(),
        }
    }

    fn fail(&mut self, kind: &ErrorKind, count: u64, is_measured: bool) {
        self.recent.errors += count;
        if self.recent.last_error.as_ref() != Some(kind) {
            self.recent.last_error = Some(kind.clone());
        }
        if is_measured {
            self.count(&kind.code, &kind.message, count);
        }
    }

    fn count(&mut self, code: &str, message: &str, count: u64) {
        let known = self.errors.len() < MAX_KINDS || self.errors.contains_key(code);
        let (code, message) = if known {
            (code, message)
        } else {
            (OTHER, "errors of further kinds")
        };
        match self.errors.get_mut(code) {
            Some((_, known)) => *known += count,
            None => drop(
                self.errors
                    .insert(code.to_owned(), (message.to_owned(), count)),
            ),
        }
    }
}

impl Recent {
    pub(crate) fn new() -> Self {
        Self {
            latency: histogram(),
            errors: 0,
            last_error: None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.latency.reset();
        self.errors = 0;
        self.last_error = None;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let _ = self.latency.add(&other.latency);
        self.errors += other.errors;
        if other.last_error.is_some() {
            self.last_error.clone_from(&other.last_error);
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3)
        .unwrap_or_else(|error| unreachable!("the bounds are constant and right: {error}"))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> (Recorder, Instant) {
        let start = Instant::now();
        let times = Times {
            start,
            measured_from: start + Duration::from_secs(1),
            end: Some(start + Duration::from_secs(2)),
        };
        (Recorder::new(times), start)
    }

    #[test]
    fn only_calls_that_were_due_in_the_time_that_is_measured_count() {
        let (recorder, start) = recorder();
        let lost = Outcome::Failed(ErrorKind::lost());
        for millisecond in [0, 999, 1000, 1500, 1999, 2000] {
            let due = start + Duration::from_millis(millisecond);
            recorder.record(due, due, &Outcome::Answered);
            recorder.record(due, due, &lost);
        }
        let mut sum = Notes::new();
        recorder.add_to(&mut sum);
        assert_eq!(sum.latency.len(), 3);
        assert_eq!(sum.errors["lost"].1, 3);
        let mut recent = Recent::new();
        recorder.take_recent(&mut recent);
        assert_eq!((recent.latency.len(), recent.errors), (6, 6));
        recorder.take_recent(&mut recent);
        assert_eq!((recent.latency.len(), recent.errors), (0, 0));
    }

    #[test]
    fn endless_kinds_of_errors_take_no_endless_memory() {
        let (recorder, start) = recorder();
        let due = start + Duration::from_secs(1);
        for code in 0..1000 {
            recorder.record_failed(due, &ErrorKind::local(&code.to_string(), "x"), 1);
        }
        let mut sum = Notes::new();
        recorder.add_to(&mut sum);
        assert_eq!(sum.errors.len(), MAX_KINDS + 1);
        assert_eq!(sum.errors[OTHER].1, 1000 - MAX_KINDS as u64);
        assert_eq!(
            sum.errors.values().map(|(_, count)| count).sum::<u64>(),
            1000
        );
    }
}
