//! The task that connects again after a loss.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use jstp_connection::lifecycle::{self, Attempt};
use jstp_connection::{Connection, Status, WeakConnection};
use tokio::sync::watch;

use crate::error::ConnectError;
use crate::owner::Owner;
use crate::reconnect::attempt;
use crate::reconnector::{Reconnect, ReconnectContext};

/// Watches over a connection until its last handle is dropped. It keeps none itself.
pub(crate) fn supervise(connection: &Connection, owner: Arc<Owner>) {
    let mut status = lifecycle::watch_status(connection);
    let connection = connection.downgrade();
    tokio::spawn(async move {
        while status
            .wait_for(|status| *status == Status::Detached)
            .await
            .is_ok()
        {
            let recovery = recover(&connection, &owner, &mut status);
            if AssertUnwindSafe(recovery).catch_unwind().await.is_err() {
                tracing::error!("a reconnector, connector or connect policy panicked");
                give_up(&connection);
            }
        }
    });
}

/// Tries until the connection is attached again, closed, gone, or the reconnector gives up.
async fn recover(weak: &WeakConnection, owner: &Arc<Owner>, status: &mut watch::Receiver<Status>) {
    // An attempt of the user's own has no transport for a while either.
    drop(owner.attempt.lock().await);
    let mut failures = 0;
    let mut error: Option<ConnectError> = None;
    while weak
        .upgrade()
        .is_some_and(|connection| connection.status() == Status::Detached)
    {
        let Some(next) = ask(weak, owner, status, failures, error.as_ref()).await else {
            return;
        };
        let connector = match next {
            Reconnect::Again => owner.connector(),
            Reconnect::To(connector) => connector,
            Reconnect::GiveUp => return give_up(weak),
        };
        let _one = owner.attempt.lock().await;
        let Some(begun) = weak.upgrade().map(|connection| Attempt::begin(&connection)) else {
            return;
        };
        if begun.status() != Status::Detached {
            return;
        }
        let outcome = tokio::select! {
            outcome = attempt(weak, owner, connector, begun) => outcome,
            () = closed(status) => return,
        };
        match outcome {
            Ok(()) => return,
            Err(ConnectError::Refused(_)) => return give_up(weak),
            Err(failure) => {
                failures += 1;
                error = Some(failure);
            }
        }
    }
}

/// What the reconnector wants; `None` when the connection was resumed or closed meanwhile.
async fn ask(
    weak: &WeakConnection,
    owner: &Owner,
    status: &mut watch::Receiver<Status>,
    failures: u32,
    error: Option<&ConnectError>,
) -> Option<Reconnect> {
    let Some(reconnector) = &owner.client.reconnector else {
        return Some(Reconnect::GiveUp);
    };
    let target = owner.connector().target();
    let context = ReconnectContext::new(failures, error, &target, weak.clone());
    tokio::select! {
        next = reconnector.next(context) => Some(next),
        () = settled(status) => None,
    }
}

/// Waits until the connection is attached, closed or gone. A reconnect of the user's own detaches it
/// for a moment, which does not count.
async fn settled(status: &mut watch::Receiver<Status>) {
    let _ = status.wait_for(|status| *status != Status::Detached).await;
}

/// Waits until the connection is closed or gone.
async fn closed(status: &mut watch::Receiver<Status>) {
    let _ = status.wait_for(|status| *status == Status::Closed).await;
}

fn give_up(weak: &WeakConnection) {
    if let Some(connection) = weak.upgrade() {
        lifecycle::give_up(&connection);
    }
}
