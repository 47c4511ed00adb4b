//! The results of a run, as they are printed, saved and compared.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::measure::Measured;
use super::plan::{Load, Plan};
use super::recorder::Notes;
use super::series::{Sample, as_float, milliseconds};
use crate::failure::Failure;

/// The version of the saved form.
const VERSION: u32 = 1;

/// The longest file of saved results, in bytes.
const MAX_LENGTH: u64 = 16 * 1024 * 1024;

/// The percentiles that tables show.
pub(crate) const PERCENTILES: [f64; 7] = [50.0, 75.0, 90.0, 99.0, 99.9, 99.99, 100.0];

/// The bounds of bars within each power of ten.
const STEPS: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0];

/// The results of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Results {
    /// The version of this form.
    pub(crate) jstp_bench: u32,
    /// What the run is called in reports.
    pub(crate) label: String,
    /// When it began, in UTC.
    pub(crate) started: String,
    pub(crate) target: Target,
    pub(crate) load: Settings,
    /// How long calls were made and measured.
    pub(crate) seconds: f64,
    /// The calls that were answered, and those that failed.
    pub(crate) calls: u64,
    pub(crate) failed: u64,
    /// The answers by the second, while calls were made.
    pub(crate) per_second: f64,
    pub(crate) errors: Vec<Errors>,
    /// `None` when no call was answered.
    pub(crate) latency: Option<Latency>,
    pub(crate) samples: Vec<Sample>,
    /// Whether it was ended early.
    pub(crate) interrupted: bool,
    /// The connections that were lost on the way.
    pub(crate) lost_connections: usize,
}

/// What was called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) app: String,
    pub(crate) interface: String,
    pub(crate) method: String,
}

/// The load that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) connections: usize,
    pub(crate) threads: usize,
    /// The calls under way on each connection; with a rate, how many there may be.
    pub(crate) in_flight: usize,
    /// The calls that were due by the second; `None` when each waited for an answer.
    pub(crate) rate: Option<f64>,
    pub(crate) warm_up_s: f64,
}

/// Errors of one kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Errors {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) count: u64,
}

/// Latencies of the calls that were answered, in milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) min_ms: f64,
    pub(crate) mean_ms: f64,
    pub(crate) stdev_ms: f64,
    pub(crate) max_ms: f64,
    /// Pairs of percentile and latency.
    pub(crate) percentiles: Vec<(f64, f64)>,
    /// The same, for plots: closer the nearer to 100, as far as there are calls for it.
    pub(crate) curve: Vec<(f64, f64)>,
    pub(crate) histogram: Vec<Bar>,
    /// With a rate: pairs of percentile and how long after they were due calls were sent, which is part
    /// of their latencies.
    pub(crate) send_lag: Option<Vec<(f64, f64)>>,
}

/// How many calls took between two times, in milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bar {
    pub(crate) from_ms: f64,
    pub(crate) to_ms: f64,
    pub(crate) count: u64,
}

impl Results {
    pub(crate) fn new(
        label: String,
        started: String,
        target: Target,
        plan: &Plan,
        measured: Measured,
    ) -> Self {
        let Measured {
            notes,
            samples,
            time,
            interrupted,
            lost,
        } = measured;
        let in_time: u64 = samples.iter().map(|sample| sample.calls).sum();
        let seconds = time.as_secs_f64();
        let errors = notes.errors.iter().map(|(code, (message, count))| Errors {
            code: code.clone(),
            message: message.clone(),
            count: *count,
        });
        let mut errors: Vec<_> = errors.collect();
        errors.sort_by_key(|error| std::cmp::Reverse(error.count));
        Self {
            jstp_bench: VERSION,
            label,
            started,
            target,
            load: Settings::of(plan),
            seconds,
            calls: notes.latency.len(),
            failed: errors.iter().map(|error| error.count).sum(),
            per_second: as_float(in_time) / seconds.max(1e-9),
            errors,
            latency: Latency::of(&notes, plan),
            samples,
            interrupted,
            lost_connections: lost,
        }
    }

    /// Reads what `--output json` printed in an earlier run.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(MAX_LENGTH).read_to_string(&mut text))
            .map_err(|error| Failure::file(path, &error))?;
        let results: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::usage(format!("{}: {error}", path.display()))
                .with_hint("a file is expected that holds what `jstp bench --output json` printed")
        })?;
        if results.jstp_bench != VERSION {
            return Err(Failure::usage(format!(
                "{}: results of version {}, but only version {VERSION} is known",
                path.display(),
                results.jstp_bench
            )));
        }
        Ok(results)
    }
}

impl Settings {
    fn of(plan: &Plan) -> Self {
        let (in_flight, rate) = match plan.load {
            Load::InFlight(count) => (count, None),
            Load::Rate {
                per_second,
                max_in_flight,
            } => (max_in_flight, Some(per_second)),
        };
        Self {
            connections: plan.connections,
            threads: plan.threads,
            in_flight,
            rate,
            warm_up_s: plan.warm_up.as_secs_f64(),
        }
    }
}

impl Latency {
    fn of(notes: &Notes, plan: &Plan) -> Option<Self> {
        let latency = &notes.latency;
        if latency.is_empty() {
            return None;
        }
        let at = |percentile: f64| milliseconds(latency.value_at_quantile(percentile / 100.0));
        let pairs = |percentiles: &[f64]| {
            let pairs = percentiles.iter().map(|p| (*p, at(*p)));
            pairs.collect::<Vec<_>>()
        };
        Some(Self {
            min_ms: milliseconds(latency.min()),
            mean_ms: latency.mean() / 1e6,
            stdev_ms: latency.stdev() / 1e6,
            max_ms: milliseconds(latency.max()),
            percentiles: pairs(&PERCENTILES),
            curve: pairs(&curve(latency.len())),
            histogram: bars(latency),
            send_lag: matches!(plan.load, Load::Rate { .. }).then(|| {
                let lag = |p: f64| milliseconds(notes.lag.value_at_quantile(p / 100.0));
                PERCENTILES.map(|p| (p, lag(p))).to_vec()
            }),
        })
    }

    /// The latency that so many of a hundred calls do not pass.
    pub(crate) fn at(&self, percentile: f64) -> Option<f64> {
        at(&self.percentiles, percentile)
    }

    /// How late so many of a hundred calls were sent at most; `None` without a rate.
    pub(crate) fn send_lag_at(&self, percentile: f64) -> Option<f64> {
        at(self.send_lag.as_ref()?, percentile)
    }
}

fn at(pairs: &[(f64, f64)], percentile: f64) -> Option<f64> {
    let found = |(p, _): &&(f64, f64)| (p - percentile).abs() < 1e-9;
    pairs.iter().find(found).map(|(_, ms)| *ms)
}

/// Percentiles from 0 on, of which each four halve what is left up to 100, as far as that is a call.
fn curve(calls: u64) -> Vec<f64> {
    let mut percentiles = Vec::new();
    let mut left = 1.0;
    while left * as_float(calls) >= 1.0 {
        percentiles.push(100.0 * (1.0 - left));
        left /= 2f64.powf(0.25);
    }
    percentiles
}

/// The calls by their latencies, in steps that grow with them.
fn bars(latency: &Histogram<u64>) -> Vec<Bar> {
    let max = milliseconds(latency.max());
    let mut bars: Vec<Bar> = Vec::new();
    let mut from = 0.0;
    let mut counted = 0;
    'powers: for power in -6..8 {
        for step in STEPS {
            let to = step * 10f64.powi(power);
            // Values count from 1 on, so that nothing lies between 0 and the first bound.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive, and a cast saturates"
            )]
            let count = latency
                .count_between(0, (to * 1e6) as u64)
                .min(latency.len())
                - counted;
            if count > 0 || !bars.is_empty() {
                bars.push(Bar {
                    from_ms: from,
                    to_ms: to,
                    count,
                });
            }
            counted += count;
            from = to;
            if to >= max || counted == latency.len() {
                break 'powers;
            }
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_as_fine_as_there_are_calls() {
        let few = curve(10);
        assert!((few[4] - 50.0).abs() < 1e-9 && *few.last().unwrap() <= 90.0);
        let many = curve(1_000_000);
        assert!(*many.last().unwrap() > 99.999, "{many:?}");
        assert!(many.len() < 100);
    }

    #[test]
    fn every_call_is_in_one_bar() {
        let mut latency = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
        for nanoseconds in [1, 150_000, 160_000, 1_000_000, 1_000_001, 2_500_000_000] {
            latency.record(nanoseconds).unwrap();
        }
        let bars = bars(&latency);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 6);
        assert!(bars.windows(2).all(|pair| pair[0].to_ms <= pair[1].from_ms));
        assert!(bars.last().unwrap().to_ms >= 2500.0 && bars.last().unwrap().count > 0);
    }
}
