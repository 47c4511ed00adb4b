//! An event for many.

use jstp_engine::SendError;
use serde::Serialize;

use crate::Connection;
use crate::args::{ArgumentsError, arguments_text};

/// An event that is serialized once and emitted to many connections.
#[derive(Debug, Clone)]
pub struct PreparedEvent {
    interface: String,
    event: String,
    args: Box<str>,
}

impl PreparedEvent {
    /// Serializes the arguments, as for [`Connection::emit`].
    pub fn new(
        interface: impl Into<String>,
        event: impl Into<String>,
        args: impl Serialize,
    ) -> Result<Self, ArgumentsError> {
        let args = arguments_text(&args)?.into_string().into();
        Ok(Self {
            interface: interface.into(),
            event: event.into(),
            args,
        })
    }

    /// Emits it, as [`Connection::emit`].
    pub async fn emit_to(&self, connection: &Connection) -> Result<(), SendError> {
        connection
            .emit_text(&self.interface, &self.event, &self.args)
            .await
    }

    /// Emits it or fails at once, as [`Connection::try_emit`].
    pub fn try_emit_to(&self, connection: &Connection) -> Result<(), SendError> {
        connection.try_emit_text(&self.interface, &self.event, &self.args)
    }
}
