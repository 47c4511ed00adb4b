//! One event to all clients.

use std::sync::Arc;

use futures_util::future::join_all;
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
    /// For how many of these it waits, because they are behind.
    pub waiting: usize,
    /// How many clients were waited for until their sessions were ended, because they were too slow.
    pub ended: usize,
}

/// What came of waiting for a client.
enum Waited {
    Taken(Placement),
    /// It was too slow.
    Ended,
    /// It was closed, or the server is.
    Closed,
}

impl Server {
    /// Emits an event to all clients that are connected.
    ///
    /// It is serialized once. `Ok` means that every session has it, or was ended: no client goes on unaware
    /// of having missed an event. (One that is closed on purpose meanwhile, by [`Connection::close`] or a
    /// [`shutdown`](Self::shutdown), is no client any longer.) Each client gets events in the order in which
    /// they were emitted, those emitted to it alone included.
    ///
    /// Clients that are slow do not hold back others. When the session's buffer of one is full
    /// ([`ServerOptions::session_limits`](crate::ServerOptions::session_limits)), the event waits for it in
    /// a list of its own
    /// ([`EngineConfig::max_waiting_events`](jstp_connection::EngineConfig::max_waiting_events) and
    /// `max_waiting_bytes`, 4,096 events and 1 MiB), where it costs a pointer; the text is shared. One that
    /// takes none of what waits for [`slow_client_timeout`](crate::ServerOptions::slow_client_timeout), or
    /// not within that time what waited at its beginning while most others are not behind (within twelve
    /// times that time while they are), has its session ended ([`ServerEvent::SlowClient`](crate::ServerEvent::SlowClient)).
    ///
    /// Only clients whose lists are full are waited for, so that a server that emits more than its clients
    /// can take goes at their pace. A client that disconnects while one waits for its full list has its
    /// session ended as well, as nothing makes room until it comes back, if it does.
    ///
    /// A future that is dropped before it is done leaves the event with those clients that had it by then;
    /// the others miss it, and go on. A session that was being ended is ended nevertheless.
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
        let emission = self.registry.audience().emit(event);
        if let Some(goal) = emission.goal {
            // What has gathered is written before it is too much to stay in the cache.
            let audience = self.registry.audience();
            self.turns.give(|| audience.have_most_reached(goal)).await;
        }
        let (mut accepted, mut waiting) = (emission.taken, 0);
        let mut full = Vec::new();
        for (count, client) in emission.others.into_iter().enumerate() {
            if count > 0 && count % CLIENTS_AT_ONCE == 0 {
                self.turns.pass().await;
            }
            match event.try_queue_to(&client) {
                Ok(Placement::Sent) => accepted += 1,
                Ok(Placement::Waiting) => {
                    waiting += 1;
                    self.is_behind(&client);
                }
                Err(SendError::Full) => full.push(client),
                // Closed just now: no client any longer.
                Err(SendError::Closed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let waits = full.iter().map(|client| self.wait_for(client, event));
        let mut ended = 0;
        for waited in join_all(waits).await {
            match waited {
                Waited::Taken(Placement::Sent) => accepted += 1,
                Waited::Taken(Placement::Waiting) => waiting += 1,
                Waited::Ended => ended += 1,
                Waited::Closed => {}
            }
        }
        Ok(BroadcastReport {
            accepted: accepted + waiting,
            waiting,
            ended,
        })
    }

    /// Waits until there is room for an event among those that wait for a client.
    async fn wait_for(self: &Arc<Self>, client: &Connection, event: &PreparedEvent) -> Waited {
        self.is_behind(client);
        let queued = tokio::select! {
            biased;
            queued = event.queue_to(client) => queued,
            // Nothing makes room until it comes back, if it does.
            () = client.disconnected() => event.try_queue_to(client),
        };
        match queued {
            Ok(placement) => {
                // When nothing was waiting for a moment it may have been forgotten.
                if placement == Placement::Waiting {
                    self.is_behind(client);
                }
                return Waited::Taken(placement);
            }
            // By somebody who has it end, or store it.
            Err(SendError::Closed) => {}
            Err(_) => {
                let (server, client) = (self.clone(), client.clone());
                let ending = async move { server.end_slow(&client).await };
                self.to_the_end(ending).await;
            }
        }
        if Self::was_too_slow(client) {
            Waited::Ended
        } else {
            Waited::Closed
        }
    }
}
