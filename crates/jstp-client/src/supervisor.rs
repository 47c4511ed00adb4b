//! The task that connects again after a loss.

use std::sync::Arc;

use jstp_connection::{Connection, Status, WeakConnection, lifecycle};
use tokio::sync::watch;

use crate::error::ConnectError;
use crate::owner::Owner;
use crate::reconnect::attempt;
use crate::reconnector::{Reconnect, ReconnectContext};

/// Watches over a connection until its last handle is dropped. It has none itself while it waits.
pub(crate) fn supervise(connection: &Connection, owner: Arc<Owner>, mut lost: watch::Receiver<u64>) {
    let connection = connection.downgrade();
    tokio::spawn(async move {
        // Ends when the connection's driver, which reports losses, is gone.
        while lost.changed().await.is_ok() {
            recover(&connection, &owner, &mut lost).await;
        }
    });
}

/// Tries until the connection is attached again, closed, gone, or the reconnector gives up.
async fn recover(weak: &WeakConnection, owner: &Arc<Owner>, lost: &mut watch::Receiver<u64>) {
    let mut failures = 0;
    let mut error: Option<ConnectError> = None;
    loop {
        let Some(status) = weak.upgrade().map(|connection| connection.status()) else { return };
        if status != Status::Detached {
            return;
        }
        let target = owner.connector().target();
        let context = ReconnectContext::new(failures, error.as_ref(), &target, weak.clone());
        let next = match &owner.client.reconnector {
            None => Reconnect::GiveUp,
            Some(reconnector) => tokio::select! {
                next = reconnector.next(context) => next,
                changed = lost.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            },
        };
        let Some(connection) = weak.upgrade() else { return };
        let connector = match next {
            Reconnect::Again => owner.connector(),
            Reconnect::To(connector) => connector,
            Reconnect::GiveUp => return lifecycle::give_up(&connection),
        };
        let one = owner.attempt.lock().await;
        if connection.status() != Status::Detached {
            return;
        }
        match attempt(&connection, owner, connector).await {
            Ok(()) => return,
            Err(ConnectError::Refused(_)) => return lifecycle::give_up(&connection),
            Err(failure) => {
                failures += 1;
                error = Some(failure);
            }
        }
        drop(one);
    }
}
