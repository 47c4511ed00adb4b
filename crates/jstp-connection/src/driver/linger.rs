//! The end of a transport: write what is left, close, within a time.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use jstp_transport::BoxTransport;
use tokio::sync::{oneshot, watch};

/// Somebody who waits for the end of a transport; told by being dropped, too.
#[derive(Debug)]
pub(crate) enum Waiter {
    /// Until what was left is written.
    Written(oneshot::Sender<()>),
    /// Until the other side has closed as well, or has had its time.
    Gone(oneshot::Sender<()>),
}

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

    /// Closes in a task of its own, and tells the waiters. What is returned is closed when that has ended.
    pub(crate) fn spawn(self, waiters: Vec<Waiter>) -> watch::Receiver<()> {
        let (ended, end) = watch::channel(());
        tokio::spawn(async move {
            let (written, gone): (Vec<_>, Vec<_>) = waiters
                .into_iter()
                .partition(|waiter| matches!(waiter, Waiter::Written(_)));
            self.run(move || drop(written)).await;
            drop((gone, ended));
        });
        end
    }

    /// Closes, and waits for the other side.
    pub(crate) async fn close(self) {
        self.run(|| ()).await;
    }

    /// Writes, closes our direction, and waits for the other side to close its own: a socket dropped
    /// with unread data would be reset, and what was written last be lost on the way.
    async fn run(mut self, written: impl FnOnce()) {
        let timeout = self.timeout;
        let transport = &mut self.transport;
        let closing = async {
            for message in self.left {
                transport.feed(message).await?;
            }
            transport.close().await?;
            written();
            let mut budget: usize = 1024 * 1024;
            while let Some(message) = transport.next().await {
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
            Err(_) => {
                tracing::debug!("transport did not close in time");
                // One that had to wait for the other side's farewell does so no longer.
                let _ = transport.close().now_or_never();
            }
        }
    }
}
