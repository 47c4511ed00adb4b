//! Memory: what a connection costs, and whether it grows.

use crate::contestant::Role;
use crate::plot::{self, Bar, Line};
use crate::report::Page;
use crate::report::statistics::{grouped, short};
use crate::sections::memory;
use crate::sections::soak::{self, Step};

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

pub(crate) fn report(page: &mut Page<'_>) {
    connections(page);
    if let Some(steps) = page.store.read::<Vec<Step>>(soak::ROW) {
        growth(page, &steps);
    }
}

fn connections(page: &mut Page<'_>) {
    page.say(
        "## Memory of an idle connection\n\n\
         What the server's process takes more with the connections than without (`VmRSS`), for each of them, in KiB:\n\
         after the handshake, and idle again after one call.\n\n\
         | | connections | after the handshake | after a call |\n\
         | --- | ---: | ---: | ---: |",
    );
    let mut bars = Vec::new();
    for memory in memory::read(page.store) {
        let (idle, called) = (memory.idle / KIB, memory.called / KIB);
        page.say(&format!(
            "| {} | {} | {idle:.1} | {called:.1} |",
            memory.contestant.title(),
            grouped(memory.connections as f64),
        ));
        bars.push(Bar {
            label: memory.contestant.title().to_owned(),
            value: idle,
            range: (idle, idle),
            text: format!("{idle:.1} KiB"),
            ours: memory.contestant.role() == Role::Ours,
        });
    }
    let title = "Memory of the server for an idle connection";
    page.show("memory", title, plot::bars(title, &bars));
}

fn growth(page: &mut Page<'_>, steps: &[Step]) {
    page.say(
        "## Growth\n\n\
         One server, which forgets clients that have gone after 100 ms and stores 1,000 of their sessions, so that\n\
         what it may keep is full soon.\n\n\
         | calls so far | connections made and closed | memory in MiB |\n\
         | ---: | ---: | ---: |",
    );
    for step in steps {
        page.say(&format!(
            "| {} | {} | {} |",
            grouped(step.calls as f64),
            grouped(step.connections as f64),
            short(step.resident as f64 / MIB),
        ));
    }
    let points = steps
        .iter()
        .map(|step| (step.connections as f64, step.resident as f64 / MIB));
    let line = Line {
        label: "jstp".to_owned(),
        points: points.collect(),
        ours: true,
    };
    let title = "Memory of the server in MiB";
    let plot = plot::lines(title, "connections made and closed", false, &[line]);
    page.show("soak", title, plot);
}
