//! Calls: how many a second, how long each takes, what they cost the server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{self, Place, Server};
use crate::contestant::Contestant;
use crate::load::Round;
use crate::sections::Extent;
use crate::store::Store;

/// How long a round may take in all.
const DEADLINE: Duration = Duration::from_secs(30);

const OPEN: &[Contestant] = ONE_AT_A_TIME.split_at(ONE_AT_A_TIME.len() - 1).0;

/// With the one that can do no more than one call at a time.
const ONE_AT_A_TIME: &[Contestant] = &[
    Contestant::Jstp,
    Contestant::JstpWs,
    Contestant::TarpcBincode,
    Contestant::TarpcJson,
    Contestant::Jsonrpsee,
    Contestant::Tonic,
    Contestant::Npm,
    Contestant::NpmWs,
    Contestant::NpmServer,
    Contestant::Bare,
    Contestant::BareWs,
    Contestant::BareBlocking,
];

/// Those that encrypt.
const ENCRYPTED: &[Contestant] = &[
    Contestant::JstpTls,
    Contestant::JstpWss,
    Contestant::NpmTls,
    Contestant::NpmWss,
    Contestant::BareTls,
    Contestant::BareWss,
];

/// One kind of load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Its name in files.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    connections: usize,
    in_flight: usize,
    size: usize,
    place: Place,
    /// In their turns; the others are compared with the first one.
    contestants: &'static [Contestant],
}

const fn row(
    name: &'static str,
    title: &'static str,
    connections: usize,
    in_flight: usize,
    size: usize,
) -> Row {
    Row {
        name,
        title,
        connections,
        in_flight,
        size,
        place: Place {
            pinned: false,
            threads: None,
        },
        contestants: OPEN,
    }
}

/// Both processes on one processor.
const fn pinned(row: Row) -> Row {
    Row {
        place: Place {
            pinned: true,
            ..row.place
        },
        ..row
    }
}

/// Runtimes without threads of their own.
const fn current_thread(row: Row) -> Row {
    Row {
        place: Place {
            threads: Some(0),
            ..row.place
        },
        ..row
    }
}

/// The same for those that encrypt.
const fn encrypted(row: Row) -> Row {
    Row {
        contestants: ENCRYPTED,
        ..row
    }
}

/// All kinds of load.
pub(crate) const ROWS: [Row; 11] = [
    row("calls-8x64-16", "8 × 64, 16 B", 8, 64, 16),
    row("calls-8x64-1024", "8 × 64, 1 KiB", 8, 64, 1024),
    row("calls-64x16-128", "64 × 16, 128 B", 64, 16, 128),
    row("calls-1x4-1mib", "1 × 4, 1 MiB", 1, 4, 1024 * 1024),
    row("calls-1x1-16", "1 × 1, 16 B", 1, 1, 16),
    Row {
        contestants: ONE_AT_A_TIME,
        ..pinned(row(
            "calls-1x1-16-pinned",
            "1 × 1, 16 B, both processes on one core",
            1,
            1,
            16,
        ))
    },
    current_thread(row(
        "calls-8x64-16-current-thread",
        "8 × 64, 16 B, runtimes of one thread on both sides",
        8,
        64,
        16,
    )),
    encrypted(row("calls-tls-8x64-16", "TLS, 8 × 64, 16 B", 8, 64, 16)),
    encrypted(row(
        "calls-tls-8x64-1024",
        "TLS, 8 × 64, 1 KiB",
        8,
        64,
        1024,
    )),
    encrypted(row(
        "calls-tls-64x16-128",
        "TLS, 64 × 16, 128 B",
        64,
        16,
        128,
    )),
    pinned(encrypted(row(
        "calls-tls-1x1-16-pinned",
        "TLS, 1 × 1, 16 B, both processes on one core",
        1,
        1,
        16,
    ))),
];

/// The rounds of one contestant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rounds {
    pub(crate) contestant: Contestant,
    pub(crate) rounds: Vec<Round>,
}

impl Row {
    /// With whom the others are compared.
    pub(crate) fn ours(&self) -> Option<Contestant> {
        self.contestants.first().copied()
    }
}

/// Measures the rows that are not measured yet.
pub(crate) async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    for row in ROWS {
        if store.wants(row.name) {
            eprintln!("calls: {}", row.title);
            store.write(row.name, &measure_row(&row, extent).await)?;
        }
    }
    Ok(())
}

/// All contestants in turn, as often as there are rounds.
async fn measure_row(row: &Row, extent: Extent) -> Vec<Rounds> {
    let servers = child::start_all(row.contestants, row.place).await;
    let mut all: Vec<Rounds> = servers
        .iter()
        .map(|server| Rounds {
            contestant: server.contestant,
            rounds: Vec::new(),
        })
        .collect();
    for _ in 0..extent.rounds {
        for (server, rounds) in servers.iter().zip(&mut all) {
            match round(row, server, extent).await {
                Ok(round) => rounds.rounds.push(round),
                Err(failure) => eprintln!("{}: {failure}", server.contestant.title()),
            }
        }
    }
    all
}

async fn round(row: &Row, server: &Server, extent: Extent) -> Result<Round, Failure> {
    let mut command = server.client("load", Some(server.contestant), row.place)?;
    command.args(["--connections", &row.connections.to_string()]);
    command.args(["--in-flight", &row.in_flight.to_string()]);
    command.args(["--size", &row.size.to_string()]);
    command.args(["--warm-up", extent.choose("0.05", "0.3")]);
    command.args(["--seconds", extent.choose("0.1", "0.6")]);
    child::result(command, DEADLINE).await
}
