//! Connections that are made and closed.

use std::net::SocketAddr;
use std::time::Instant;

use clap::Args;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::process;
use crate::raw::RawClient;

/// How many connections, and to whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChurnOptions {
    #[arg(long)]
    pub(crate) address: SocketAddr,
    #[arg(long)]
    pub(crate) server_pid: u32,
    #[arg(long)]
    pub(crate) connections: usize,
    /// How many are open at once.
    #[arg(long, default_value_t = 64)]
    pub(crate) at_once: usize,
}

/// What it has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Churn {
    pub(crate) per_second: f64,
    /// Microseconds of the server's processor time per connection.
    pub(crate) server_cpu: f64,
}

/// Connects, shakes hands, closes.
pub(crate) async fn run(options: &ChurnOptions) -> Result<Churn, Failure> {
    let used = process::processor_time(options.server_pid)?;
    let begin = Instant::now();
    stream::iter(0..options.connections)
        .map(|number| RawClient::connect(options.address, number))
        .buffer_unordered(options.at_once)
        .try_for_each(async |client| {
            drop(client);
            Ok(())
        })
        .await?;
    let elapsed = begin.elapsed();
    let used = process::processor_time(options.server_pid)?.saturating_sub(used);
    let connections = options.connections as f64;
    Ok(Churn {
        per_second: connections / elapsed.as_secs_f64(),
        server_cpu: used.as_secs_f64() * 1e6 / connections,
    })
}
