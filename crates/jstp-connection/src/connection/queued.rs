//! Waiting for room, in turn.

use std::task::{Context, Poll};

use jstp_engine::{SendError, Turn};

use crate::shared::{Shared, State};

/// One that waits for room in the session's buffer. From its first attempt on it has a turn, before what comes
/// later and waits as well.
pub(super) struct Queued<'a> {
    shared: &'a Shared,
    turn: Option<Turn>,
}

impl<'a> Queued<'a> {
    pub(super) fn new(shared: &'a Shared) -> Self {
        Self { shared, turn: None }
    }

    /// Sends, if there is room by now.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        send: impl Fn(&mut State) -> Result<T, SendError>,
    ) -> Poll<Result<T, SendError>> {
        if self.turn.is_some_and(|turn| self.is_waiting(turn, cx)) {
            return Poll::Pending;
        }
        self.shared.command(|state| {
            state.engine.set_turn(self.turn);
            let outcome = send(state);
            state.engine.set_turn(None);
            if let Err(SendError::Full) = outcome {
                // Under the same lock, so that no event comes between.
                let turn = *self.turn.get_or_insert_with(|| state.engine.take_turn());
                state.senders.insert(turn, cx.waker().clone());
                return Poll::Pending;
            }
            if let Some(turn) = self.turn.take() {
                state.engine.give_turn_back(turn);
            }
            Poll::Ready(outcome)
        })
    }

    /// Whether it has not been told of room yet.
    fn is_waiting(&self, turn: Turn, cx: &mut Context<'_>) -> bool {
        let mut state = self.shared.state();
        let waker = state.senders.get_mut(&turn);
        waker.map(|waker| waker.clone_from(cx.waker())).is_some()
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        if let Some(turn) = self.turn {
            // Others may go on.
            self.shared.command(|state| {
                state.senders.remove(&turn);
                state.engine.give_turn_back(turn);
            });
        }
    }
}

#[cfg(test)]
mod tests;
