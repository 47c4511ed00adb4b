//! The results as a table in Markdown.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::drive::Round;
use crate::options::Target;
use crate::server_process::ServerProcess;
use crate::setting::Setting;

pub(crate) fn print_head() {
    println!(
        "| load | server | per second | spread | p50 | p99 | p99.9 | server CPU | ours/npm |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
}

/// Prints a line for each server: its median round.
pub(crate) fn print(setting: &Setting, servers: &[ServerProcess], rounds: Vec<Vec<Round>>) {
    let medians: Vec<_> = servers
        .iter()
        .zip(rounds)
        .filter_map(|(server, rounds)| Some((server.target(), median(rounds)?)))
        .collect();
    let rate = |wanted| {
        let found = medians.iter().find(|(target, _)| *target == wanted);
        found.map(|(_, median)| median.round.per_second)
    };
    let ratio = rate(Target::Ours)
        .zip(rate(Target::Npm))
        .map(|(ours, npm)| ours / npm);
    for (target, Median { round, spread }) in &medians {
        let (name, ratio) = match target {
            Target::Ours => ("ours", ratio.map(|ratio| format!("{ratio:.1}"))),
            Target::Npm => ("npm", None),
        };
        println!(
            "| {} | {name} | {:.0} | {:.0} % | {} | {} | {} | {} | {} |",
            setting.name(),
            round.per_second,
            spread * 100.0,
            percentile(&round.latency, 0.5),
            percentile(&round.latency, 0.99),
            percentile(&round.latency, 0.999),
            round
                .cost
                .map_or_else(unknown, |cost| format!("{:.2} µs", microseconds(cost))),
            ratio.unwrap_or_default(),
        );
    }
}

struct Median {
    /// The round in the middle.
    round: Round,
    /// From the slowest round to the fastest, as a part of the median.
    spread: f64,
}

fn median(mut rounds: Vec<Round>) -> Option<Median> {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let width = rounds.last()?.per_second - rounds.first()?.per_second;
    let round = rounds.swap_remove(rounds.len() / 2);
    Some(Median {
        spread: width / round.per_second,
        round,
    })
}

fn percentile(latency: &Histogram<u64>, quantile: f64) -> String {
    if latency.is_empty() {
        return unknown();
    }
    let time = Duration::from_nanos(latency.value_at_quantile(quantile));
    format!("{:.0} µs", microseconds(time))
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn unknown() -> String {
    "-".to_owned()
}
