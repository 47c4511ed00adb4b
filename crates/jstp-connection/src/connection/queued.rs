//! Waiting for room, in turn.

use jstp_engine::{SendError, Turn};

use crate::shared::{Shared, State};

/// One that waits for room in the session's buffer. From its first attempt on it has a turn, before events that
/// come later and wait as well.
pub(super) struct Queued<'a> {
    shared: &'a Shared,
    turn: Option<Turn>,
}

impl<'a> Queued<'a> {
    pub(super) fn new(shared: &'a Shared) -> Self {
        Self { shared, turn: None }
    }

    /// Sends, if there is room by now.
    pub(super) fn attempt<T>(
        &mut self,
        send: impl Fn(&mut State) -> Result<T, SendError>,
    ) -> Result<T, SendError> {
        self.shared.command(|state| {
            state.engine.set_turn(self.turn);
            let outcome = send(state);
            state.engine.set_turn(None);
            if let Err(SendError::Full) = outcome {
                // Under the same lock, so that no event comes between.
                self.turn.get_or_insert_with(|| state.engine.take_turn());
            } else if let Some(turn) = self.turn.take() {
                state.engine.give_turn_back(turn);
            }
            outcome
        })
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        if let Some(turn) = self.turn {
            // The events that kept room for it may go on.
            self.shared
                .command(|state| state.engine.give_turn_back(turn));
        }
    }
}
