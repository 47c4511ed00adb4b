//! Events to a server, as fast as its connections take them.

use std::time::{Duration, Instant};

use ::jstp::Connection;
use clap::Args;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::contestants::jstp;
use crate::process;

/// How many events are emitted before others get their turn.
const BURST: usize = 64;

/// How many, and to whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct EmitOptions {
    #[arg(long)]
    pub(crate) address: String,
    #[arg(long)]
    pub(crate) server_pid: u32,
    #[arg(long)]
    pub(crate) connections: usize,
    /// Length of an event's text, in bytes.
    #[arg(long)]
    pub(crate) size: usize,
    #[arg(long, default_value_t = 0.3)]
    pub(crate) warm_up: f64,
    #[arg(long, default_value_t = 1.0)]
    pub(crate) seconds: f64,
}

/// What it has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Emitted {
    /// Events that the server has handled.
    pub(crate) per_second: f64,
    /// Microseconds of the server's processor time for each.
    pub(crate) server_cpu: f64,
}

/// Connects, warms up, emits, and asks how much has come.
pub(crate) async fn run(options: &EmitOptions) -> Result<Emitted, Failure> {
    let connecting = (0..options.connections).map(|_| jstp::connect(&options.address));
    let connections = try_join_all(connecting).await?;
    let payload = "x".repeat(options.size);
    let emit = |seconds| {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        let payload = &payload;
        try_join_all(connections.iter().map(move |to| emit(to, payload, end)))
    };
    emit(options.warm_up).await?;
    let before = seen(&connections).await?;
    let used = process::processor_time(options.server_pid)?;
    let begin = Instant::now();
    emit(options.seconds).await?;
    let events = seen(&connections).await? - before;
    let elapsed = begin.elapsed();
    let used = process::processor_time(options.server_pid)?.saturating_sub(used);
    Ok(Emitted {
        per_second: events as f64 / elapsed.as_secs_f64(),
        server_cpu: used.as_secs_f64() * 1e6 / events.max(1) as f64,
    })
}

async fn emit(connection: &Connection, payload: &str, end: Instant) -> Result<(), Failure> {
    while Instant::now() < end {
        for _ in 0..BURST {
            connection.emit("bench", "tick", (payload,)).await?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// How many events the server has seen in all its life, once it has handled everything that was sent
/// by these connections.
async fn seen(connections: &[Connection]) -> Result<u64, Failure> {
    let mut seen = 0;
    for connection in connections {
        seen = connection.call("bench", "seen", ()).await?;
    }
    Ok(seen)
}
