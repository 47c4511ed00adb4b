//! What an idle connection costs the server's process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{Place, Server, Talker};
use crate::contestant::Contestant;
use crate::process;
use crate::sections::Extent;
use crate::store::Store;

/// How long all connections together may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often and how many times a process is looked at until its memory no longer changes.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: usize = 30;

/// Connections before those that count, so that what a server takes once is not counted.
const FIRST: usize = 64;

const CONTESTANTS: [Contestant; 17] = [
    Contestant::Jstp,
    Contestant::JstpWs,
    Contestant::JstpTls,
    Contestant::JstpWss,
    Contestant::TarpcBincode,
    Contestant::TarpcJson,
    Contestant::Jsonrpsee,
    Contestant::Tonic,
    Contestant::Npm,
    Contestant::NpmWs,
    Contestant::NpmTls,
    Contestant::NpmWss,
    Contestant::Bare,
    Contestant::BareWs,
    Contestant::BareTls,
    Contestant::BareWss,
    Contestant::BareWsDefaults,
];

/// The name of a contestant's row.
pub(crate) fn row(contestant: Contestant) -> String {
    format!("memory-{}", contestant.argument())
}

/// Bytes for each connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) contestant: Contestant,
    pub(crate) connections: usize,
    /// After the handshake.
    pub(crate) idle: f64,
    /// After one call on each, idle again.
    pub(crate) called: f64,
}

/// Measures the contestants that are not measured yet.
pub(crate) async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    for contestant in CONTESTANTS {
        let row = row(contestant);
        if store.wants(&row) {
            eprintln!("memory: {}", contestant.title());
            match measure_one(contestant, extent.choose(500, connections(contestant))).await {
                Ok(memory) => store.write(&row, &memory)?,
                Err(failure) => eprintln!("{}: {failure}", contestant.title()),
            }
        }
    }
    Ok(())
}

/// How many connections are made: as many as there is time for.
fn connections(contestant: Contestant) -> usize {
    match contestant {
        // It shakes hands for a millisecond each.
        Contestant::NpmTls | Contestant::NpmWss => 2500,
        _ => 10_000,
    }
}

/// All that were measured.
pub(crate) fn read(store: &Store) -> Vec<Memory> {
    let rows = CONTESTANTS.into_iter().map(row);
    rows.filter_map(|row| store.read(&row)).collect()
}

async fn measure_one(contestant: Contestant, connections: usize) -> Result<Memory, Failure> {
    let server = Server::start(contestant, Place::default(), &[]).await?;
    let mut first = hold(&server, FIRST).await?;
    first.say("call").await?;
    first.line(DEADLINE).await?;
    let before = settled(server.pid).await?;
    let mut clients = hold(&server, connections).await?;
    let idle = settled(server.pid).await?;
    clients.say("call").await?;
    clients.line(DEADLINE).await?;
    let called = settled(server.pid).await?;
    clients.end().await?;
    first.end().await?;
    let each = |bytes: u64| bytes.saturating_sub(before) as f64 / connections as f64;
    Ok(Memory {
        contestant,
        connections,
        idle: each(idle),
        called: each(called),
    })
}

/// Clients whose handshakes are done.
async fn hold(server: &Server, connections: usize) -> Result<Talker, Failure> {
    let contestant = Some(server.contestant);
    let mut command = crate::child::command("hold", contestant, Place::default())?;
    command.args(["--address", &server.address]);
    command.args(["--connections", &connections.to_string()]);
    let mut clients = Talker::start(command)?;
    clients.line(DEADLINE).await?;
    Ok(clients)
}

/// The memory of a process once it no longer changes.
pub(crate) async fn settled(pid: u32) -> Result<u64, Failure> {
    let mut last = process::resident(pid)?;
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = process::resident(pid)?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}
