//! What the server does when something happens on a connection.

use std::sync::{Arc, Weak};

use jstp_connection::{Connection, ConnectionEvent, Observer, lifecycle};

use crate::event::ServerEvent;
use crate::options::ServerOptions;
use crate::server::Inner;

/// Watches one connection for the server.
pub(crate) struct ServerObserver {
    pub(crate) server: Weak<Inner>,
}

impl Observer for ServerObserver {
    fn on_event(&self, connection: &Connection, event: &ConnectionEvent) {
        let Some(server) = self.server.upgrade() else {
            return;
        };
        for observer in observers(&server.options) {
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
        self.server
            .upgrade()
            .is_some_and(|server| observers(&server.options).any(|observer| observer.is_verbose()))
    }
}

/// Those of the user's own.
fn observers(options: &ServerOptions) -> impl Iterator<Item = &Arc<dyn Observer>> {
    options.logger.iter().chain(&options.connection.observer)
}
