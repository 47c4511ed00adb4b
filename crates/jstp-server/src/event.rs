//! What happens on a server.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use jstp_connection::{CloseReason, Connection};
use jstp_session::SessionId;
use jstp_transport::Address;
use tokio::sync::broadcast;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::BroadcastStream;

/// The room for events is taken at once.
const MAX_CAPACITY: usize = 65_536;

/// Something that happened on a server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A client has a new session.
    Connect(Connection),
    /// A client has resumed its session.
    Reconnect(Connection),
    /// The transport of a client is gone; its session waits for a resume.
    Disconnect(Connection),
    /// A client asks to be let in.
    HandshakeRequest {
        /// Where it is.
        peer: Address,
        /// The application that it asks for, if it is a text; 256 characters of it at most.
        application: Option<String>,
        /// How it wants to be let in; 256 characters of it at most.
        strategy: String,
    },
    /// A transport was closed because its handshake was not done in time.
    HandshakeTimeout {
        /// Where it is.
        peer: Address,
    },
    /// The transport of a client failed, or the client broke the protocol.
    ConnectionError {
        /// The client's connection.
        connection: Connection,
        /// What happened.
        reason: CloseReason,
    },
    /// A handshake failed through a fault of the client.
    HandshakeError {
        /// Where it is.
        peer: Address,
        /// What happened.
        error: String,
    },
    /// A session was taken from its storage to be resumed.
    RestoreSession {
        /// The session.
        session: SessionId,
        /// The connection that it goes on with.
        connection: Connection,
        /// The name of the application.
        application: String,
    },
    /// A transport was closed because there are as many as there may be.
    ConnectionLimit {
        /// Where it is.
        peer: Address,
    },
    /// The session of a client was ended because the client is too slow for what is broadcast
    /// ([`slow_client_timeout`](crate::ServerOptions::slow_client_timeout)).
    SlowClient(Connection),
    /// A session storage failed.
    StorageError {
        /// The session.
        session: SessionId,
        /// What happened.
        error: String,
    },
    /// The watcher was too slow: this many events are missing here.
    Missed(u64),
}

/// Who watches a server.
#[derive(Debug)]
pub(crate) struct Events(broadcast::Sender<ServerEvent>);

impl Events {
    /// Keeps so many events for a watcher that is slow.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(broadcast::Sender::new(capacity.clamp(1, MAX_CAPACITY)))
    }

    pub(crate) fn send(&self, event: ServerEvent) {
        if self.0.receiver_count() > 0 {
            // Fails when the last watcher has just gone, which is nobody's loss.
            let _ = self.0.send(event);
        }
    }

    pub(crate) fn watch(&self) -> ServerEvents {
        ServerEvents(BroadcastStream::new(self.0.subscribe()))
    }
}

/// The events of a server, from the moment it was asked for on.
///
/// A stream that ends with the server. It holds back nothing: when more wait here than
/// [`max_waiting_events`](crate::ServerOptions::max_waiting_events), the oldest are left out and counted
/// ([`ServerEvent::Missed`]).
#[derive(Debug)]
pub struct ServerEvents(BroadcastStream<ServerEvent>);

impl ServerEvents {
    /// The next event; `None` when the server is gone.
    pub async fn recv(&mut self) -> Option<ServerEvent> {
        self.next().await
    }
}

impl Stream for ServerEvents {
    type Item = ServerEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.get_mut().0).poll_next(cx).map(|event| {
            event.map(|event| {
                event.unwrap_or_else(
                    |tokio_stream::wrappers::errors::BroadcastStreamRecvError::Lagged(missed)| {
                        ServerEvent::Missed(missed)
                    },
                )
            })
        })
    }
}
