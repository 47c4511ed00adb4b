//! Events from clients to a server.

use crate::report::Page;
use crate::report::statistics::{grouped, median, short, spread};
use crate::sections::events::{ROWS, Rounds};

const HEAD: &str = "\
| | text | events/s | spread | server CPU |
| --- | ---: | ---: | ---: | ---: |";

pub(crate) fn report(page: &mut Page<'_>) {
    page.say(&format!(
        "## Events to a server\n\n\
         The client of `jstp` emits on 8 connections as fast as they take it, to each of the servers; CPU in\n\
         microseconds for each event.\n\n{HEAD}"
    ));
    for (row, title, _) in ROWS {
        for rounds in page.store.read::<Vec<Rounds>>(row).unwrap_or_default() {
            let rates = rounds.rounds.iter().map(|round| round.per_second);
            let rates: Vec<f64> = rates.collect();
            page.say(&format!(
                "| {} | {title} | {} | {} | {} |",
                rounds.contestant.title(),
                grouped(median(rates.iter().copied())),
                spread(&rates),
                short(median(rounds.rounds.iter().map(|round| round.server_cpu))),
            ));
        }
    }
    page.say("");
}
