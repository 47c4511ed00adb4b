//! Events from clients to a server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{self, Place};
use crate::contestant::Contestant;
use crate::emit::Emitted;
use crate::sections::Extent;
use crate::store::Store;

/// How long a round may take in all.
const DEADLINE: Duration = Duration::from_secs(30);

/// The client is ours for both, on one thread.
const CLIENT: Place = Place {
    pinned: false,
    threads: Some(0),
};

/// Lengths of an event's text: name of the row, for people, in bytes.
pub(crate) const ROWS: [(&str, &str, usize); 2] =
    [("events-16", "16 B", 16), ("events-1024", "1 KiB", 1024)];

/// The rounds of one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rounds {
    pub(crate) contestant: Contestant,
    pub(crate) rounds: Vec<Emitted>,
}

/// Measures the rows that are not measured yet.
pub(crate) async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    for (row, title, size) in ROWS {
        if store.wants(row) {
            eprintln!("events: {title}");
            store.write(row, &measure_row(size, extent).await)?;
        }
    }
    Ok(())
}

async fn measure_row(size: usize, extent: Extent) -> Vec<Rounds> {
    let contestants = [Contestant::Jstp, Contestant::NpmServer];
    let servers = child::start_all(&contestants, Place::default()).await;
    let mut all: Vec<Rounds> = servers
        .iter()
        .map(|server| Rounds {
            contestant: server.contestant,
            rounds: Vec::new(),
        })
        .collect();
    for _ in 0..extent.rounds {
        for (server, rounds) in servers.iter().zip(&mut all) {
            match round(server, size, extent).await {
                Ok(round) => rounds.rounds.push(round),
                Err(failure) => eprintln!("{}: {failure}", server.contestant.title()),
            }
        }
    }
    all
}

async fn round(server: &child::Server, size: usize, extent: Extent) -> Result<Emitted, Failure> {
    let mut command = server.client("emit", None, CLIENT)?;
    command.args(["--connections", "8", "--size", &size.to_string()]);
    command.args(["--warm-up", extent.choose("0.05", "0.3")]);
    command.args(["--seconds", extent.choose("0.1", "0.6")]);
    child::result(command, DEADLINE).await
}
