//! What the server does when something happens on a connection.

use std::sync::Weak;

use jstp_connection::{Connection, ConnectionEvent, Observer, lifecycle};

use crate::event::ServerEvent;
use crate::server::Inner;

/// Watches one connection for the server.
pub(crate) struct ServerObserver {
    pub(crate) server: Weak<Inner>,
}

impl Observer for ServerObserver {
    fn on_event(&self, connection: &Connection, event: &ConnectionEvent) {
        let Some(server) = self.server.upgrade() else { return };
        if let Some(logger) = &server.options.logger {
            lifecycle::observe(&**logger, connection, event);
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
            .and_then(|server| server.options.logger.as_ref().map(|logger| logger.is_verbose()))
            .unwrap_or(false)
    }
}
