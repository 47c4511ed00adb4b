//! An event for many.

use jstp_engine::{Placement, SendError, SharedEvent};
use serde::Serialize;

use crate::Connection;
use crate::args::{ArgumentsError, arguments_text};
use crate::sync::now;

/// An event that is serialized once and emitted to many connections.
#[derive(Debug, Clone)]
pub struct PreparedEvent {
    event: SharedEvent,
}

impl PreparedEvent {
    /// Serializes the arguments, as for [`Connection::emit`].
    pub fn new(
        interface: impl AsRef<str>,
        event: impl AsRef<str>,
        args: impl Serialize,
    ) -> Result<Self, ArgumentsError> {
        let args = arguments_text(&args)?;
        Ok(Self {
            event: SharedEvent::new(interface.as_ref(), event.as_ref(), &args),
        })
    }

    pub(crate) fn shared(&self) -> &SharedEvent {
        &self.event
    }

    /// Emits it, as [`Connection::emit`].
    pub async fn emit_to(&self, connection: &Connection) -> Result<(), SendError> {
        connection
            .send_when_room(|state| state.engine.emit_shared(now(), &self.event))
            .await
    }

    /// Emits it or fails at once, as [`Connection::try_emit`].
    pub fn try_emit_to(&self, connection: &Connection) -> Result<(), SendError> {
        connection
            .shared()
            .command(|state| state.engine.emit_shared(now(), &self.event))
    }

    /// Emits it, or leaves it to the connection to send it as soon as there is room in the session's buffer.
    ///
    /// `Ok` means that the other side gets it, before whatever is emitted or called later, as long as the
    /// session lasts. What waits is shared by all connections that it waits for. There are bounds
    /// ([`max_waiting_events`](jstp_engine::Config::max_waiting_events)); at these this waits until half of
    /// what was waiting is sent.
    pub async fn queue_to(&self, connection: &Connection) -> Result<Placement, SendError> {
        let attempt = || self.try_queue_to(connection);
        connection.shared().when_waiting_room(attempt).await
    }

    /// As [`queue_to`](Self::queue_to), but fails with [`SendError::Full`] instead of waiting.
    pub fn try_queue_to(&self, connection: &Connection) -> Result<Placement, SendError> {
        connection
            .shared()
            .command(|state| state.engine.queue_shared(now(), &self.event))
    }
}
