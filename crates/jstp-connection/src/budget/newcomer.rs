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
const FREE: usize = 8 * 1024;
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

    /// The next message of the client. While there is no memory for a long one it is not read further:
    /// somebody else has to see that it does not take for ever.
    pub async fn next(
        &mut self,
        transport: &mut BoxTransport,
    ) -> Option<Result<Bytes, jstp_transport::Error>> {
        let mut look = pin!(sleep(LOOK));
        poll_fn(|cx| {
            loop {
                let poll = || transport.as_mut().poll_next(cx);
                let (message, intake) = poll_within(self.allowance(), poll);
                self.set(intake.held());
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
        let counted = |bytes: usize| bytes.saturating_sub(FREE);
        let (before, now) = (counted(self.message), counted(bytes));
        change(&budget.inner.held, before, now);
        change(&budget.inner.newcomers, before, now);
        self.message = bytes;
    }

    /// How much the transport may hold of a message that is under way.
    fn allowance(&self) -> usize {
        match &self.budget {
            None => usize::MAX,
            Some(budget) if budget.is_over() || budget.is_over_for_newcomers() => FREE,
            Some(_) => self.message.max(FREE).saturating_add(STEP),
        }
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.set(0);
    }
}
