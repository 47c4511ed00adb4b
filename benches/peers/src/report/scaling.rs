//! Threads, connections, and how fast they come.

use crate::contestant::{Contestant, Role};
use crate::plot::{self, Line};
use crate::report::Page;
use crate::report::statistics::{grouped, median, short, spread};
use crate::sections::calls::Rounds;
use crate::sections::scaling::{
    ACCEPT_ROW, Accept, CONNECTIONS, Connections, THREADS_ROW, Threads, connections_row,
};

pub(crate) fn report(page: &mut Page<'_>) {
    page.say("## Scaling\n");
    if let Some(all) = page.store.read::<Vec<Threads>>(THREADS_ROW) {
        threads(page, &all);
    }
    let all: Vec<Connections> = CONNECTIONS
        .iter()
        .filter_map(|connections| page.store.read(&connections_row(*connections)))
        .collect();
    connections(page, &all);
    if let Some(all) = page.store.read::<Vec<Accept>>(ACCEPT_ROW) {
        accept(page, &all);
    }
}

fn threads(page: &mut Page<'_>, all: &[Threads]) {
    page.say(
        "Threads of the server's runtime, 64 × 16, 128 B. The client is a process of its own that wants a whole\n\
         processor, so two threads have one and a bit.\n\n\
         | threads | calls/s | spread | server CPU |\n\
         | ---: | ---: | ---: | ---: |",
    );
    for threads in all {
        let rates: Vec<f64> = threads
            .rounds
            .iter()
            .map(|round| round.per_second)
            .collect();
        page.say(&format!(
            "| {} | {} | {} | {} |",
            threads.threads,
            grouped(median(rates.iter().copied())),
            spread(&rates),
            short(median(threads.rounds.iter().map(|round| round.server_cpu))),
        ));
    }
}

fn connections(page: &mut Page<'_>, all: &[Connections]) {
    page.say(
        "\nOne call of 128 B under way on each connection; the bare echo shows the kernel's part.\n\n\
         | connections | | calls/s | spread | server CPU |\n\
         | ---: | --- | ---: | ---: | ---: |",
    );
    let mut lines = Vec::new();
    for contestant in [Contestant::Jstp, Contestant::Bare] {
        lines.push(Line {
            label: contestant.title().to_owned(),
            points: Vec::new(),
            ours: contestant.role() == Role::Ours,
        });
    }
    for connections in all {
        for (rounds, line) in connections.contestants.iter().zip(&mut lines) {
            let rates: Vec<f64> = rounds.rounds.iter().map(|round| round.per_second).collect();
            let cost = cost(rounds);
            page.say(&format!(
                "| {} | {} | {} | {} | {} |",
                grouped(connections.connections as f64),
                rounds.contestant.title(),
                grouped(median(rates.iter().copied())),
                spread(&rates),
                short(cost),
            ));
            if cost.is_finite() {
                line.points.push((connections.connections as f64, cost));
            }
        }
    }
    let title = "Server CPU per call in microseconds, 1 call under way on each connection";
    let plot = plot::lines(title, "connections", true, &lines);
    page.show("connections", title, plot);
}

fn cost(rounds: &Rounds) -> f64 {
    median(rounds.rounds.iter().map(|round| round.server_cpu))
}

fn accept(page: &mut Page<'_>, all: &[Accept]) {
    page.say(
        "Connections with their handshakes, made and closed, 64 at once; CPU in microseconds for each.\n\n\
         | | connections/s | spread | server CPU |\n\
         | --- | ---: | ---: | ---: |",
    );
    for accept in all {
        let rates: Vec<f64> = accept.rounds.iter().map(|round| round.per_second).collect();
        page.say(&format!(
            "| {} | {} | {} | {} |",
            accept.contestant.title(),
            grouped(median(rates.iter().copied())),
            spread(&rates),
            short(median(accept.rounds.iter().map(|round| round.server_cpu))),
        ));
    }
}
