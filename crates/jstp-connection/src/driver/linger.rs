//! The end of a transport: write what is left, close, within a time.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt};
use jstp_transport::intake::poll_within;
use jstp_transport::{BoxTransport, Error};
use tokio::sync::{oneshot, watch};

use crate::budget::Share;

/// What is read and dropped of a transport that is being closed.
const DRAINED: usize = 1024 * 1024;
/// How much of this may be a message that does not end, which the transport holds meanwhile.
const UNFINISHED: usize = 64 * 1024;

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
    left: VecDeque<Bytes>,
    timeout: Duration,
    /// What the transport holds of a message.
    held: Option<Share>,
}

impl Linger {
    pub(crate) fn new(transport: BoxTransport, left: VecDeque<Bytes>, timeout: Duration) -> Self {
        Self {
            transport,
            left,
            timeout,
            held: None,
        }
    }

    /// The transport holds the beginning of a message, which is counted as long as it exists.
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
            for message in self.left {
                transport.feed(message).await?;
            }
            transport.close().await?;
            written();
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
    let mut limit = None;
    while let Some(message) = poll_fn(|cx| poll_drained(cx, transport, &mut limit)).await {
        budget = budget.saturating_sub(message?.len().max(1));
        if budget == 0 {
            break;
        }
        limit = None;
    }
    Ok(())
}

/// The next message, unless it takes more than [`UNFINISHED`] beside what there is of it. `limit` is found
/// out by the first poll.
fn poll_drained(
    cx: &mut Context<'_>,
    transport: &mut BoxTransport,
    limit: &mut Option<usize>,
) -> Poll<Option<Result<Bytes, Error>>> {
    loop {
        let poll = || transport.as_mut().poll_next(cx);
        let (message, intake) = poll_within(limit.unwrap_or(0), poll);
        if message.is_ready() || !intake.is_stopped() {
            return message;
        }
        if limit.is_some() {
            return Poll::Ready(None);
        }
        *limit = Some(intake.held().saturating_add(UNFINISHED));
    }
}
