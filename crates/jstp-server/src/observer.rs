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
        if let Some(observer) = observer(&server.options) {
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
        self.server.upgrade().is_some_and(|server| {
            observer(&server.options).is_some_and(|observer| observer.is_verbose())
        })
    }
}

/// The user's own one.
fn observer(options: &ServerOptions) -> Option<&Arc<dyn Observer>> {
    options
        .logger
        .as_ref()
        .or(options.connection.observer.as_ref())
}
