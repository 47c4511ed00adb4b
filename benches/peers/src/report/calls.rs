//! Calls.

use crate::contestant::{Contestant, Role};
use crate::load::Round;
use crate::plot::{self, Bar};
use crate::report::Page;
use crate::report::statistics::{grouped, median, range, short, spread};
use crate::sections::calls::{ROWS, Rounds, Row};
use crate::sections::cipher::{self, Agreed};

const HEAD: &str = "\
| | calls/s | spread | jstp is | p50 | p99 | p99.9 | server CPU | client CPU |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

/// A column of an overview, beside that of the contestant of ours.
#[derive(Debug, Clone, Copy)]
enum Beside {
    BestPeer,
    One(Contestant),
}

const TCP: [Beside; 3] = [
    Beside::BestPeer,
    Beside::One(Contestant::Npm),
    Beside::One(Contestant::Bare),
];
const WS: [Beside; 4] = [
    Beside::BestPeer,
    Beside::One(Contestant::Jsonrpsee),
    Beside::One(Contestant::NpmWs),
    Beside::One(Contestant::BareWs),
];
const TLS: [Beside; 2] = [
    Beside::One(Contestant::NpmTls),
    Beside::One(Contestant::BareTls),
];
const WSS: [Beside; 2] = [
    Beside::One(Contestant::NpmWss),
    Beside::One(Contestant::BareWss),
];

impl Beside {
    fn title(self) -> &'static str {
        match self {
            Self::BestPeer => "best peer",
            Self::One(contestant) => contestant.title(),
        }
    }

    fn find(self, all: &[Rounds]) -> Option<&Rounds> {
        match self {
            Self::BestPeer => all
                .iter()
                .filter(|rounds| rounds.contestant.role() == Role::Peer)
                .max_by(|a, b| rate(a).total_cmp(&rate(b))),
            Self::One(contestant) => all.iter().find(|rounds| rounds.contestant == contestant),
        }
    }

    fn cell(self, ours: &Rounds, all: &[Rounds]) -> String {
        let Some(other) = self.find(all) else {
            return "-".to_owned();
        };
        let against = format!("{} ({} ×)", grouped(rate(other)), short(times(ours, other)));
        match self {
            Self::BestPeer => format!("{} {against}", other.contestant.title()),
            Self::One(_) => against,
        }
    }
}

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
    overview(page, &measured, Contestant::Jstp, &TCP);
    overview(page, &measured, Contestant::JstpWs, &WS);
    ciphers(page);
    overview(page, &measured, Contestant::JstpTls, &TLS);
    overview(page, &measured, Contestant::JstpWss, &WSS);
    for (row, all) in measured {
        page.say(&format!("### {}\n\n{HEAD}", row.title));
        let ours = all
            .iter()
            .find(|rounds| Some(rounds.contestant) == row.ours());
        for rounds in &all {
            page.say(&line(rounds, ours));
        }
        let plot = plot::bars(&format!("Calls per second, {}", row.title), &bars(&all));
        page.show(row.name, &format!("calls per second, {}", row.title), plot);
    }
}

fn line(rounds: &Rounds, ours: Option<&Rounds>) -> String {
    let column = |value: fn(&Round) -> f64| median(rounds.rounds.iter().map(value));
    let name = rounds.contestant.title();
    let name = match rounds.contestant.role() {
        Role::Ours => format!("**{name}**"),
        Role::Peer | Role::Mixed => name.to_owned(),
        Role::Limit => format!("*{name}*"),
    };
    let others = ours.filter(|ours| ours.contestant != rounds.contestant);
    let times = others.map_or(String::new(), |ours| {
        format!("{} ×", short(times(ours, rounds)))
    });
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
        grouped(column(|round| round.per_second)),
        spread(&per_second(rounds)),
        times,
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

/// All rows of a contestant of ours in one table, with those that it is compared with.
fn overview(
    page: &mut Page<'_>,
    measured: &[(Row, Vec<Rounds>)],
    ours: Contestant,
    others: &[Beside],
) {
    let names: Vec<&str> = others.iter().map(|other| other.title()).collect();
    page.say(&format!(
        "| | {} | {} | server CPU of {0} |\n| --- | ---: {}| ---: |",
        ours.title(),
        names.join(" | "),
        "| ---: ".repeat(names.len()),
    ));
    for (row, all) in measured {
        let Some(ours) = Beside::One(ours).find(all) else {
            continue;
        };
        let cells: Vec<String> = others.iter().map(|other| other.cell(ours, all)).collect();
        page.say(&format!(
            "| {} | {} | {} | {} |",
            row.title,
            grouped(rate(ours)),
            cells.join(" | "),
            short(median(ours.rounds.iter().map(|round| round.server_cpu))),
        ));
    }
    page.say("");
}

/// Which cipher the rows over TLS are for.
fn ciphers(page: &mut Page<'_>) {
    let all: Vec<Agreed> = page.store.read(cipher::ROW).unwrap_or_default();
    let Some(first) = all.first() else {
        return;
    };
    let text = if all.iter().all(|agreed| agreed.cipher == first.cipher) {
        format!("all have agreed on {}", first.cipher)
    } else {
        let each = all.iter();
        let each = each.map(|agreed| format!("{} on {}", agreed.contestant.title(), agreed.cipher));
        format!(
            "they have agreed on: {}",
            each.collect::<Vec<_>>().join("; ")
        )
    };
    page.say(&format!("Over TLS; {text}.\n"));
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
