//! What can go wrong with a call or an event.

use jstp_engine::SendError;
use jstp_wire::RemoteError;

use crate::args::ArgumentsError;

/// Why a call, an introspection or a ping failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The other side answered with an error.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The connection was lost after the other side had received the call and before its answer came
    /// (error -1 of the protocol). Whether the method has run is not known.
    #[error("connection closed before receiving callback")]
    CallbackLost,
    /// The message was not taken; nothing was sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The connection was closed with the call under way. The method may have run.
    #[error("the connection was closed before the answer came")]
    Closed,
    /// No answer within the time allowed ([`CallOptions::timeout`](crate::CallOptions::timeout)). The
    /// method may have run.
    #[error("no answer within the time allowed")]
    Timeout,
    /// The arguments cannot be sent; nothing was sent.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The results do not fit the type asked for.
    #[error("unexpected results: {0}")]
    Results(#[source] jstp_wire::Error),
}

impl CallError {
    /// The error code of the protocol: what the other side sent, or -1 for a lost callback.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Remote(error) => error.code(),
            Self::CallbackLost => Some(RemoteError::CALLBACK_LOST),
            _ => None,
        }
    }

    /// What the other side answered, if it was that.
    pub fn remote(&self) -> Option<&RemoteError> {
        match self {
            Self::Remote(error) => Some(error),
            _ => None,
        }
    }
}

/// Why an event was not taken. Nothing was sent.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The session did not take it.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The arguments cannot be sent.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
}
