//! Doing again what the client of a recording did, and comparing what the server says now.

mod compare;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use jstp_transport::{BoxTransport, Connector, Error, TransportOptions};
use tokio::time::{Instant, timeout, timeout_at};

use super::recording::{Entry, Side, What};
use crate::failure::Failure;
use compare::{Key, SessionIds, is_same};

/// How long to wait for a message beyond the time that it took in the recording.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait at the end for messages that the recording does not have.
const REST: Duration = Duration::from_millis(300);

/// How many messages may wait for their entries.
const MAX_EARLY: usize = 10_000;

/// A difference between a recording and now.
#[derive(Debug, PartialEq)]
pub(super) enum Difference {
    /// The server says something else.
    Other { recorded: Bytes, now: Bytes },
    /// The server does not say it.
    Missing(Bytes),
    /// The recording does not have it.
    Unexpected(Bytes),
    /// The server does not close.
    Open,
    /// The connection ended early.
    Ended(String),
}

/// What a replay has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) sent: u64,
    pub(super) compared: u64,
    pub(super) differences: u64,
}

/// A replay under way.
#[derive(Debug)]
pub(super) struct Replay {
    connector: Arc<dyn Connector>,
    options: TransportOptions,
    connections: HashMap<u64, Connection>,
    ids: SessionIds,
    found: Found,
}

/// One connection of a recording, made again.
struct Connection {
    transport: BoxTransport,
    /// What came before its turn.
    early: VecDeque<Bytes>,
    /// Whether the server has closed, and why.
    ended: Option<String>,
    /// When the entry before this one was recorded.
    last: Duration,
    closing: bool,
}

impl Replay {
    pub(super) fn new(connector: Arc<dyn Connector>, options: TransportOptions) -> Self {
        Self {
            connector,
            options,
            connections: HashMap::new(),
            ids: SessionIds::default(),
            found: Found::default(),
        }
    }

    /// Does what an entry says, or waits for it. `tell` is told of each difference and its connection.
    pub(super) async fn step(
        &mut self,
        entry: &Entry,
        tell: &mut impl FnMut(u64, &Difference) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let number = entry.connection;
        if !self.connections.contains_key(&number) {
            // A recording may begin in the middle of a connection.
            if matches!(entry.what, What::Close { .. } | What::Fail { .. }) {
                return Ok(());
            }
            let connection = self.connect().await?;
            self.connections.insert(number, connection);
        }
        let Some(connection) = self.connections.get_mut(&number) else {
            return Ok(());
        };
        let gap = entry.at.saturating_sub(connection.last);
        connection.last = entry.at;
        let difference = match &entry.what {
            What::Open { .. } => None,
            What::Message {
                from: Side::Client,
                bytes,
            } => {
                self.found.sent += 1;
                connection.send(self.ids.to_now(bytes)).await
            }
            What::Message {
                from: Side::Server,
                bytes,
            } => {
                self.found.compared += 1;
                connection
                    .expect(bytes, PATIENCE + gap, &mut self.ids)
                    .await
            }
            What::Close { by: Side::Client }
            | What::Fail {
                by: Side::Client, ..
            } => {
                connection.close().await;
                None
            }
            What::Close { by: Side::Server }
            | What::Fail {
                by: Side::Server, ..
            } => connection.expect_end(PATIENCE + gap).await,
        };
        if let Some(difference) = difference {
            self.found.differences += 1;
            tell(number, &difference)?;
        }
        Ok(())
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let connected = self
            .connector
            .connect(&self.options)
            .await
            .map_err(|error| {
                Failure::from(jstp_client::ConnectError::from(error))
                    .context(self.connector.target())
            })?;
        Ok(Connection {
            transport: connected.transport,
            early: VecDeque::new(),
            ended: None,
            last: Duration::ZERO,
            closing: false,
        })
    }

    /// Ends the replay: what the server says beyond the recording are differences too.
    pub(super) async fn finish(
        mut self,
        tell: &mut impl FnMut(u64, &Difference) -> Result<(), Failure>,
    ) -> Result<Found, Failure> {
        let mut numbers: Vec<_> = self.connections.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            let Some(mut connection) = self.connections.remove(&number) else {
                continue;
            };
            connection.gather(REST).await;
            for bytes in std::mem::take(&mut connection.early) {
                self.found.differences += 1;
                tell(number, &Difference::Unexpected(bytes))?;
            }
            connection.close().await;
        }
        Ok(self.found)
    }
}

impl Connection {
    async fn send(&mut self, bytes: Bytes) -> Option<Difference> {
        let sent = timeout(PATIENCE, self.transport.send(bytes)).await;
        match sent {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(self.ended_by(&error.to_string())),
            Err(_) => Some(self.ended_by("the server reads nothing")),
        }
    }

    /// The connection ended before its time; said once, what is missing is said anyway.
    fn ended_by(&mut self, reason: &str) -> Difference {
        let reason = self.ended.get_or_insert_with(|| reason.to_owned());
        Difference::Ended(reason.clone())
    }

    /// Waits for a message that is to be like the recorded one. Messages that may come in another order are
    /// told apart by their keys.
    async fn expect(
        &mut self,
        recorded: &Bytes,
        patience: Duration,
        ids: &mut SessionIds,
    ) -> Option<Difference> {
        let key = Key::of(recorded);
        let end = Instant::now() + patience;
        let mut looked_at = 0;
        loop {
            let rest = self.early.iter().skip(looked_at);
            if let Some(at) = rest.map(Key::of).position(|other| other == key)
                && let Some(now) = self.early.remove(looked_at + at)
            {
                ids.learn(recorded, &now);
                let same = is_same(recorded, &ids.to_recorded(&now));
                return (!same).then(|| Difference::Other {
                    recorded: recorded.clone(),
                    now,
                });
            }
            looked_at = self.early.len();
            if self.ended.is_some() || looked_at >= MAX_EARLY || !self.receive(end).await {
                return Some(Difference::Missing(recorded.clone()));
            }
        }
    }

    /// Waits for the next message; tells whether one came before `end`.
    async fn receive(&mut self, end: Instant) -> bool {
        match timeout_at(end, self.transport.next()).await {
            Ok(Some(Ok(bytes))) => {
                self.early.push_back(bytes);
                return true;
            }
            Ok(Some(Err(error))) => self.ended = Some(error.to_string()),
            Ok(None) => self.ended = Some("the server closed the connection".to_owned()),
            Err(_) => {}
        }
        false
    }

    async fn expect_end(&mut self, patience: Duration) -> Option<Difference> {
        self.gather(patience).await;
        self.ended.is_none().then_some(Difference::Open)
    }

    /// Receives until the server closes or the time is up.
    async fn gather(&mut self, patience: Duration) {
        let end = Instant::now() + patience;
        while self.ended.is_none() && self.early.len() < MAX_EARLY && self.receive(end).await {}
    }

    async fn close(&mut self) {
        if !std::mem::replace(&mut self.closing, true) {
            // Fails when the server was faster.
            let _: Result<Result<(), Error>, _> = timeout(PATIENCE, self.transport.close()).await;
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("early", &self.early.len())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
