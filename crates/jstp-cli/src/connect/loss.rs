//! Why a connection was lost.

use std::time::Duration;

use jstp_connection::{Connection, ConnectionEvent, Observer};
use tokio::sync::watch;

use crate::failure::Failure;

/// How long to wait for the reason when something has failed that may come of a loss.
const REASON_DELAY: Duration = Duration::from_millis(100);

/// Makes what is to watch a connection, and what tells of its loss.
pub(super) fn loss() -> (Watcher, Loss) {
    let (sender, receiver) = watch::channel(None);
    (Watcher { sender }, Loss { receiver })
}

/// The observer that hears of the loss.
#[derive(Debug)]
pub(super) struct Watcher {
    sender: watch::Sender<Option<String>>,
}

impl Observer for Watcher {
    fn on_event(&self, _connection: &Connection, event: &ConnectionEvent) {
        if let ConnectionEvent::Close(reason) = event {
            self.sender.send_replace(Some(reason.to_string()));
        }
    }
}

/// Tells why a connection was lost, if it was.
#[derive(Debug)]
pub(crate) struct Loss {
    receiver: watch::Receiver<Option<String>>,
}

impl Loss {
    /// Waits for the loss.
    pub(crate) async fn wait(&mut self) -> Failure {
        let reason = match self.receiver.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone(),
            Err(_) => None,
        };
        let reason = reason.unwrap_or_else(|| "closed".to_owned());
        Failure::connection(format!("the connection was lost: {reason}"))
    }

    /// Waits for `work`, or for the loss if that comes first.
    pub(crate) async fn watch<T, E: Into<Failure>>(
        &mut self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let outcome = tokio::select! {
            // An answer that came before the loss counts.
            biased;
            outcome = work => outcome.map_err(Into::into),
            failure = self.wait() => return Err(failure),
        };
        match outcome {
            // The work may have noticed before it was said why.
            Err(failure) if failure.is_connection() => {
                let reason = tokio::time::timeout(REASON_DELAY, self.wait()).await;
                Err(reason.unwrap_or(failure))
            }
            outcome => outcome,
        }
    }
}
