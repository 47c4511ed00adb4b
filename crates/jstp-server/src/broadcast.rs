//! One event to all clients.

use std::sync::Arc;

use futures_util::future::join_all;
use jstp_connection::{Connection, EmitError, PreparedEvent, SendError};
use serde::Serialize;

use crate::event::ServerEvent;
use crate::server::{Inner, Server};

/// After so many clients it is seen whether others should get their turn.
const CLIENTS_AT_ONCE: usize = 128;

/// What became of a broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastReport {
    /// How many sessions have the event: it is sent now, or when they resume.
    pub accepted: usize,
    /// How many clients were so slow that their sessions were ended.
    pub ended: usize,
}

impl Server {
    /// Emits an event to all clients that are connected.
    ///
    /// It is serialized once. Clients that do not take what was sent to them before
    /// ([`ServerOptions::session_limits`](crate::ServerOptions::session_limits)) are waited for, for
    /// [`slow_client_timeout`](crate::ServerOptions::slow_client_timeout) at most; then their sessions
    /// are ended ([`ServerEvent::SlowClient`]), so that no client goes on unaware of having missed an
    /// event.
    ///
    /// # Errors
    ///
    /// When the event cannot be sent to anybody: its arguments do not serialize to an array, it is too
    /// long, or has no usable name.
    pub async fn broadcast(
        &self,
        interface: &str,
        event: &str,
        args: impl Serialize,
    ) -> Result<BroadcastReport, EmitError> {
        let event = PreparedEvent::new(interface, event, args)?;
        self.inner().broadcast(&event).await
    }
}

impl Inner {
    async fn broadcast(
        self: &Arc<Self>,
        event: &PreparedEvent,
    ) -> Result<BroadcastReport, EmitError> {
        let mut accepted = 0;
        let mut full = Vec::new();
        for (count, client) in self.registry.clients().into_iter().enumerate() {
            if count % CLIENTS_AT_ONCE == 0 {
                self.turns.pass().await;
            }
            match event.try_emit_to(&client) {
                Ok(()) => accepted += 1,
                Err(SendError::Full) => full.push(client),
                // Closed just now: no client any longer.
                Err(SendError::Closed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let waits = full.into_iter().map(|client| self.wait_for(client, event));
        let waited = join_all(waits).await;
        let late = waited.iter().filter(|accepted| **accepted).count();
        Ok(BroadcastReport {
            accepted: accepted + late,
            ended: waited.len() - late,
        })
    }

    /// Waits until a slow client takes an event, or ends its session.
    async fn wait_for(&self, client: Connection, event: &PreparedEvent) -> bool {
        let emit = event.emit_to(&client);
        let outcome = tokio::time::timeout(self.options.slow_client_timeout, emit).await;
        if matches!(outcome, Ok(Ok(()))) {
            return true;
        }
        self.events.send(ServerEvent::SlowClient(client.clone()));
        self.forget(&client).await;
        false
    }
}
