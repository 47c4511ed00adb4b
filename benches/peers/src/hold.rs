//! Connections that do nothing.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::Failure;
use crate::client::{Client, Latencies, Load};
use crate::load;

/// How many connections, and to whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct HoldOptions {
    #[arg(long)]
    pub(crate) address: String,
    #[arg(long)]
    pub(crate) connections: usize,
}

/// Connects and says `held`. With a line on standard input each connection makes one call, which is
/// followed by `called`. Ends with standard input.
pub(crate) async fn run<C: Client>(options: &HoldOptions) -> Result<(), Failure> {
    let clients = load::connect::<C>(&options.address, options.connections).await?;
    println!("held");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    if lines.next_line().await?.is_none() {
        return Ok(());
    }
    let load = Load {
        in_flight: 1,
        payload: "x".repeat(16).into(),
        until: Instant::now(),
        latencies: Arc::new(Latencies::new()?),
    };
    let load = &load;
    let clients: Vec<C> = stream::iter(clients)
        .map(|mut client| async move { client.drive(load).await.map(|()| client) })
        .buffer_unordered(64)
        .try_collect()
        .await?;
    println!("called");
    lines.next_line().await?;
    drop(clients);
    Ok(())
}
