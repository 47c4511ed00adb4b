//! The JSTP protocol machine, without I/O: no sockets, no clock, no tasks.
//!
//! For authors of connection drivers; users of JSTP want the crate `jstp`. The machine comes in two
//! phases, each a type of its own:
//!
//! 1. A handshake, [`ClientHandshake`] or [`ServerHandshake`]. A server's decisions (which
//!    application, who may in, where the session is stored) wait for the outside: the handshake hands
//!    out a [`HandshakeRequest`] and pauses until the caller has an answer.
//! 2. An [`Engine`], made from the [`Session`](jstp_session::Session) that the handshake led to. Both
//!    sides run the same engine; only the sign of their message ids differs. An engine outlives its
//!    transports: it is [detached](Engine::detach) when one is lost and
//!    [resumed](Engine::resume_as_server) on the next, with calls under way all the while.
//!
//! Methods of the engine are getters, commands (`call`, `emit`, …), input (`handle_*`) and output
//! (`poll_*`). After any command or input, poll in this order until each has nothing more:
//! [`Engine::poll_event`], [`Engine::poll_transmit`], [`Engine::poll_timeout`].
//!
//! ```
//! use std::time::Instant;
//! use jstp_engine::{Config, Engine, Incoming};
//! use jstp_session::{Direction, Session, SessionId};
//! use jstp_wire::{Message, Parsed, DEFAULT_MAX_DEPTH};
//!
//! let now = Instant::now();
//! let session = Session::new(SessionId::from("an id"), Direction::Client);
//! let mut engine: Engine<&str> = Engine::new(session, Config::default());
//! engine.attach(now);
//!
//! engine.call(now, "calculator", "answer", "[]", "my token", false).unwrap();
//! assert_eq!(&engine.poll_transmit().unwrap()[..], b"{call:[1,'calculator'],answer:[]}");
//!
//! let Parsed::Message(answer) = Message::parse("{callback:[1],ok:[42]}", DEFAULT_MAX_DEPTH).unwrap()
//! else { panic!() };
//! let Incoming::Callback { token, .. } = engine.handle_message(now, &answer).unwrap() else { panic!() };
//! assert_eq!(token, "my token");
//! ```

mod calls;
mod config;
mod engine;
mod error;
mod handshake;
mod log;
mod outgoing;
mod pings;
mod transmits;
#[cfg(test)]
mod vectors;
mod waiting;

pub use calls::CallKind;
pub use config::{Config, Heartbeat};
pub use engine::{Engine, Event, Incoming, IncomingRejection, Status, Turn};
pub use error::{HandshakeError, ProtocolViolation, SendError};
pub use handshake::{
    ClientHandshake, ClientStep, HandshakeRequest, RequestedStrategy, RequestedVersion,
    ServerHandshake, ServerStep,
};
pub use log::{EventLog, LogPosition, LogReader};
pub use transmits::Transmits;
pub use waiting::{Placement, SharedEvent};
