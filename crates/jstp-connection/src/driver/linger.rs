//! The end of a transport: write what is left, close, within a time.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use jstp_transport::BoxTransport;
use tokio::sync::oneshot;

/// A transport that is being closed.
pub(crate) struct Linger {
    transport: BoxTransport,
    left: VecDeque<Bytes>,
    timeout: Duration,
}

impl Linger {
    pub(crate) fn new(transport: BoxTransport, left: VecDeque<Bytes>, timeout: Duration) -> Self {
        Self {
            transport,
            left,
            timeout,
        }
    }

    /// Closes in a task of its own, and tells the waiters once all is written.
    pub(crate) fn spawn(self, waiters: Vec<oneshot::Sender<()>>) {
        tokio::spawn(async move {
            self.run(move || {
                for waiter in waiters {
                    // Fails when nobody waits any longer.
                    let _ = waiter.send(());
                }
            })
            .await;
        });
    }

    /// Closes, and waits for the other side.
    pub(crate) async fn close(self) {
        self.run(|| ()).await;
    }

    /// Writes, closes our direction, and waits for the other side to close its own: a socket dropped
    /// with unread data would be reset, and what was written last be lost on the way.
    async fn run(mut self, written: impl FnOnce()) {
        let timeout = self.timeout;
        let closing = async move {
            for message in self.left {
                self.transport.feed(message).await?;
            }
            self.transport.close().await?;
            written();
            let mut budget: usize = 1024 * 1024;
            while let Some(message) = self.transport.next().await {
                budget = budget.saturating_sub(message?.len().max(1));
                if budget == 0 {
                    break;
                }
            }
            Ok::<_, jstp_transport::Error>(())
        };
        // Whatever goes wrong here, the transport is dropped and the session can be resumed.
        match tokio::time::timeout(timeout, closing).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "transport failed while closing"),
            Err(_) => tracing::debug!("transport did not close in time"),
        }
    }
}
