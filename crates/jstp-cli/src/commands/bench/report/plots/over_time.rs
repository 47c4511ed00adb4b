//! Plots over the time of a run.

use super::{figure_beside, greatest, latency_scale, least, plain, short_time};
use crate::commands::bench::report::html::table;
use crate::commands::bench::report::plot::{Axis, Plot, SERIES, X, Y};
use crate::commands::bench::report::scale::Scale;
use crate::commands::bench::report::{Runs, section};
use crate::commands::bench::results::Results;
use crate::commands::bench::series::{Sample, as_float};
use crate::commands::bench::summary::{count_text, digits, time_text};

/// How many rows the table beside a plot has at most.
const TIME_ROWS: usize = 24;

impl Runs<'_> {
    /// Answers by the second, over time.
    pub(in crate::commands::bench::report) fn throughput(&self) -> String {
        let samples = || self.all.iter().flat_map(|run| &run.samples);
        let [errors, rates] = [error_rate, Sample::per_second];
        let max = greatest(samples().map(|sample| rates(sample).max(errors(sample))));
        let y = Scale::linear(max, Y[0], Y[1]);
        let x = self.time_scale();
        let Some(run) = self.all.first().filter(|run| !run.samples.is_empty()) else {
            return String::new();
        };
        let description = format!(
            "{} answers by the second on average; between {} and {} in single samples.",
            count_text(run.per_second),
            count_text(least(run.samples.iter().map(rates))),
            count_text(greatest(run.samples.iter().map(rates)))
        );
        let mut plot = Plot::new("throughput", "Throughput over time", description);
        plot.axes(
            &Axis {
                scale: &x,
                label: "time",
                text: seconds,
            },
            &Axis {
                scale: &y,
                label: "answers by the second",
                text: count_text,
            },
        );
        for (series, (run, name)) in self.iter().enumerate() {
            let text = |sample: &Sample| format!("{name}: {}/s", count_text(rates(sample)));
            plot.line(series, name, &over_time(run, &x, &y, rates, text));
        }
        if run.samples.iter().any(|sample| sample.errors > 0) {
            let text = |sample: &Sample| format!("{} errors/s", count_text(errors(sample)));
            plot.line(SERIES - 2, "errors", &over_time(run, &x, &y, errors, text));
        }
        let numbers = rate_table(run);
        section(
            "Throughput over time",
            "How many calls were answered by the second, in each short piece of the run.",
            &figure_beside(plot, &numbers),
        )
    }

    /// Percentiles of the new run, over time.
    pub(in crate::commands::bench::report) fn latency_over_time(&self) -> String {
        let Some(run) = self
            .all
            .first()
            .filter(|run| run.samples.iter().any(|s| s.p99_ms.is_some()))
        else {
            return String::new();
        };
        let p99 = || run.samples.iter().filter_map(|sample| sample.p99_ms);
        let p50 = || run.samples.iter().filter_map(|sample| sample.p50_ms);
        let typical = run.latency.as_ref().and_then(|latency| latency.at(50.0));
        let max = greatest(p99());
        let (y, label) = latency_scale(least(p50()), typical.unwrap_or(max), max);
        let x = Scale::exact(end_of(run), X[0], X[1]);
        let description = format!(
            "The 99th percentile was between {} and {}.",
            time_text(least(p99())),
            time_text(max)
        );
        let mut plot = Plot::new("latency-over-time", "Latency over time", description);
        plot.axes(
            &Axis {
                scale: &x,
                label: "time",
                text: seconds,
            },
            &Axis {
                scale: &y,
                label,
                text: short_time,
            },
        );
        for (series, name, value) in [
            (
                0,
                "median",
                (|sample| sample.p50_ms) as fn(&Sample) -> Option<f64>,
            ),
            (1, "99th percentile", |sample| sample.p99_ms),
        ] {
            let points = run.samples.iter().map(|sample| {
                let ms = value(sample)?;
                let text = format!("{name}: {}", time_text(ms));
                Some((x.place(middle(sample)), y.place(ms), text))
            });
            // No answers, no latency: what a stall hides is not to look like a slope.
            let points: Vec<_> = points.collect();
            let points: Vec<_> = points.iter().map(Option::as_ref).collect();
            plot.broken_line(series, name, &points);
        }
        section(
            "Latency over time",
            "Median and 99th percentile of the calls that were answered in each short piece of the run.",
            &figure_beside(plot, &latency_table(run)),
        )
    }

    fn time_scale(&self) -> Scale {
        Scale::exact(greatest(self.all.iter().map(|run| end_of(run))), X[0], X[1])
    }
}

fn error_rate(sample: &Sample) -> f64 {
    as_float(sample.errors) / sample.length_s.max(1e-9)
}

fn middle(sample: &Sample) -> f64 {
    sample.at_s + sample.length_s / 2.0
}

fn end_of(run: &Results) -> f64 {
    run.samples
        .last()
        .map_or(run.seconds, |last| last.at_s + last.length_s)
}

fn over_time(
    run: &Results,
    x: &Scale,
    y: &Scale,
    value: impl Fn(&Sample) -> f64,
    text: impl Fn(&Sample) -> String,
) -> Vec<(f64, f64, String)> {
    run.samples
        .iter()
        .map(|sample| {
            let at = format!("{} s, {}", digits(middle(sample)), text(sample));
            (x.place(middle(sample)), y.place(value(sample)), at)
        })
        .collect()
}

/// The samples of a run in the rows of a table, several of them in one where there are many.
fn time_rows(run: &Results, row: impl Fn(&Sample) -> Vec<String>) -> Vec<Vec<String>> {
    let each = run.samples.len().div_ceil(TIME_ROWS).max(1);
    let merged = run.samples.chunks(each).filter_map(Sample::of_all);
    merged
        .map(|sample| {
            let from = format!("{} s", digits(sample.at_s));
            std::iter::once(from).chain(row(&sample)).collect()
        })
        .collect()
}

fn rate_table(run: &Results) -> String {
    let rows = time_rows(run, |sample| {
        vec![
            count_text(sample.per_second()),
            count_text(as_float(sample.errors)),
        ]
    });
    let head = ["from", "answers/s", "errors"].map(str::to_owned);
    table("Answers over time", &head, &rows)
}

fn latency_table(run: &Results) -> String {
    let time = |ms: Option<f64>| ms.map_or_else(|| "–".to_owned(), time_text);
    let rows = time_rows(run, |sample| vec![time(sample.p50_ms), time(sample.p99_ms)]);
    let head = ["from", "median", "99 %"].map(str::to_owned);
    table("Latency over time", &head, &rows)
}

fn seconds(value: f64) -> String {
    format!("{} s", plain(value))
}
