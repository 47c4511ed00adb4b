//! Calls.

use crate::contestant::{Contestant, Role};
use crate::load::Round;
use crate::plot::{self, Bar};
use crate::report::Page;
use crate::report::statistics::{grouped, median, range, short, spread};
use crate::sections::calls::{ROWS, Rounds, Row};

const HEAD: &str = "\
| | calls/s | spread | jstp is | p50 | p99 | p99.9 | server CPU | client CPU |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

pub(crate) fn report(page: &mut Page<'_>) {
    page.say(
        "## Calls\n\n\
         A row is (connections × calls under way on each, length of the text that goes both ways). Times are\n\
         microseconds; CPU is processor time per call, the kernel's part included.\n",
    );
    let measured: Vec<(Row, Vec<Rounds>)> = ROWS
        .into_iter()
        .filter_map(|row| Some((row, read(page, &row)?)))
        .collect();
    page.say("Calls per second; in brackets, how many times as many `jstp` makes.\n");
    let tcp = [Contestant::Npm, Contestant::Bare];
    overview(page, &measured, Contestant::Jstp, &tcp);
    let ws = [Contestant::Jsonrpsee, Contestant::NpmWs, Contestant::BareWs];
    overview(page, &measured, Contestant::JstpWs, &ws);
    for (row, all) in measured {
        page.say(&format!("### {}\n\n{HEAD}", row.title));
        for rounds in &all {
            page.say(&line(rounds, &all));
        }
        let plot = plot::bars(&format!("Calls per second, {}", row.title), &bars(&all));
        page.show(row.name, &format!("calls per second, {}", row.title), plot);
    }
}

fn line(rounds: &Rounds, all: &[Rounds]) -> String {
    let column = |value: fn(&Round) -> f64| median(rounds.rounds.iter().map(value));
    let name = rounds.contestant.title();
    let name = match rounds.contestant.role() {
        Role::Ours => format!("**{name}**"),
        Role::Peer | Role::Mixed => name.to_owned(),
        Role::Limit => format!("*{name}*"),
    };
    let ours = all
        .iter()
        .find(|rounds| rounds.contestant == Contestant::Jstp);
    let times = ours.map_or(f64::NAN, |ours| times(ours, rounds));
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
        grouped(column(|round| round.per_second)),
        spread(&per_second(rounds)),
        if times.is_nan() || rounds.contestant == Contestant::Jstp {
            String::new()
        } else {
            format!("{} ×", short(times))
        },
        short(column(|round| round.p50)),
        short(column(|round| round.p99)),
        short(column(|round| round.p999)),
        short(column(|round| round.server_cpu)),
        short(column(|round| round.client_cpu)),
    )
}

/// How many times as many calls the first one makes: the median of the rounds' ratios.
fn times(ours: &Rounds, other: &Rounds) -> f64 {
    let pairs = per_second(ours).into_iter().zip(per_second(other));
    median(pairs.map(|(ours, other)| ours / other))
}

/// What was measured of a row, without those that could not be.
fn read(page: &Page<'_>, row: &Row) -> Option<Vec<Rounds>> {
    let mut all: Vec<Rounds> = page.store.read(row.name)?;
    all.retain(|rounds| !rounds.rounds.is_empty());
    Some(all)
}

/// All rows in one table, with those that a contestant of ours is compared with.
fn overview(
    page: &mut Page<'_>,
    measured: &[(Row, Vec<Rounds>)],
    ours: Contestant,
    others: &[Contestant],
) {
    let names = others.iter().map(|other| other.title());
    let names: Vec<&str> = ["best peer"].into_iter().chain(names).collect();
    page.say(&format!(
        "| | {} | {} | server CPU of {0} |\n| --- | ---: {} | ---: |",
        ours.title(),
        names.join(" | "),
        "| ---: ".repeat(names.len()),
    ));
    for (row, all) in measured {
        let of = |wanted| all.iter().find(|rounds| rounds.contestant == wanted);
        let Some(ours) = of(ours) else {
            continue;
        };
        let peers = all.iter();
        let peers = peers.filter(|rounds| rounds.contestant.role() == Role::Peer);
        let best = peers.max_by(|a, b| rate(a).total_cmp(&rate(b)));
        let against = |other: Option<&Rounds>| {
            other.map_or_else(
                || "-".to_owned(),
                |other| format!("{} ({} ×)", grouped(rate(other)), short(times(ours, other))),
            )
        };
        let best_name = best.map_or("", |best| best.contestant.title());
        let cells = others.iter().map(|&other| against(of(other)));
        let cells: Vec<String> = cells.collect();
        page.say(&format!(
            "| {} | {} | {best_name} {} | {} | {} |",
            row.title,
            grouped(rate(ours)),
            against(best),
            cells.join(" | "),
            short(median(ours.rounds.iter().map(|round| round.server_cpu))),
        ));
    }
    page.say("");
}

fn rate(rounds: &Rounds) -> f64 {
    median(per_second(rounds))
}

/// Without the bare sockets, beside which nothing else could be seen.
fn bars(all: &[Rounds]) -> Vec<Bar> {
    let shown = all
        .iter()
        .filter(|rounds| rounds.contestant.role() != Role::Limit);
    shown
        .map(|rounds| {
            let rates = per_second(rounds);
            let value = median(rates.iter().copied());
            Bar {
                label: rounds.contestant.title().to_owned(),
                value,
                range: range(rates),
                text: grouped(value),
                ours: rounds.contestant.role() == Role::Ours,
            }
        })
        .collect()
}

fn per_second(rounds: &Rounds) -> Vec<f64> {
    rounds.rounds.iter().map(|round| round.per_second).collect()
}
