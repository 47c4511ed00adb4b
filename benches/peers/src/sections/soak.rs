//! Whether the server's memory grows over many calls and connections.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{self, Place, Server};
use crate::churn::Churn;
use crate::contestant::Contestant;
use crate::load::Round;
use crate::sections::Extent;
use crate::sections::memory::settled;
use crate::store::Store;

/// How long one part of a step may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// The name of the row.
pub(crate) const ROW: &str = "soak";

/// One part of the way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Calls so far.
    pub(crate) calls: u64,
    /// Connections made and closed so far.
    pub(crate) connections: usize,
    /// The server's memory then, in bytes.
    pub(crate) resident: u64,
}

/// Goes all the way, unless that was done before.
pub(crate) async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    if !store.wants(ROW) {
        return Ok(());
    }
    eprintln!("soak");
    // With its defaults a server keeps up to 10,000 clients that have gone for an hour: it would take
    // as many to see whether it grows beyond that.
    let server = Server::start(Contestant::Jstp, Place::default(), &["--forgetful"]).await?;
    let mut steps = vec![Step {
        calls: 0,
        connections: 0,
        resident: settled(server.pid).await?,
    }];
    let (number, connections, seconds) = extent.choose((2, 500, "0.1"), (10, 10_000, "0.6"));
    for step in 1..=number {
        churn(&server, connections).await?;
        let calls = calls(&server, seconds).await?;
        steps.push(Step {
            calls: calls + steps.last().map_or(0, |last| last.calls),
            connections: step * connections,
            resident: settled(server.pid).await?,
        });
    }
    store.write(ROW, &steps)
}

async fn calls(server: &Server, seconds: &str) -> Result<u64, Failure> {
    let mut command = server.client("load", Some(Contestant::Jstp), Place::default())?;
    command.args(["--connections", "8", "--in-flight", "64", "--size", "16"]);
    command.args(["--warm-up", "0.05", "--seconds", seconds]);
    let round: Round = child::result(command, DEADLINE).await?;
    Ok(round.calls)
}

async fn churn(server: &Server, connections: usize) -> Result<Churn, Failure> {
    let mut command = server.client("churn", None, Place::default())?;
    command.args(["--connections", &connections.to_string()]);
    child::result(command, DEADLINE).await
}
