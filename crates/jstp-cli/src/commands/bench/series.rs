//! What was measured over time: a row of samples of the same length.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::recorder::Recent;

/// How many samples there are at most. Beyond it each two of them become one.
const MAX_SAMPLES: usize = 240;

/// A short piece of the time that is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// When it begins, in seconds after the first one.
    pub(crate) at_s: f64,
    /// How long it is, in seconds.
    pub(crate) length_s: f64,
    /// The calls that were answered.
    pub(crate) calls: u64,
    /// The calls that failed.
    pub(crate) errors: u64,
    /// Of the calls that were answered, in milliseconds; none without such calls.
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
}

/// The samples so far.
#[derive(Debug, Default)]
pub(crate) struct Series {
    samples: Vec<Sample>,
    /// How many samples that come in make one.
    each: u32,
    /// How many of them the last one is made of.
    in_last: u32,
}

impl Series {
    /// Adds what happened in the next `length`.
    pub(crate) fn push(&mut self, recent: &Recent, length: Duration) {
        let quantile = |quantile| {
            let is_some = !recent.latency.is_empty();
            is_some.then(|| milliseconds(recent.latency.value_at_quantile(quantile)))
        };
        let at_s = self
            .samples
            .last()
            .map_or(0.0, |last| last.at_s + last.length_s);
        self.add(Sample {
            at_s,
            length_s: length.as_secs_f64(),
            calls: recent.latency.len(),
            errors: recent.errors,
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
        });
    }

    fn add(&mut self, sample: Sample) {
        match self.samples.last_mut() {
            Some(last) if self.in_last < self.each => {
                last.merge(&sample);
                self.in_last += 1;
            }
            _ => {
                self.samples.push(sample);
                self.in_last = 1;
            }
        }
        self.each = self.each.max(1);
        if self.samples.len() > MAX_SAMPLES && self.in_last == self.each {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let odd = self.samples.len() % 2 == 1;
        self.samples = self.samples.chunks(2).filter_map(Sample::of_all).collect();
        self.in_last = if odd { self.each } else { self.each * 2 };
        self.each *= 2;
    }

    pub(crate) fn into_samples(self) -> Vec<Sample> {
        self.samples
    }
}

impl Sample {
    /// One sample for several that follow each other.
    pub(crate) fn of_all(samples: &[Self]) -> Option<Self> {
        let (first, others) = samples.split_first()?;
        let mut merged = first.clone();
        for sample in others {
            merged.merge(sample);
        }
        Some(merged)
    }

    /// Joins the next sample to this one. The median of both is taken for the mean of theirs, the 99th
    /// percentile for the greater one.
    fn merge(&mut self, next: &Self) {
        self.p50_ms = match (self.p50_ms, next.p50_ms) {
            (Some(a), Some(b)) => {
                let (x, y) = (as_float(self.calls), as_float(next.calls));
                Some((a * x + b * y) / (x + y))
            }
            (a, b) => a.or(b),
        };
        self.p99_ms = match (self.p99_ms, next.p99_ms) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        self.length_s += next.length_s;
        self.calls += next.calls;
        self.errors += next.errors;
    }

    /// The calls that were answered, by the second.
    pub(crate) fn per_second(&self) -> f64 {
        as_float(self.calls) / self.length_s.max(1e-9)
    }
}

/// Nanoseconds in milliseconds.
pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    as_float(nanoseconds) / 1e6
}

pub(crate) fn as_float(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let count = count as f64;
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_has_no_more_samples_than_a_short_one_and_loses_no_calls() {
        let mut series = Series::default();
        let mut recent = Recent::new();
        for _ in 0..5 {
            recent.latency.saturating_record(2_000_000);
        }
        recent.errors = 1;
        for _ in 0..10_001 {
            series.push(&recent, Duration::from_millis(100));
        }
        let samples = series.into_samples();
        assert!(
            (120..=MAX_SAMPLES + 1).contains(&samples.len()),
            "{}",
            samples.len()
        );
        assert_eq!(
            samples.iter().map(|sample| sample.calls).sum::<u64>(),
            50_005
        );
        assert_eq!(
            samples.iter().map(|sample| sample.errors).sum::<u64>(),
            10_001
        );
        let length: f64 = samples.iter().map(|sample| sample.length_s).sum();
        assert!((length - 1000.1).abs() < 1e-6);
        assert!((samples[3].p50_ms.unwrap() - 2.0).abs() < 0.01);
        assert!((samples[0].per_second() - 50.0).abs() < 0.01);
        assert!((samples[1].at_s - samples[0].length_s).abs() < 1e-6);
    }

    #[test]
    fn a_sample_without_answers_has_no_latency() {
        let mut series = Series::default();
        series.push(&Recent::new(), Duration::from_secs(1));
        let samples = series.into_samples();
        assert_eq!((samples[0].p50_ms, samples[0].calls), (None, 0));
    }
}
