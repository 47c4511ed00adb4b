//! Behaviour of the engine: two of them joined under virtual time, or one against scripted messages.

mod acknowledgement;
mod closing;
mod following;
mod heartbeat;
mod hostile;
mod limits;
mod npm_numbering;
mod numbering;
mod pair;
mod random;
mod resume;
mod room;
mod turns;
mod waiting;

use std::time::Instant;

use jstp_session::{Direction, Session, SessionId, SessionLimits};
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed};

use super::{Engine, Event, Incoming};
use crate::{Config, ProtocolViolation};

/// A session without a past.
fn session(direction: Direction) -> Session {
    Session::new(SessionId::from("S1"), direction)
}

/// An attached engine, to be fed by hand; the answer to the handshake is left out.
fn engine(direction: Direction, config: Config) -> Engine<u32> {
    engine_with(direction, config, SessionLimits::default())
}

fn engine_with(direction: Direction, config: Config, limits: SessionLimits) -> Engine<u32> {
    let mut engine = Engine::new(session(direction).with_limits(limits), config);
    engine.attach(Instant::now());
    engine
}

/// Hands a message to an engine, as a driver does. The message is never freed, as what it means is borrowed
/// from it.
fn receive<'f>(
    engine: &mut Engine<u32>,
    text: &'f str,
) -> Result<Incoming<'f, u32>, ProtocolViolation> {
    receive_at(engine, Instant::now(), text)
}

fn receive_at<'f>(
    engine: &mut Engine<u32>,
    now: Instant,
    text: &'f str,
) -> Result<Incoming<'f, u32>, ProtocolViolation> {
    match Message::parse(text, DEFAULT_MAX_DEPTH).expect("the text of a message") {
        Parsed::Message(message) => engine.handle_message(now, Box::leak(Box::new(message))),
        Parsed::Rejected(rejected) => Ok(engine.handle_rejected(now, rejected)),
    }
}

/// What the engine wants to send.
fn sent(engine: &mut Engine<u32>) -> Vec<String> {
    std::iter::from_fn(|| engine.poll_transmit())
        .map(|message| String::from_utf8(message.to_vec()).expect("messages are text"))
        .collect()
}

fn events(engine: &mut Engine<u32>) -> Vec<Event<u32>> {
    std::iter::from_fn(|| engine.poll_event()).collect()
}

/// Whether nothing waits for the transport, or for room on the way to it.
fn is_flushed(engine: &Engine<u32>) -> bool {
    engine.outgoing.bytes() == 0 && engine.waiting.is_empty()
}

/// Whether there is a `Room` among the events, of which there may be no others.
fn is_room(events: &[Event<u32>]) -> bool {
    assert!(
        events.iter().all(|event| matches!(event, Event::Room)),
        "{events:?}"
    );
    assert!(events.len() <= 1, "{events:?}");
    !events.is_empty()
}
