//! The plots of a page, each with its numbers in a table.

mod comparison;
mod over_time;

use super::html::table;
use super::plot::{Axis, Plot, X, Y};
use super::scale::Scale;
use super::{Runs, percentile_rows, section};
use crate::commands::bench::results::Latency;
use crate::commands::bench::series::as_float;
use crate::commands::bench::summary::{count_text, digits, time_text};

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
        assert_eq!(percent(3.0 * 0.1), "0.3 %");
        assert_eq!(percent(99.99), "99.99 %");
        assert_eq!(percent(40.0), "40 %");
    }
}
