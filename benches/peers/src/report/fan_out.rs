//! Events to all clients.

use crate::contestant::{Contestant, Role};
use crate::plot::{self, Bar};
use crate::report::Page;
use crate::report::statistics::{grouped, median, range, short, spread};
use crate::sections::fan_out::{Bursts, ROWS};

const HEAD: &str = "\
| clients | | events in a burst | until the last client has it | spread | events/s | server CPU per event | jstp is |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |";

pub(crate) fn report(page: &mut Page<'_>) {
    page.say(
        "## Fan-out\n\n\
         One `broadcast` after the other, without a pause. The time is from asking the server for it until the last\n\
         client that reads has all of it, in milliseconds; CPU in microseconds for each client and event. The\n\
         clients are the same for all servers. The bare writer makes one write for each client and event.\n",
    );
    page.say(HEAD);
    let mut bars = Vec::new();
    for row in ROWS {
        let Some(all) = page.store.read::<Vec<Bursts>>(row.name) else {
            continue;
        };
        for size in sizes(&all) {
            for bursts in &all {
                if let Some(line) = line(row.title, bursts, size, &all) {
                    page.say(&line);
                    if row.name == ROWS[0].name && size > 1 {
                        bars.push(bar(bursts, size));
                    }
                }
            }
        }
    }
    let title = format!("Events per second, many at once, {}", ROWS[0].title);
    let plot = plot::bars(&title, &bars);
    page.show("fan-out", &title, plot);
}

/// The lengths of bursts that there are.
fn sizes(all: &[Bursts]) -> Vec<usize> {
    let bursts = all.iter().flat_map(|bursts| &bursts.done);
    let mut sizes: Vec<usize> = bursts.map(|burst| burst.events).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn line(title: &str, bursts: &Bursts, size: usize, all: &[Bursts]) -> Option<String> {
    let times = milliseconds(bursts, size);
    if times.is_empty() {
        return None;
    }
    let time = median(times.iter().copied());
    let cost = bursts.done.iter().filter(|burst| burst.events == size);
    let ours = all
        .iter()
        .find(|bursts| bursts.contestant == Contestant::Jstp);
    let ours = ours.map(|ours| median(milliseconds(ours, size)));
    let ratio = ours.filter(|_| bursts.contestant != Contestant::Jstp);
    Some(format!(
        "| {title} | {} | {size} | {} | {} | {} | {} | {} |",
        bursts.contestant.title(),
        short(time),
        spread(&times),
        grouped((size * bursts.connections) as f64 / time * 1e3),
        short(median(cost.map(|burst| burst.server_cpu))),
        ratio.map_or_else(String::new, |ours| format!("{} ×", short(time / ours))),
    ))
}

fn bar(bursts: &Bursts, size: usize) -> Bar {
    let rates = milliseconds(bursts, size).into_iter();
    let rates: Vec<f64> = rates
        .map(|time| (size * bursts.connections) as f64 / time * 1e3)
        .collect();
    let value = median(rates.iter().copied());
    Bar {
        label: bursts.contestant.title().to_owned(),
        value,
        range: range(rates),
        text: grouped(value),
        ours: bursts.contestant.role() == Role::Ours,
    }
}

fn milliseconds(bursts: &Bursts, size: usize) -> Vec<f64> {
    let bursts = bursts.done.iter().filter(|burst| burst.events == size);
    bursts.map(|burst| burst.milliseconds).collect()
}
