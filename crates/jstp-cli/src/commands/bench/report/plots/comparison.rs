//! The main numbers of several runs beside each other.

use std::fmt::Write as _;

use super::greatest;
use crate::commands::bench::report::html::{escape, table};
use crate::commands::bench::report::plot::SERIES;
use crate::commands::bench::report::{Runs, section};
use crate::commands::bench::results::Results;
use crate::commands::bench::summary::{count_text, digits, time_text};

/// A number of a run: its name, itself, and its text.
type Metric<'a> = (
    &'a str,
    Box<dyn Fn(&Results) -> Option<f64>>,
    fn(f64) -> String,
);

impl Runs<'_> {
    /// The main numbers of all runs beside each other, if there are several.
    pub(in crate::commands::bench::report) fn comparison(&self) -> String {
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
}

/// How much the new value is above or below the earlier one.
fn difference(earlier: f64, new: f64) -> Option<String> {
    let change = 100.0 * (new - earlier) / earlier;
    let sign = if change < 0.0 { "−" } else { "+" };
    (earlier > 0.0).then(|| format!("{sign}{} %", digits(change.abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_of_the_earlier_run() {
        assert_eq!(difference(100.0, 150.0).as_deref(), Some("+50.0 %"));
        assert_eq!(difference(100.0, 99.5).as_deref(), Some("−0.50 %"));
        assert_eq!(difference(0.0, 1.0), None);
    }
}
