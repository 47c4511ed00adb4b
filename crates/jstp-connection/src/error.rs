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
    #[error("the connection was lost before the answer came; the method may have run")]
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

/// So that a handler which calls in turn can pass the error on by `?`: what the other side answered goes
/// on as it is, a lost callback as its text, anything else is error 16 (internal API error).
impl From<CallError> for RemoteError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Remote(error) => error,
            // The code -1 is for what happened here, and never sent.
            CallError::CallbackLost => Self::from(error.to_string()),
            _ => Self::internal_api_error(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_other_side_answered_is_passed_on_as_it_is() {
        let answered = RemoteError::new(1024, "sold out").with_info(vec![1.into()]);
        assert_eq!(
            RemoteError::from(CallError::Remote(answered.clone())),
            answered
        );
    }

    #[test]
    fn a_failure_of_our_own_call_tells_the_caller_no_more_than_its_code() {
        let code = |error: CallError| RemoteError::from(error).code();
        // Not -1, which is never sent.
        assert_eq!(code(CallError::CallbackLost), Some(1));
        assert_eq!(
            code(CallError::Closed),
            Some(RemoteError::INTERNAL_API_ERROR)
        );
        assert_eq!(
            code(SendError::Full.into()),
            Some(RemoteError::INTERNAL_API_ERROR)
        );
    }
}
