//! The end of a transport: write what is left, close, within a time.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt};
use jstp_engine::Transmits;
use jstp_transport::intake::poll_discarding;
use jstp_transport::{BoxTransport, Error};
use tokio::sync::{oneshot, watch};

use crate::budget::Share;

/// What is read and dropped of a transport that is being closed.
const DRAINED: usize = 1024 * 1024;

/// Somebody who waits for the end of a transport.
#[derive(Debug)]
pub(crate) enum Waiter {
    /// Until what was left is written.
    Written(oneshot::Sender<()>),
    /// Until the other side has closed as well, or has had its time.
    Gone(oneshot::Sender<()>),
}

impl Waiter {
    pub(crate) fn tell(self) {
        let (Self::Written(done) | Self::Gone(done)) = self;
        // Fails when nobody waits any longer.
        let _ = done.send(());
    }
}

/// A transport that is being closed.
pub(crate) struct Linger {
    transport: BoxTransport,
    left: Transmits,
    timeout: Duration,
    /// What the transport holds of a message.
    held: Option<Share>,
}

impl Linger {
    pub(crate) fn new(transport: BoxTransport, left: Transmits, timeout: Duration) -> Self {
        Self {
            transport,
            left,
            timeout,
            held: None,
        }
    }

    /// The transport holds the beginning of a message, which is counted until the other side is only waited for.
    pub(crate) fn holding(mut self, held: Share) -> Self {
        self.held = Some(held);
        self
    }

    /// Closes in a task of its own, and tells the waiters. What is returned is closed when that has ended.
    pub(crate) fn spawn(self, waiters: Vec<Waiter>) -> watch::Receiver<()> {
        let (ended, end) = watch::channel(());
        tokio::spawn(async move {
            let (written, gone): (Vec<_>, Vec<_>) = waiters
                .into_iter()
                .partition(|waiter| matches!(waiter, Waiter::Written(_)));
            self.run(move || written.into_iter().for_each(Waiter::tell))
                .await;
            gone.into_iter().for_each(Waiter::tell);
            drop(ended);
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
            while let Some(message) = self.left.pop() {
                transport.feed(message).await?;
            }
            transport.close().await?;
            written();
            // From here on the transport keeps nothing of it.
            self.held = None;
            drain(transport).await
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

/// Reads until the other side has closed, or has sent too much.
async fn drain(transport: &mut BoxTransport) -> Result<(), Error> {
    let mut budget = DRAINED;
    while let Some(piece) = poll_fn(|cx| poll_drained(cx, transport)).await {
        budget = budget.saturating_sub(piece?.len().max(1));
        if budget == 0 {
            break;
        }
    }
    Ok(())
}

fn poll_drained(
    cx: &mut Context<'_>,
    transport: &mut BoxTransport,
) -> Poll<Option<Result<Bytes, Error>>> {
    poll_discarding(|| transport.as_mut().poll_next(cx))
}

#[cfg(test)]
mod tests {
    use jstp_transport::{FramedStream, TransportOptions};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_message_that_goes_on_while_the_transport_is_closed_is_read_and_not_counted() {
        let budget = crate::MemoryBudget::new(0);
        let mut held = Share::new(Some(budget.clone()));
        held.set(1024 * 1024, 0);
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let near = FramedStream::new(near, &TransportOptions::default());
        let linger = Linger::new(Box::pin(near), Transmits::default(), Duration::MAX).holding(held);
        let peer = async {
            far.write_all(&vec![b' '; DRAINED / 2]).await.unwrap();
            assert_eq!(budget.held(), 0);
            far.shutdown().await.unwrap();
            assert_eq!(far.read(&mut [0]).await.unwrap(), 0);
        };
        tokio::join!(linger.close(), peer);
    }
}
