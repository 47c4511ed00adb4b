//! Listeners and who comes by them.

use std::sync::Arc;

use jstp_transport::{Accepted, Listener};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::event::ServerEvent;
use crate::server::Inner;

/// Accepts until the server stops.
pub(crate) async fn accept(
    server: std::sync::Weak<Inner>,
    mut listener: Box<dyn Listener>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Some(server) = server.upgrade() else {
            return;
        };
        admit(&server, accepted);
    }
}

/// Lets a client try to get in, in a task of its own. False: there are as many connections as there may
/// be.
pub(crate) fn admit(server: &Arc<Inner>, accepted: Accepted) -> bool {
    let Ok(permit) = Arc::clone(&server.connections).try_acquire_owned() else {
        tracing::warn!(peer = %accepted.peer, "too many connections");
        server.events.send(ServerEvent::ConnectionLimit {
            peer: accepted.peer,
        });
        return false;
    };
    tokio::spawn(Arc::clone(server).admit(accepted, Instant::now(), permit));
    true
}
