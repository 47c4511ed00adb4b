//! The plots of a page, each with its numbers in a table.

use std::fmt::Write as _;

use super::html::{escape, table};
use super::plot::{Axis, Plot, SERIES, X, Y};
use super::scale::Scale;
use super::{Runs, percentile_rows, section};
use crate::commands::bench::results::{Latency, Results};
use crate::commands::bench::series::{Sample, as_float};
use crate::commands::bench::summary::{count_text, digits, time_text};

/// How many rows the table beside a plot over time has at most.
const TIME_ROWS: usize = 24;

fn latencies<'a>(runs: &'a Runs<'_>) -> impl Iterator<Item = &'a Latency> {
    runs.all.iter().filter_map(|run| run.latency.as_ref())
}

/// The scale of latencies, from the bottom of a plot to its top.
fn latency_scale(min: f64, typical: f64, max: f64) -> (Scale, &'static str) {
    let scale = Scale::fitting(min, typical, max, Y[0], Y[1]);
    let label = if scale.is_logarithmic() {
        "latency, logarithmic"
    } else {
        "latency"
    };
    (scale, label)
}

fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

/// A latency on an axis: without digits that say nothing.
fn short_time(ms: f64) -> String {
    let text = time_text(ms);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ if ms == 0.0 => "0".to_owned(),
        _ => text,
    }
    .replace("0 µs", if ms == 0.0 { "0" } else { "0 µs" })
}

fn percent(value: f64) -> String {
    format!("{} %", plain(value))
}

fn seconds(value: f64) -> String {
    format!("{} s", plain(value))
}

/// A number without the dust of its arithmetic.
fn plain(value: f64) -> String {
    let text = format!("{value:.5}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn figure_beside(plot: Plot, numbers: &str) -> String {
    format!(
        "<div class=\"beside\">\n<figure>\n{}</figure>\n{numbers}</div>\n",
        plot.into_figure()
    )
}

/// A number of a run: its name, itself, and its text.
type Metric<'a> = (
    &'a str,
    Box<dyn Fn(&Results) -> Option<f64>>,
    fn(f64) -> String,
);

impl Runs<'_> {
    /// How much latency so many percent of the calls do not pass.
    pub(super) fn percentiles(&self) -> String {
        let Some(first) = latencies(self).next() else {
            return String::new();
        };
        let max = greatest(latencies(self).map(|latency| latency.max_ms));
        let min = least(latencies(self).map(|latency| latency.min_ms));
        let typical = first.at(50.0).unwrap_or(max);
        let (y, label) = latency_scale(min, typical, max);
        let last =
            greatest(latencies(self).flat_map(|latency| latency.curve.iter().map(|(p, _)| *p)));
        let x = Scale::percentile(last, X[0], X[1]);
        let description = format!(
            "Half of the calls took at most {}, 99 percent at most {}, the slowest {}.",
            time_text(typical),
            time_text(first.at(99.0).unwrap_or(max)),
            time_text(first.max_ms)
        );
        let mut plot = Plot::new("percentiles", "Latency by percentile", description);
        plot.axes(
            &Axis {
                scale: &x,
                label: "percent of the calls",
                text: percent,
            },
            &Axis {
                scale: &y,
                label,
                text: short_time,
            },
        );
        for (series, (run, name)) in self.iter().enumerate() {
            let curve = run.latency.iter().flat_map(|latency| &latency.curve);
            let points: Vec<_> = curve
                .map(|(percentile, ms)| {
                    let text =
                        format!("{name}: {} % within {}", plain(*percentile), time_text(*ms));
                    (x.place(*percentile), y.place(*ms), text)
                })
                .collect();
            plot.line(series, name, &points);
        }
        let head = self.head("percentile");
        let numbers = table("Latency by percentile", &head, &percentile_rows(self));
        section(
            "Latency by percentile",
            "How long the given share of the calls took at most. Each step to the right leaves a tenth \
             of the calls that were slower.",
            &figure_beside(plot, &numbers),
        )
    }

    /// Answers by the second, over time.
    pub(super) fn throughput(&self) -> String {
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
    pub(super) fn latency_over_time(&self) -> String {
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
            let points = run.samples.iter().filter_map(|sample| {
                let ms = value(sample)?;
                let text = format!("{name}: {}", time_text(ms));
                Some((x.place(middle(sample)), y.place(ms), text))
            });
            plot.line(series, name, &points.collect::<Vec<_>>());
        }
        section(
            "Latency over time",
            "Median and 99th percentile of the calls that were answered in each short piece of the run.",
            &figure_beside(plot, &latency_table(run)),
        )
    }

    /// How many calls of the new run took how long.
    pub(super) fn distribution(&self) -> String {
        let Some(latency) = self.all.first().and_then(|run| run.latency.as_ref()) else {
            return String::new();
        };
        let bars = &latency.histogram;
        let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
            return String::new();
        };
        let total: u64 = bars.iter().map(|bar| bar.count).sum();
        let share = |count: u64| 100.0 * as_float(count) / as_float(total.max(1));
        let y = Scale::linear(
            greatest(bars.iter().map(|bar| share(bar.count))),
            Y[0],
            Y[1],
        );
        let from = if first.from_ms > 0.0 {
            first.from_ms
        } else {
            first.to_ms / 1.5
        };
        let x = Scale::logarithmic(from, last.to_ms, X[0], X[1]);
        let most = bars.iter().max_by_key(|bar| bar.count).unwrap_or(first);
        let description = format!(
            "Most calls, {} percent, took between {} and {}.",
            digits(share(most.count)),
            time_text(most.from_ms),
            time_text(most.to_ms)
        );
        let mut plot = Plot::new("distribution", "Distribution of latencies", description);
        plot.axes(
            &Axis {
                scale: &x,
                label: "latency, logarithmic",
                text: short_time,
            },
            &Axis {
                scale: &y,
                label: "share of the calls",
                text: percent,
            },
        );
        let mut rows = Vec::new();
        for bar in bars {
            let range = format!("{} – {}", short_time(bar.from_ms), short_time(bar.to_ms));
            let text = format!("{range}: {} calls", count_text(as_float(bar.count)));
            let from = x.place(bar.from_ms.max(from));
            if bar.count > 0 {
                plot.bar(from, x.place(bar.to_ms), y.place(share(bar.count)), &text);
                let count = count_text(as_float(bar.count));
                rows.push(vec![range, count, format!("{:.3} %", share(bar.count))]);
            }
        }
        let head = ["latency", "calls", "share"].map(str::to_owned);
        section(
            "Distribution of latencies",
            "How many calls took how long.",
            &figure_beside(plot, &table("Calls by latency", &head, &rows)),
        )
    }

    /// The main numbers of all runs beside each other, if there are several.
    pub(super) fn comparison(&self) -> String {
        let Some(new) = self.all.first().filter(|_| self.has_several()) else {
            return String::new();
        };
        let at = |percentile: f64| {
            move |run: &Results| {
                run.latency
                    .as_ref()
                    .and_then(|latency| latency.at(percentile))
            }
        };
        let metrics: [Metric<'_>; 5] = [
            (
                "answers by the second",
                Box::new(|run| Some(run.per_second)),
                count_text,
            ),
            ("median latency", Box::new(at(50.0)), time_text),
            ("99th percentile", Box::new(at(99.0)), time_text),
            ("99.9th percentile", Box::new(at(99.9)), time_text),
            ("greatest latency", Box::new(at(100.0)), time_text),
        ];
        let mut meters = String::new();
        let mut rows = Vec::new();
        for (name, value, text) in &metrics {
            let max = greatest(self.all.iter().filter_map(|run| value(run)));
            let _ = writeln!(meters, "<div class=\"meter\"><h3>{}</h3>", escape(name));
            let mut row = vec![(*name).to_owned()];
            for (series, (run, label)) in self.iter().enumerate() {
                let found = value(run);
                let shown = found.map_or_else(|| "–".to_owned(), text);
                let width = 100.0 * found.unwrap_or(0.0) / max.max(1e-12);
                let _ = writeln!(
                    meters,
                    "<div class=\"row\"><span>{label}</span><svg viewBox=\"0 0 100 8\" \
                     preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"bar s{}\" \
                     width=\"{width:.2}\" height=\"8\" rx=\"1\"/></svg><span>{}</span></div>",
                    series % SERIES,
                    escape(&shown),
                    label = escape(label),
                );
                let change = found.zip(value(new)).filter(|_| series > 0);
                let change = change.and_then(|(earlier, new)| difference(earlier, new));
                row.push(match change {
                    Some(change) => format!("{shown} ({change})"),
                    None => shown,
                });
            }
            meters.push_str("</div>\n");
            rows.push(row);
        }
        let head = self.head("");
        let numbers = table("In brackets: how the new run differs from it", &head, &rows);
        section(
            "Comparison",
            "The new run first. Of answers by the second more are better, of latencies less.",
            &format!("<div class=\"meters\">\n{meters}</div>\n{numbers}"),
        )
    }

    fn time_scale(&self) -> Scale {
        Scale::exact(greatest(self.all.iter().map(|run| end_of(run))), X[0], X[1])
    }
}

/// How much the new value is above or below the earlier one.
fn difference(earlier: f64, new: f64) -> Option<String> {
    let change = 100.0 * (new - earlier) / earlier;
    let sign = if change < 0.0 { "−" } else { "+" };
    (earlier > 0.0).then(|| format!("{sign}{} %", digits(change.abs())))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_short_texts() {
        for (ms, text) in [
            (0.0, "0"),
            (0.2, "200 µs"),
            (0.01, "10 µs"),
            (1.0, "1 ms"),
            (2.5, "2.5 ms"),
            (1000.0, "1 s"),
            (10.0, "10 ms"),
            (0.0001, "0.1 µs"),
        ] {
            assert_eq!(short_time(ms), text);
        }
    }

    #[test]
    fn axes_show_no_dust() {
        assert_eq!(seconds(3.0 * 0.1), "0.3 s");
        assert_eq!(percent(99.99), "99.99 %");
        assert_eq!(percent(40.0), "40 %");
    }

    #[test]
    fn differences_are_of_the_earlier_run() {
        assert_eq!(difference(100.0, 150.0).as_deref(), Some("+50.0 %"));
        assert_eq!(difference(100.0, 99.5).as_deref(), Some("−0.50 %"));
        assert_eq!(difference(0.0, 1.0), None);
    }
}
