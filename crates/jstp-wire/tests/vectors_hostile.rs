//! The malformed messages of the hostile vectors that a peer rejects while the connection goes on.

mod common;

use common::{parts, rows};
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed};

#[test]
fn malformed_messages_of_the_hostile_vectors_are_rejected() {
    let mut checked = 0;
    for row in rows("hostile.jsonl") {
        if row["kind"] != "message-shape" || row["phase"] != "after-handshake" {
            continue;
        }
        let segments = row["segments"].as_array().expect("segments");
        let stream: String = segments.iter().map(parts).collect();
        for text in stream.split_terminator('\0') {
            let parsed = Message::parse(text, DEFAULT_MAX_DEPTH);
            assert!(
                matches!(parsed, Ok(Parsed::Rejected(_))),
                "{}: {text}: {parsed:?}",
                row["id"]
            );
            checked += 1;
        }
    }
    assert_ne!(checked, 0, "no row of the kind message-shape");
}
