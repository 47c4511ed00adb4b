//! Events to all clients.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{self, Place, Server};
use crate::contestant::Contestant;
use crate::fan::Burst;
use crate::sections::Extent;
use crate::store::Store;

/// How long a round may take in all.
const DEADLINE: Duration = Duration::from_secs(60);

/// The clients are one thread, so that the server has as much of the machine in each case.
const CLIENT: Place = Place {
    pinned: false,
    threads: Some(0),
};

/// One kind of broadcast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    connections: usize,
    slow: usize,
    size: usize,
    /// The first one is for warming up.
    bursts: &'static [usize],
    rounds: usize,
    contestants: &'static [Contestant],
}

const ALL: &[Contestant] = &[Contestant::Jstp, Contestant::BareWriter, Contestant::Npm];

/// Without the bare writer, which waits for each client.
const PATIENT: &[Contestant] = &[Contestant::Jstp, Contestant::Npm];

/// All kinds of broadcasts.
pub(crate) const ROWS: [Row; 4] = [
    Row {
        name: "fan-out-1000",
        title: "1,000 clients, events of 64 B",
        connections: 1000,
        slow: 0,
        size: 64,
        bursts: &[20, 1, 1, 1, 1, 1, 100, 100],
        rounds: 3,
        contestants: ALL,
    },
    Row {
        name: "fan-out-10000",
        title: "10,000 clients, events of 64 B",
        connections: 10_000,
        slow: 0,
        size: 64,
        bursts: &[5, 1, 1, 1, 20, 100],
        rounds: 3,
        contestants: ALL,
    },
    Row {
        name: "fan-out-large",
        title: "1,000 clients, events of 8 KiB",
        connections: 1000,
        slow: 0,
        size: 8192,
        bursts: &[1, 80],
        rounds: 2,
        contestants: PATIENT,
    },
    Row {
        name: "fan-out-slow",
        title: "1,000 clients, events of 8 KiB, and 10 clients that read nothing",
        connections: 1000,
        slow: 10,
        size: 8192,
        bursts: &[1, 80],
        rounds: 2,
        contestants: PATIENT,
    },
];

/// The bursts of one contestant, of all rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bursts {
    pub(crate) contestant: Contestant,
    pub(crate) connections: usize,
    pub(crate) done: Vec<Burst>,
}

/// Measures the rows that are not measured yet.
pub(crate) async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    for row in ROWS {
        if store.wants(row.name) {
            eprintln!("fan-out: {}", row.title);
            store.write(row.name, &measure_row(&row, extent).await)?;
        }
    }
    Ok(())
}

async fn measure_row(row: &Row, extent: Extent) -> Vec<Bursts> {
    let connections = extent.choose(row.connections.min(1000), row.connections);
    let mut all: Vec<Bursts> = row
        .contestants
        .iter()
        .map(|&contestant| Bursts {
            contestant,
            connections,
            done: Vec::new(),
        })
        .collect();
    for _ in 0..extent.choose(1, row.rounds) {
        for bursts in &mut all {
            match round(row, connections, bursts.contestant).await {
                Ok(round) => bursts.done.extend(round),
                Err(failure) => eprintln!("{}: {failure}", bursts.contestant.title()),
            }
        }
    }
    all
}

/// A server of its own each time: some keep what was sent until it is acknowledged.
async fn round(
    row: &Row,
    connections: usize,
    contestant: Contestant,
) -> Result<Vec<Burst>, Failure> {
    let server = Server::start(contestant, Place::default(), &[]).await?;
    let mut command = server.client("fan", None, CLIENT)?;
    let bursts: Vec<String> = row.bursts.iter().map(ToString::to_string).collect();
    command.args(["--connections", &connections.to_string()]);
    command.args(["--slow", &row.slow.to_string()]);
    command.args(["--size", &row.size.to_string()]);
    command.args(["--bursts", &bursts.join(",")]);
    child::result(command, DEADLINE).await
}
