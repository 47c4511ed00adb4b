//! More threads, more connections, and how fast they come.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{self, Place, Server};
use crate::churn::Churn;
use crate::contestant::Contestant;
use crate::load::Round;
use crate::process;
use crate::sections::Extent;
use crate::sections::calls::Rounds;
use crate::store::Store;

/// How long a round may take in all.
const DEADLINE: Duration = Duration::from_secs(60);

/// Descriptors that a process needs for itself.
const SPARE_FILES: u64 = 64;

/// The name of the row of thread counts.
pub(crate) const THREADS_ROW: &str = "scaling-threads";
/// The name of the row of connections that are made.
pub(crate) const ACCEPT_ROW: &str = "scaling-accept";
/// Numbers of connections.
pub(crate) const CONNECTIONS: [usize; 5] = [10, 100, 1000, 10_000, 20_000];

/// How many seconds warm up and are measured.
///
/// Of 10,000 connections each gets a few turns a second. What is measured is the turns to come, not the first.
fn times(connections: usize, extent: Extent) -> (&'static str, &'static str) {
    match connections {
        10_000.. => ("1", "4"),
        _ => ("0.1", extent.choose("0.1", "0.6")),
    }
}

/// The name of the row of one number of connections.
pub(crate) fn connections_row(connections: usize) -> String {
    format!("scaling-connections-{connections}")
}

/// One number of threads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Threads {
    pub(crate) threads: usize,
    pub(crate) rounds: Vec<Round>,
}

/// One number of connections.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Connections {
    /// How many there were really.
    pub(crate) connections: usize,
    pub(crate) contestants: Vec<Rounds>,
}

/// Connections made and closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Accept {
    pub(crate) contestant: Contestant,
    pub(crate) rounds: Vec<Churn>,
}

/// Measures the rows that are not measured yet.
pub(crate) async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    if store.wants(THREADS_ROW) {
        eprintln!("scaling: threads");
        store.write(THREADS_ROW, &threads(extent).await?)?;
    }
    for wanted in CONNECTIONS {
        let row = connections_row(wanted);
        if store.wants(&row) && !(extent.quick && wanted > 1000) {
            // Servers and clients are processes of their own, each with this limit.
            let limit = process::raise_file_limit()?.saturating_sub(SPARE_FILES);
            let possible = wanted.min(usize::try_from(limit)?);
            eprintln!("scaling: {possible} connections");
            let measured = connections(possible, extent).await?;
            // What could not be measured is left to another run.
            if measured
                .contestants
                .iter()
                .all(|all| !all.rounds.is_empty())
            {
                store.write(&row, &measured)?;
            }
        }
    }
    if store.wants(ACCEPT_ROW) {
        eprintln!("scaling: making connections");
        store.write(ACCEPT_ROW, &accept(extent).await?)?;
    }
    Ok(())
}

/// The same load on servers with one and with two threads.
async fn threads(extent: Extent) -> Result<Vec<Threads>, Failure> {
    let mut all = Vec::new();
    let mut servers = Vec::new();
    for threads in [1, 2] {
        let place = Place {
            pinned: false,
            threads: Some(threads),
        };
        servers.push(Server::start(Contestant::Jstp, place, &[]).await?);
        all.push(Threads {
            threads,
            rounds: Vec::new(),
        });
    }
    for _ in 0..extent.rounds {
        for (server, threads) in servers.iter().zip(&mut all) {
            threads.rounds.push(calls(server, 64, 16, extent).await?);
        }
    }
    Ok(all)
}

/// One call under way on each of so many connections.
async fn connections(connections: usize, extent: Extent) -> Result<Connections, Failure> {
    let mut contestants = Vec::new();
    for contestant in [Contestant::Jstp, Contestant::Bare] {
        contestants.push(Rounds {
            contestant,
            rounds: Vec::new(),
        });
    }
    for _ in 0..extent.choose(1, 3) {
        for rounds in &mut contestants {
            // A server of its own each time, whose memory is as new.
            let server = Server::start(rounds.contestant, Place::default(), &[]).await?;
            match calls(&server, connections, 1, extent).await {
                Ok(round) => rounds.rounds.push(round),
                Err(failure) => eprintln!("{}: {failure}", server.contestant.title()),
            }
        }
    }
    Ok(Connections {
        connections,
        contestants,
    })
}

async fn calls(
    server: &Server,
    connections: usize,
    in_flight: usize,
    extent: Extent,
) -> Result<Round, Failure> {
    let (warm_up, seconds) = times(connections, extent);
    let mut command = server.client("load", Some(server.contestant), Place::default())?;
    command.args(["--connections", &connections.to_string()]);
    command.args(["--in-flight", &in_flight.to_string()]);
    command.args(["--size", "128", "--warm-up", warm_up]);
    command.args(["--seconds", seconds]);
    child::result(command, DEADLINE).await
}

async fn accept(extent: Extent) -> Result<Vec<Accept>, Failure> {
    let contestants = [Contestant::Jstp, Contestant::BareWriter, Contestant::Npm];
    let mut all: Vec<Accept> = Vec::new();
    let servers = child::start_all(&contestants, Place::default()).await;
    all.extend(servers.iter().map(|server| Accept {
        contestant: server.contestant,
        rounds: Vec::new(),
    }));
    for _ in 0..extent.choose(1, 3) {
        for (server, accept) in servers.iter().zip(&mut all) {
            let mut command = server.client("churn", None, Place::default())?;
            command.args(["--connections", extent.choose("500", "5000")]);
            accept.rounds.push(child::result(command, DEADLINE).await?);
        }
    }
    Ok(all)
}
