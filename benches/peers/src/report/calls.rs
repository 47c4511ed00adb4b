//! Calls.

use crate::contestant::{Contestant, Role};
use crate::load::Round;
use crate::plot::{self, Bar};
use crate::report::Page;
use crate::report::statistics::{grouped, median, range, short, spread};
use crate::sections::calls::{ROWS, Rounds};

const HEAD: &str = "\
| | calls/s | spread | jstp is | p50 | p99 | p99.9 | server CPU | client CPU |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

pub(crate) fn report(page: &mut Page<'_>) {
    page.say(
        "## Calls\n\n\
         A row is (connections × calls under way on each, length of the text that goes both ways). Times are\n\
         microseconds; CPU is processor time per call, the kernel's part included.\n",
    );
    for row in ROWS {
        let Some(all) = page.store.read::<Vec<Rounds>>(row.name) else {
            continue;
        };
        let all: Vec<Rounds> = all
            .into_iter()
            .filter(|rounds| !rounds.rounds.is_empty())
            .collect();
        page.say(&format!("### {}\n\n{HEAD}", row.title));
        for rounds in &all {
            page.say(&line(rounds, &all));
        }
        summary(page, &all);
        let plot = plot::bars(&format!("Calls per second, {}", row.title), &bars(&all));
        page.show(row.name, &format!("calls per second, {}", row.title), plot);
    }
}

fn line(rounds: &Rounds, all: &[Rounds]) -> String {
    let column = |value: fn(&Round) -> f64| median(rounds.rounds.iter().map(value));
    let name = rounds.contestant.title();
    let name = match rounds.contestant.role() {
        Role::Ours => format!("**{name}**"),
        Role::Peer => name.to_owned(),
        Role::Limit => format!("*{name}*"),
    };
    let times = times(all, rounds);
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

/// How many times as many calls `jstp` makes: the median of the rounds' ratios.
fn times(all: &[Rounds], other: &Rounds) -> f64 {
    let ours = all
        .iter()
        .find(|rounds| rounds.contestant == Contestant::Jstp);
    let ours = ours.map(per_second).unwrap_or_default();
    let pairs = ours.into_iter().zip(per_second(other));
    median(pairs.map(|(ours, other)| ours / other))
}

/// The best peer in a sentence.
fn summary(page: &mut Page<'_>, all: &[Rounds]) {
    let rate = |rounds: &&Rounds| median(per_second(rounds));
    let best = all
        .iter()
        .filter(|rounds| rounds.contestant.role() == Role::Peer)
        .max_by(|a, b| rate(a).total_cmp(&rate(b)));
    if let Some(best) = best {
        let times = times(all, best);
        let name = best.contestant.title();
        page.say(&format!(
            "\n`jstp` over TCP makes {} times the calls of the best peer ({name}).",
            short(times)
        ));
    }
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
