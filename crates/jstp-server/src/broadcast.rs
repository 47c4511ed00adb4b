//! One event to all clients.

use std::sync::Arc;

use futures_util::future::join_all;
use jstp_connection::lifecycle::Doubtful;
use jstp_connection::{Connection, EmitError, Placement, PreparedEvent, SendError};
use serde::Serialize;

use crate::server::{Inner, Server};

/// After so many clients it is seen whether others should get their turn.
const CLIENTS_AT_ONCE: usize = 128;

/// What became of a broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastReport {
    /// How many sessions have the event: it is sent now, when there is room, or when they resume.
    pub accepted: usize,
    /// How many clients are far behind: more than half of what may wait for them does.
    pub waiting: usize,
    /// How many clients were waited for until their sessions were ended, because they were too slow.
    pub ended: usize,
}

impl Server {
    /// Emits an event to all clients that are connected.
    ///
    /// It is serialized once. `Ok` means that every session has it, or was ended: no client goes on unaware
    /// of having missed an event. (One that is closed on purpose meanwhile, by [`Connection::close`] or a
    /// [`shutdown`](Self::shutdown), is no client any longer.) Each client gets events in the order in which
    /// they were emitted, those emitted to it alone included.
    ///
    /// Clients that are slow do not hold back others as long as they are within what may wait for them. When
    /// the session's buffer of one is full
    /// ([`ServerOptions::session_limits`](crate::ServerOptions::session_limits)), the event waits for it; the
    /// text is shared by all. What waits is bounded
    /// ([`EngineConfig::max_waiting_events`](jstp_connection::EngineConfig::max_waiting_events) and
    /// `max_waiting_bytes`, 4,096 events and 1 MiB). One that
    /// takes none of what waits for [`slow_client_timeout`](crate::ServerOptions::slow_client_timeout), or
    /// not within that time what waited at its beginning while most others are not behind (within twelve
    /// times that time while they are), has its session ended ([`ServerEvent::SlowClient`](crate::ServerEvent::SlowClient)).
    ///
    /// Only clients for whom no more may wait are waited for, before the event is emitted, so that a server that
    /// emits more than its clients can take goes at their pace. A client that disconnects meanwhile has its
    /// session ended as well, as nothing makes room until it comes back, if it does.
    ///
    /// When the future is dropped before it is done either all clients have the event or none. A session that was
    /// being ended is ended nevertheless.
    ///
    /// # Errors
    ///
    /// When the arguments do not serialize to an array; and, if there are clients, when the event is too long
    /// for them or has no usable name.
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
        self.turns.pass().await;
        let (waiting, ended) = self.make_room(event).await?;
        let mut emission = self.registry.audience().emit(event)?;
        self.has_broadcast.notify_one();
        while emission.sleepers.wake(CLIENTS_AT_ONCE) {
            self.turns.pass().await;
        }
        Ok(BroadcastReport {
            accepted: emission.taken,
            waiting,
            ended,
        })
    }

    /// Waits until no client is further behind than it may if it gets one more event. Gives how many are far
    /// behind, and how many were ended.
    async fn make_room(
        self: &Arc<Self>,
        event: &PreparedEvent,
    ) -> Result<(usize, usize), SendError> {
        let audience = self.registry.audience();
        let mut ended = 0;
        loop {
            let mut doubtful = audience.doubtful(event)?;
            let (mut waiting, mut full) = (0, Vec::new());
            // Nobody is held longer than it takes to ask.
            let clients = std::mem::take(&mut doubtful.connections);
            for (count, client) in clients.into_iter().enumerate() {
                if count > 0 && count % CLIENTS_AT_ONCE == 0 {
                    self.turns.pass().await;
                }
                match audience.ask(&client, event, &doubtful) {
                    Ok(Placement::Waiting) => waiting += 1,
                    Err(SendError::Full) => full.push(client),
                    // With room, or closed just now: no client any longer.
                    _ => {}
                }
            }
            audience.note_asked(&doubtful);
            if full.is_empty() {
                return Ok((waiting, ended));
            }
            let waits = full
                .iter()
                .map(|client| self.wait_for(client, event, &doubtful));
            let were_ended = join_all(waits).await;
            ended += were_ended.into_iter().filter(|ended| *ended).count();
        }
    }

    /// Waits until there is room for an event among those that wait for a client. True: its session was ended,
    /// because it was too slow.
    async fn wait_for(
        self: &Arc<Self>,
        client: &Connection,
        event: &PreparedEvent,
        doubtful: &Doubtful,
    ) -> bool {
        let audience = self.registry.audience();
        self.has_broadcast.notify_one();
        let room = tokio::select! {
            biased;
            room = audience.wait_for_room(client, event, doubtful) => room,
            // Nothing makes room until it comes back, if it does.
            () = client.disconnected() => audience.ask(client, event, doubtful),
        };
        match room {
            Ok(_) => return false,
            // By somebody who has it end, or store it.
            Err(SendError::Closed) => {}
            Err(_) => {
                let (server, client) = (self.clone(), client.clone());
                let ending = async move { server.end_slow(&client).await };
                self.to_the_end(ending).await;
            }
        }
        Self::was_too_slow(client)
    }
}
