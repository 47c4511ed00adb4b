//! A run, and earlier ones beside it, as one page with plots that needs nothing else to be shown.

mod html;
mod plot;
mod plots;
mod scale;

use std::fmt::Write as _;

use super::results::{PERCENTILES, Results};
use super::series::as_float;
use super::summary::{count_text, digits, is_behind, load_text, time_text};
use html::{escape, table};

/// Nothing may be loaded from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page.
pub(crate) fn page(results: &Results, earlier: &[Results]) -> String {
    let runs = Runs::new(results, earlier);
    let title = format!("{}.{}", results.target.interface, results.target.method);
    let sections: String = [
        tiles(results),
        notes(results),
        runs.comparison(),
        runs.percentiles(),
        runs.throughput(),
        runs.latency_over_time(),
        runs.distribution(),
        settings(&runs),
    ]
    .concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · jstp bench</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n<p>{}</p>\n</header>\n<main>\n{sections}</main>\n\
         <footer>Made by <code>jstp bench</code>. Latencies count from the moment a call was due to \
         its answer.</footer>\n</body>\n</html>\n",
        include_str!("report/style.css"),
        escape(&head_text(results)),
        title = escape(&title),
    )
}

fn head_text(results: &Results) -> String {
    format!(
        "{} at {}: {}, for {} s, on {}",
        results.target.app,
        results.target.url,
        load_text(&results.load),
        digits(results.seconds),
        results.started.replace('T', " ").replace('Z', " UTC"),
    )
}

/// The runs of a page: the new one first.
struct Runs<'a> {
    all: Vec<&'a Results>,
    /// What they are called, each in another way.
    names: Vec<String>,
}

impl<'a> Runs<'a> {
    fn new(results: &'a Results, earlier: &'a [Results]) -> Self {
        let all: Vec<_> = std::iter::once(results).chain(earlier).collect();
        let mut names: Vec<String> = Vec::new();
        for run in &all {
            let same = names.iter().filter(|name| **name == run.label).count();
            names.push(match same {
                0 => run.label.clone(),
                more => format!("{} ({})", run.label, more + 1),
            });
        }
        Self { all, names }
    }

    /// The runs with their names.
    fn iter(&self) -> impl Iterator<Item = (&'a Results, &str)> {
        self.all
            .iter()
            .copied()
            .zip(self.names.iter().map(String::as_str))
    }

    /// The heading of a table with a column for each run. A single one needs no name.
    fn head(&self, first: &str) -> Vec<String> {
        let names = match self.names.as_slice() {
            [_] => vec!["this run".to_owned()],
            names => names.to_vec(),
        };
        std::iter::once(first.to_owned()).chain(names).collect()
    }

    fn has_several(&self) -> bool {
        self.all.len() > 1
    }
}

fn tiles(results: &Results) -> String {
    let mut out = String::from("<ul class=\"tiles\">\n");
    let mut tile = |class: &str, value: String, name: &str| {
        let _ = writeln!(
            out,
            "<li{class}><strong>{}</strong><span>{}</span></li>",
            escape(&value),
            escape(name)
        );
    };
    tile("", count_text(results.per_second), "answers by the second");
    if let Some(latency) = &results.latency {
        for percentile in [50.0, 99.0, 99.9] {
            if let Some(ms) = latency.at(percentile) {
                tile(
                    "",
                    time_text(ms),
                    &format!("{percentile}th percentile of latency"),
                );
            }
        }
        tile("", time_text(latency.max_ms), "greatest latency");
    }
    let class = if results.failed > 0 {
        " class=\"bad\""
    } else {
        ""
    };
    tile(class, count_text(as_float(results.failed)), "errors");
    out.push_str("</ul>\n");
    out
}

/// What a reader has to know before believing the numbers.
fn notes(results: &Results) -> String {
    let mut notes = Vec::new();
    if results.interrupted {
        notes.push("The run was ended early.".to_owned());
    }
    if results.lost_connections > 0 {
        notes.push(format!(
            "{} of {} connections were lost on the way.",
            results.lost_connections, results.load.connections
        ));
    }
    if let Some(rate) = results.load.rate
        && is_behind(results)
    {
        notes.push(format!(
            "{} of {} calls that were due by the second were answered; latencies include how long \
             calls had to wait.",
            count_text(results.per_second),
            count_text(rate)
        ));
    }
    for error in &results.errors {
        notes.push(format!(
            "{} calls failed: {} {}",
            count_text(as_float(error.count)),
            error.code,
            error.message
        ));
    }
    notes.iter().fold(String::new(), |mut out, note| {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
        out
    })
}

/// A part of the page: a heading, what is to be seen, and the rest.
fn section(title: &str, about: &str, content: &str) -> String {
    format!(
        "<section>\n<h2>{}</h2>\n<p>{}</p>\n{content}</section>\n",
        escape(title),
        escape(about)
    )
}

/// How all runs were made, in a table.
fn settings(runs: &Runs<'_>) -> String {
    let head = runs.head("");
    let row = |name: &str, value: &dyn Fn(&Results) -> String| {
        let cells = runs.all.iter().map(|run| value(run));
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = vec![
        row("Server", &|run| run.target.url.clone()),
        row("Application", &|run| run.target.app.clone()),
        row("Method", &|run| {
            format!("{}.{}", run.target.interface, run.target.method)
        }),
        row("Load", &|run| load_text(&run.load)),
        row("Threads", &|run| run.load.threads.to_string()),
        row("Warm-up", &|run| {
            format!("{} s", digits(run.load.warm_up_s))
        }),
        row("Measured for", &|run| format!("{} s", digits(run.seconds))),
        row("Answers", &|run| count_text(as_float(run.calls))),
        row("Errors", &|run| count_text(as_float(run.failed))),
        row("Begun", &|run| run.started.clone()),
    ];
    let table = table("How it was measured", &head, &rows);
    section("Settings", "What was called, and with which load.", &table)
}

/// Rows of a table: percentiles of all runs.
fn percentile_rows(runs: &Runs<'_>) -> Vec<Vec<String>> {
    let row = |percentile: f64| {
        let name = if percentile >= 100.0 {
            "greatest".to_owned()
        } else {
            format!("{percentile} %")
        };
        let cells = runs.all.iter().map(|run| {
            let latency = run.latency.as_ref();
            let ms = latency.and_then(|latency| latency.at(percentile));
            ms.map_or_else(|| "–".to_owned(), time_text)
        });
        std::iter::once(name).chain(cells).collect()
    };
    PERCENTILES.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
