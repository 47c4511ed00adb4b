//! The connection of the prompt, and what happens on it.

use std::time::Duration;

use jstp_connection::{Connection, ConnectionEvent, ConnectionEvents};

use crate::connect::Dialer;
use crate::failure::Failure;
use crate::inbox::{Inbox, Received, inbox};

/// A connection with everything that comes by it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) connection: Connection,
    pub(super) url: String,
    pub(super) app: String,
    inbox: Inbox,
    events: ConnectionEvents,
}

/// Something that happened on a connection.
#[derive(Debug)]
pub(super) enum Happening {
    /// The other side emitted an event.
    Received(Received),
    /// The connection was lost or resumed, or a message passed.
    Event(ConnectionEvent),
}

impl Link {
    /// Connects.
    pub(super) async fn connect(
        mut dialer: Dialer,
        url: String,
        app: String,
    ) -> Result<Self, Failure> {
        let (recipient, inbox) = inbox();
        dialer.client = dialer.client.with_application(recipient);
        let connection = dialer.connect().await?;
        let events = connection.events();
        Ok(Self {
            connection,
            url,
            app,
            inbox,
            events,
        })
    }

    /// The next thing that happens. Never ends while the link is there; may be dropped while it waits.
    pub(super) async fn next(&mut self) -> Happening {
        tokio::select! {
            Some(received) = self.inbox.next() => Happening::Received(received),
            Some(event) = self.events.recv() => Happening::Event(event),
            else => std::future::pending().await,
        }
    }

    /// Closes the connection; what it says of that is of no interest.
    pub(super) async fn close(self) {
        // A server that does not close its side is waited for by the connection, but not for long.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.connection.close()).await;
    }
}
