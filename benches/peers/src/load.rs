//! One round of load, made by a process of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client::{Client, Latencies, Load};
use crate::process;

/// How many connections are made at once.
const CONNECTING: usize = 64;

/// What load to make, and where.
#[derive(Debug, Clone, Args)]
pub(crate) struct LoadOptions {
    /// Where the server listens.
    #[arg(long)]
    pub(crate) address: String,
    /// The process of the server, whose processor time is taken.
    #[arg(long)]
    pub(crate) server_pid: u32,
    #[arg(long)]
    pub(crate) connections: usize,
    /// Calls under way on each connection.
    #[arg(long)]
    pub(crate) in_flight: usize,
    /// Length of the text that goes both ways, in bytes.
    #[arg(long)]
    pub(crate) size: usize,
    /// Seconds that are not measured.
    #[arg(long, default_value_t = 0.3)]
    pub(crate) warm_up: f64,
    /// Seconds that are.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) seconds: f64,
}

/// What one round has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) calls: u64,
    pub(crate) per_second: f64,
    /// Microseconds from call to answer.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// Microseconds of processor time per call.
    pub(crate) server_cpu: f64,
    pub(crate) client_cpu: f64,
}

/// Connects, warms up, measures.
pub(crate) async fn run<C: Client>(options: &LoadOptions) -> Result<Round, Failure> {
    let mut clients = connect::<C>(&options.address, options.connections).await?;
    let payload: Arc<str> = "x".repeat(options.size).into();
    let warm_up = Duration::from_secs_f64(options.warm_up);
    drive(&mut clients, options.in_flight, &payload, warm_up).await?;
    let server_before = process::processor_time(options.server_pid)?;
    let client_before = process::processor_time(std::process::id())?;
    let begin = Instant::now();
    let duration = Duration::from_secs_f64(options.seconds);
    let latencies = drive(&mut clients, options.in_flight, &payload, duration).await?;
    let elapsed = begin.elapsed();
    let server = process::processor_time(options.server_pid)?.saturating_sub(server_before);
    let client = process::processor_time(std::process::id())?.saturating_sub(client_before);
    let calls = latencies.len();
    let per_call = |time: Duration| time.as_secs_f64() * 1e6 / calls.max(1) as f64;
    let quantile = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
    Ok(Round {
        calls,
        per_second: calls as f64 / elapsed.as_secs_f64(),
        p50: quantile(0.5),
        p99: quantile(0.99),
        p999: quantile(0.999),
        server_cpu: per_call(server),
        client_cpu: per_call(client),
    })
}

/// Makes connections, some of them at a time.
pub(crate) async fn connect<C: Client>(
    address: &str,
    connections: usize,
) -> Result<Vec<C>, Failure> {
    stream::iter((0..connections).map(|_| C::connect(address)))
        .buffer_unordered(CONNECTING)
        .try_collect()
        .await
}

/// Drives each connection by a task of its own.
async fn drive<C: Client>(
    clients: &mut Vec<C>,
    in_flight: usize,
    payload: &Arc<str>,
    duration: Duration,
) -> Result<Histogram<u64>, Failure> {
    let until = Instant::now() + duration;
    // One for each thread would do; one for each connection would not fit into the caches.
    let shards = (0..2).map(|_| Latencies::new().map(Arc::new));
    let shards = shards.collect::<Result<Vec<_>, _>>()?;
    let mut tasks = JoinSet::new();
    for (mut client, latencies) in clients.drain(..).zip(shards.iter().cycle()) {
        let load = Load {
            in_flight,
            payload: Arc::clone(payload),
            until,
            latencies: Arc::clone(latencies),
        };
        tasks.spawn(async move { client.drive(&load).await.map(|()| client) });
    }
    while let Some(client) = tasks.join_next().await {
        clients.push(client??);
    }
    let mut all = Histogram::new_with_bounds(1, 60_000_000_000, 3)?;
    for shard in &shards {
        shard.add_to(&mut all)?;
    }
    Ok(all)
}
