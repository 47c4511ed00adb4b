//! Clients of a server that emits events to all of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Failure;
use crate::process;
use crate::raw::{Progress, RawClient};

/// How many connections are made at once.
const CONNECTING: usize = 64;

/// How long a burst may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Whom to ask for what.
#[derive(Debug, Clone, Args)]
pub(crate) struct FanOptions {
    #[arg(long)]
    pub(crate) address: SocketAddr,
    #[arg(long)]
    pub(crate) server_pid: u32,
    #[arg(long)]
    pub(crate) connections: usize,
    /// Further connections, from which nothing is read.
    #[arg(long, default_value_t = 0)]
    pub(crate) slow: usize,
    /// Length of an event's text, in bytes.
    #[arg(long, default_value_t = 64)]
    pub(crate) size: usize,
    /// How many events each burst has; the first one is not measured.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bursts: Vec<usize>,
}

/// What one burst has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Burst {
    pub(crate) events: usize,
    /// From asking for it until the last client that reads has had all of it.
    pub(crate) milliseconds: f64,
    /// Microseconds of the server's processor time per event and client.
    pub(crate) server_cpu: f64,
}

/// Connects, asks for the bursts one after the other, and waits for each.
pub(crate) async fn run(options: &FanOptions) -> Result<Vec<Burst>, Failure> {
    let slow = connect(options, options.slow).await?;
    let clients = connect(options, options.connections).await?;
    let clients: Vec<_> = clients.into_iter().map(Arc::new).collect();
    let asking = clients.first().ok_or("there are no clients")?;
    let progress = Arc::new(Progress::default());
    let mut tasks = JoinSet::new();
    for client in &clients {
        let (client, progress) = (Arc::clone(client), Arc::clone(&progress));
        tasks.spawn(async move { client.count(&progress).await });
    }
    let mut bursts = Vec::new();
    for &events in &options.bursts {
        let deliveries = events * options.connections;
        progress.expect(deliveries);
        let used = process::processor_time(options.server_pid)?;
        let begin = Instant::now();
        asking.burst(events, options.size).await?;
        let end = tokio::select! {
            end = timeout(DEADLINE, progress.end()) => end?,
            _ = tasks.join_next() => return Err("a connection was closed".into()),
        };
        let used = process::processor_time(options.server_pid)?.saturating_sub(used);
        bursts.push(Burst {
            events,
            milliseconds: (end - begin).as_secs_f64() * 1e3,
            server_cpu: used.as_secs_f64() * 1e6 / deliveries as f64,
        });
    }
    drop(slow);
    bursts.remove(0);
    Ok(bursts)
}

async fn connect(options: &FanOptions, count: usize) -> Result<Vec<RawClient>, Failure> {
    use futures_util::stream::{self, StreamExt, TryStreamExt};
    let address = options.address;
    stream::iter((0..count).map(|number| RawClient::connect(address, number)))
        .buffer_unordered(CONNECTING)
        .try_collect()
        .await
}
