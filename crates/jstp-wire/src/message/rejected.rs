//! Messages that can be parsed but not used.

/// A message that is an object, but not one that means anything.
///
/// It is reported to the application and otherwise dropped: nothing is sent for it and the
/// connection goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("message of the kind `{kind:.64}` was rejected: {reason}")]
pub struct Rejected {
    /// The first key of the message, its kind.
    pub kind: String,
    /// The id of the message, if it is a usable one. It still counts for the session: as a
    /// message received if the kind is `event`, as an acknowledgement if it is `callback`.
    pub id: Option<i64>,
    /// What is wrong with it.
    pub reason: RejectReason,
}

/// Why a message was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// The first key is no kind of message that this version knows.
    #[error("the kind is unknown")]
    UnknownKind,
    /// The value of the first key is not an array.
    #[error("the header is not an array")]
    HeaderNotArray,
    /// The first element of the header is not an integer of at most 53 bits.
    #[error("the id is not an integer")]
    InvalidId,
    /// An event without an array of arguments.
    #[error("the arguments are not an array")]
    InvalidArguments,
    /// A callback whose `ok` is not an array, with no usable `error` beside it.
    #[error("the results are not an array")]
    InvalidResults,
    /// A callback whose `error` is not an array with a code.
    #[error("the error is not an array with a code")]
    InvalidError,
    /// A callback with neither `ok` nor `error`.
    #[error("there is neither a result nor an error")]
    NoOutcome,
}
