//! What clients hold before they have shaken hands.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use jstp_transport::BoxTransport;
use jstp_transport::intake::poll_within;
use tokio::time::{Instant, sleep};

use super::{MemoryBudget, STEP, change};

/// What a newcomer may hold without being counted: more than a handshake takes.
const HANDSHAKE: usize = 8 * 1024;
/// How often one that has to wait looks again.
const LOOK: Duration = Duration::from_millis(100);

/// What a client that has not shaken hands holds of a budget; given back when this is dropped.
#[derive(Debug)]
pub struct Newcomer {
    budget: Option<MemoryBudget>,
    message: usize,
}

impl Newcomer {
    /// One that holds nothing yet; without a budget it is not bounded.
    pub fn new(budget: Option<MemoryBudget>) -> Self {
        Self { budget, message: 0 }
    }

    /// The next message of the client, counted until the next one begins: what comes of it may be kept while it
    /// is decided about the client. While there is no memory for a long one it is not read further:
    /// somebody else has to see that it does not take for ever.
    pub async fn next(
        &mut self,
        transport: &mut BoxTransport,
    ) -> Option<Result<Bytes, jstp_transport::Error>> {
        self.set(0);
        let mut look = pin!(sleep(LOOK));
        poll_fn(|cx| {
            loop {
                let poll = || transport.as_mut().poll_next(cx);
                let (message, intake) = poll_within(self.allowance(), poll);
                let whole = match &message {
                    Poll::Ready(Some(Ok(message))) => message.len(),
                    _ => 0,
                };
                self.set(intake.held().max(whole));
                if message.is_ready() || !intake.is_stopped() {
                    return message;
                }
                if self.allowance() <= intake.held() {
                    look.as_mut().reset(Instant::now() + LOOK);
                    if look.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        })
        .await
    }

    fn set(&mut self, bytes: usize) {
        let Some(budget) = &self.budget else { return };
        let counted = |bytes: usize| bytes.saturating_sub(HANDSHAKE);
        let (before, now) = (counted(self.message), counted(bytes));
        change(&budget.inner.held, before, now);
        change(&budget.inner.newcomers, before, now);
        self.message = bytes;
    }

    /// How much the transport may hold of a message that is under way.
    fn allowance(&self) -> usize {
        match &self.budget {
            None => usize::MAX,
            Some(budget) if budget.is_over() || budget.is_over_for_newcomers() => HANDSHAKE,
            Some(_) => self.message.max(HANDSHAKE).saturating_add(STEP),
        }
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::SinkExt;
    use jstp_transport::{FramedStream, TransportOptions};

    use super::*;

    #[tokio::test]
    async fn a_message_is_counted_while_it_is_decided_about() {
        let budget = MemoryBudget::new(1024 * 1024);
        let mut newcomer = Newcomer::new(Some(budget.clone()));
        let (near, far) = tokio::io::duplex(1024 * 1024);
        let options = TransportOptions::default();
        let mut far = FramedStream::new(far, &options);
        let mut near: BoxTransport = Box::pin(FramedStream::new(near, &options));
        far.send(" ".repeat(100_000).into()).await.unwrap();
        far.send("{}".into()).await.unwrap();
        let message = newcomer.next(&mut near).await.unwrap().unwrap();
        drop(message);
        assert_eq!(budget.held(), 100_000 - HANDSHAKE);
        newcomer.next(&mut near).await.unwrap().unwrap();
        assert_eq!(budget.held(), 0);
        newcomer.set(2 * HANDSHAKE);
        drop(newcomer);
        assert_eq!(budget.held(), 0);
    }
}
