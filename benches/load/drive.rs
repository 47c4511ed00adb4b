//! One round of load against one server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use jstp::wire::RawBuf;
use jstp::{CallOptions, Client, Connection, Value, net};
use tokio::task::JoinSet;

use crate::Failure;
use crate::options::Options;
use crate::server_process::ServerProcess;
use crate::setting::{Kind, Setting};

/// How many events are emitted before others get their turn.
const BURST: usize = 64;

/// What one round measured.
pub(crate) struct Round {
    /// Calls or events that were handled, per second.
    pub(crate) per_second: f64,
    /// Times from call to answer, in nanoseconds; empty for events.
    pub(crate) latency: Histogram<u64>,
    /// The processor time that the server used for each of them.
    pub(crate) cost: Option<Duration>,
}

/// Makes fresh connections and loads the server by them.
pub(crate) async fn round(
    setting: &Setting,
    server: &ServerProcess,
    options: &Options,
) -> Result<Round, Failure> {
    let mut connections = Vec::new();
    for _ in 0..setting.connections {
        let connection = net::connect("bench", Client::default(), server.address()).await?;
        let expected = setting.payload.value();
        let answer: Value = connection.call("bench", "echo", (&expected,)).await?;
        if answer != expected {
            return Err("the server did not give back what it was sent".into());
        }
        connections.push(connection);
    }
    let arguments = setting.payload.arguments()?;
    let load = Load {
        connections: &connections,
        arguments,
        server,
    };
    // What the warm-up has loaded, compiled or grown stays, but nothing of it is measured.
    load.measure(setting.kind, options.warm_up).await?;
    let round = load.measure(setting.kind, options.duration).await;
    for connection in connections {
        connection.close().await;
    }
    round
}

/// Connections and what they send.
struct Load<'a> {
    connections: &'a [Connection],
    arguments: RawBuf,
    server: &'a ServerProcess,
}

impl Load<'_> {
    async fn measure(&self, kind: Kind, duration: Duration) -> Result<Round, Failure> {
        let latency = Arc::new(Mutex::new(histogram()?));
        let used = self.server.processor_time();
        let before = self.seen().await?;
        let begin = Instant::now();
        let count = match kind {
            Kind::Calls { in_flight } => {
                self.call_all(in_flight, begin + duration, &latency).await?;
                lock(&latency).len()
            }
            Kind::Events => {
                self.emit_all(begin + duration).await?;
                self.seen().await?.saturating_sub(before)
            }
        };
        let per_second = rate(count, begin.elapsed());
        let used = self.server.processor_time().zip(used);
        let cost = used.map(|(after, before)| after.saturating_sub(before));
        let cost = cost.map(|cost| cost.div_f64(as_float(count.max(1))));
        let latency = lock(&latency).clone();
        Ok(Round {
            per_second,
            latency,
            cost,
        })
    }

    /// Keeps `in_flight` calls under way on each connection until the time is up.
    async fn call_all(
        &self,
        in_flight: usize,
        end: Instant,
        latency: &Arc<Mutex<Histogram<u64>>>,
    ) -> Result<(), Failure> {
        let mut tasks = JoinSet::new();
        for connection in self.connections {
            for _ in 0..in_flight {
                let (connection, arguments) = (connection.clone(), self.arguments.clone());
                tasks.spawn(call_repeatedly(
                    connection,
                    arguments,
                    end,
                    Arc::clone(latency),
                ));
            }
        }
        join_all(tasks).await
    }

    /// Emits on each connection as fast as it takes events, until the time is up.
    async fn emit_all(&self, end: Instant) -> Result<(), Failure> {
        let mut tasks = JoinSet::new();
        for connection in self.connections {
            tasks.spawn(emit_repeatedly(
                connection.clone(),
                self.arguments.clone(),
                end,
            ));
        }
        join_all(tasks).await
    }

    /// How many events the server has seen in all its life, once it has handled everything that was
    /// sent by these connections.
    async fn seen(&self) -> Result<u64, Failure> {
        let mut seen = 0;
        for connection in self.connections {
            seen = connection.call("bench", "seen", ()).await?;
        }
        Ok(seen)
    }
}

async fn call_repeatedly(
    connection: Connection,
    arguments: RawBuf,
    end: Instant,
    // One for all callers: as many as there may be callers would not fit into the caches.
    latency: Arc<Mutex<Histogram<u64>>>,
) -> Result<(), Failure> {
    let mut sent = Instant::now();
    while sent < end {
        let options = CallOptions::default();
        // The results stay text, so that the client costs the same whoever serves.
        connection
            .call_with("bench", "echo", &arguments, options)
            .await?;
        let answered = Instant::now();
        let nanoseconds = u64::try_from((answered - sent).as_nanos()).unwrap_or(u64::MAX);
        lock(&latency).saturating_record(nanoseconds);
        sent = answered;
    }
    Ok(())
}

async fn emit_repeatedly(
    connection: Connection,
    arguments: RawBuf,
    end: Instant,
) -> Result<(), Failure> {
    while Instant::now() < end {
        for _ in 0..BURST {
            connection.emit("bench", "tick", &arguments).await?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn join_all(mut tasks: JoinSet<Result<(), Failure>>) -> Result<(), Failure> {
    while let Some(finished) = tasks.join_next().await {
        finished??;
    }
    Ok(())
}

fn lock(latency: &Mutex<Histogram<u64>>) -> MutexGuard<'_, Histogram<u64>> {
    latency.lock().unwrap_or_else(PoisonError::into_inner)
}

fn rate(count: u64, time: Duration) -> f64 {
    as_float(count) / time.as_secs_f64()
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// Of times up to a minute, to three digits.
fn histogram() -> Result<Histogram<u64>, Failure> {
    Ok(Histogram::new_with_bounds(1, 60_000_000_000, 3)?)
}
