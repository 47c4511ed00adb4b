//! What the server does when something happens on a connection.

use std::sync::{Arc, Weak};

use jstp_connection::{Connection, ConnectionEvent, Observer, lifecycle};

use crate::event::ServerEvent;
use crate::server::Inner;

/// Watches the connections for the server.
pub(crate) struct ServerObserver {
    pub(crate) server: Weak<Inner>,
    /// The user's own one. It is asked with every batch of messages; the counter of the server, which all
    /// connections share, is left alone for that.
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl Observer for ServerObserver {
    fn on_event(&self, connection: &Connection, event: &ConnectionEvent) {
        let Some(server) = self.server.upgrade() else {
            return;
        };
        if let Some(observer) = &self.observer {
            lifecycle::observe(&**observer, connection, event);
        }
        if let ConnectionEvent::Close(reason) = event {
            if reason.is_error() {
                server.events.send(ServerEvent::ConnectionError {
                    connection: connection.clone(),
                    reason: reason.clone(),
                });
            }
            server.disconnected(connection);
        }
    }

    fn is_verbose(&self) -> bool {
        self.observer
            .as_ref()
            .is_some_and(|observer| observer.is_verbose())
    }
}
