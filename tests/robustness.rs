//! What peers may do to us by malice or by accident, and what it may cost.

#[path = "robustness/common.rs"]
mod common;
#[path = "robustness/crowds.rs"]
mod crowds;
#[path = "robustness/handlers.rs"]
mod handlers;
#[path = "robustness/handshakes.rs"]
mod handshakes;
#[path = "robustness/leftovers.rs"]
mod leftovers;
#[path = "robustness/long_messages.rs"]
mod long_messages;
#[path = "robustness/messages.rs"]
mod messages;
#[path = "support/raw_peer.rs"]
mod raw_peer;
#[path = "support/raw_ws.rs"]
mod raw_ws;
#[path = "robustness/slow_readers.rs"]
mod slow_readers;
#[path = "robustness/streams.rs"]
mod streams;
#[path = "robustness/turns.rs"]
mod turns;
#[path = "robustness/websocket.rs"]
mod websocket;
