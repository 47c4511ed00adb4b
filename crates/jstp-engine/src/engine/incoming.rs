//! What an engine tells the layer above.

use jstp_wire::{Call, Inspect, RawValue, Rejected, RemoteError};

use super::Turn;
use crate::calls::CallKind;

/// What a message of the peer means for the layer above, borrowed from the message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming<'m, C> {
    /// Nothing: an old heartbeat, a ping (already answered), an acknowledgement.
    Nothing,
    /// A call; answer with [`Engine::callback_ok`](crate::Engine::callback_ok) or
    /// [`Engine::callback_error`](crate::Engine::callback_error) and its id.
    Call(&'m Call<'m>),
    /// An event.
    Event(&'m jstp_wire::Event<'m>),
    /// An introspection; answer it like a call.
    Inspect(&'m Inspect<'m>),
    /// The answer to a call or inspection of ours.
    Callback {
        /// The token given with the call.
        token: C,
        /// The results (an array), or the error.
        outcome: Result<RawValue<'m>, &'m RemoteError>,
    },
    /// The answer to a ping of ours that has a token.
    Pong {
        /// The token given with the ping.
        token: C,
    },
    /// The message was rejected; the connection goes on.
    Rejected(IncomingRejection),
}

/// Why a message was rejected.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum IncomingRejection {
    /// It is malformed.
    Malformed(Rejected),
    /// A callback for a call that is not under way.
    UnknownCall {
        /// The id that the callback bears.
        id: i64,
    },
}

impl std::fmt::Display for IncomingRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(rejected) => rejected.fmt(f),
            Self::UnknownCall { id } => {
                write!(f, "a callback for {id}, which is no call under way")
            }
        }
    }
}

/// What happened apart from a message of the peer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<C> {
    /// A call was received by the peer, but its answer is lost (`PROTOCOL.md` §4, error -1), or was
    /// so malformed that it had to be rejected.
    CallbackLost {
        /// The token given with the call.
        token: C,
        /// What it was.
        kind: CallKind,
    },
    /// A call whose answer was lost was made again under another id, as asked for.
    CallResent {
        /// The token given with the call.
        token: C,
        /// The new id, for [`Engine::forget_call`](crate::Engine::forget_call).
        id: u64,
    },
    /// The connection was closed with the call under way.
    CallClosed {
        /// The token given with the call.
        token: C,
    },
    /// After a message was refused with [`SendError::Full`](crate::SendError::Full): there is room
    /// again.
    Room,
    /// There is room for a message that was refused and has a [turn](crate::Engine::take_turn). Told again only
    /// after it was refused again.
    Turn(Turn),
    /// After an event was refused by [`Engine::queue_shared`](crate::Engine::queue_shared): there is room
    /// again among those that wait. All who were refused may try again; this is told but once.
    WaitingRoom,
    /// The peer left a heartbeat unanswered for too long; close its transport.
    PeerDead,
}
