use bytes::Bytes;
use jstp_wire::Value;

use super::{BufferFull, Direction, Session, SessionLimits};
use crate::SessionId;

fn session() -> Session {
    Session::new(SessionId::from("id"), Direction::Server)
}

fn with_messages(lengths: &[usize]) -> Session {
    let mut session = session();
    for length in lengths {
        session
            .buffer(session.next_id(), Bytes::from(vec![b'x'; *length]))
            .unwrap();
    }
    session
}

fn lengths(session: &Session) -> Vec<usize> {
    session
        .unacknowledged()
        .map(|message| message.len())
        .collect()
}

#[test]
fn a_new_session_has_sent_and_received_nothing() {
    let session = session();
    assert_eq!(
        (
            session.received(),
            session.acknowledged(),
            session.last_sent()
        ),
        (0, 0, 0)
    );
    assert_eq!(
        (
            session.next_id(),
            session.buffered_count(),
            session.buffered_bytes()
        ),
        (1, 0, 0)
    );
    assert_eq!((session.username(), session.application()), (None, None));
}

#[test]
fn the_received_count_never_goes_back() {
    let mut session = session();
    session.record_received(5);
    session.record_received(3);
    assert_eq!(session.received(), 5);
}

#[test]
fn messages_are_kept_in_order_until_acknowledged() {
    let mut session = with_messages(&[1, 2, 3]);
    assert_eq!((session.last_sent(), session.next_id()), (3, 4));
    assert_eq!(session.acknowledge(2), 2);
    assert_eq!(lengths(&session), [3]);
    assert_eq!(session.acknowledge(2), 0);
    assert_eq!(session.acknowledge(3), 1);
    assert_eq!((session.acknowledged(), session.next_id()), (3, 4));
}

#[test]
fn an_acknowledgement_never_goes_back() {
    let mut session = with_messages(&[1, 2, 3]);
    session.acknowledge(2);
    assert_eq!(session.acknowledge(1), 0);
    assert_eq!(session.acknowledge(0), 0);
    assert_eq!(session.acknowledged(), 2);
    assert_eq!(lengths(&session), [3]);
}

#[test]
fn an_acknowledgement_is_cut_to_what_was_sent() {
    let mut session = with_messages(&[1, 2]);
    assert_eq!(session.acknowledge(u64::MAX), 2);
    assert_eq!((session.acknowledged(), session.next_id()), (2, 3));
    let mut empty = self::session();
    assert_eq!(empty.acknowledge(9_007_199_254_740_991), 0);
    assert_eq!((empty.acknowledged(), empty.next_id()), (0, 1));
}

#[test]
fn buffered_bytes_are_the_lengths_and_the_upkeep() {
    let mut session = with_messages(&[10, 20, 30]);
    assert_eq!(session.buffered_bytes(), 60 + 3 * 64);
    session.acknowledge(1);
    assert_eq!(session.buffered_bytes(), 50 + 2 * 64);
    session.acknowledge(3);
    assert_eq!(session.buffered_bytes(), 0);
}

#[test]
fn the_number_of_messages_is_bounded() {
    let limits = SessionLimits::default().with_max_buffered_messages(2);
    let mut session = with_messages(&[1, 2]).with_limits(limits);
    assert!(!session.has_room(0));
    let refused = session.buffer(3, Bytes::new());
    assert_eq!(refused, Err(BufferFull::Messages { limit: 2 }));
    assert_eq!((session.last_sent(), lengths(&session)), (2, vec![1, 2]));
    session.acknowledge(1);
    assert!(session.has_room(0));
    session.buffer(3, Bytes::new()).unwrap();
}

#[test]
fn the_bytes_of_messages_are_bounded() {
    let limits = SessionLimits::default().with_max_buffered_bytes(200);
    let mut session = with_messages(&[10]).with_limits(limits);
    assert!(session.has_room(62));
    assert!(!session.has_room(63));
    let refused = session.buffer(2, Bytes::from_static(&[0; 63]));
    assert_eq!(
        refused,
        Err(BufferFull::Bytes {
            limit: 200,
            buffered: 74,
            wanted: 127
        })
    );
    assert_eq!((session.last_sent(), session.buffered_bytes()), (1, 74));
    assert!(!session.has_room(usize::MAX));
    session.buffer(2, Bytes::from_static(&[0; 62])).unwrap();
    assert_eq!(session.buffered_bytes(), 200);
}

#[test]
fn an_empty_buffer_takes_a_message_of_any_length() {
    let limits = SessionLimits::default()
        .with_max_buffered_bytes(0)
        .with_max_buffered_messages(0);
    let mut session = session().with_limits(limits);
    assert!(session.has_room(1_000_000));
    session.buffer(1, Bytes::from(vec![0; 1_000])).unwrap();
    assert!(!session.has_room(0));
}

#[test]
fn the_protocols_own_messages_may_pass_the_limits() {
    let limits = SessionLimits::default().with_max_buffered_messages(1);
    let mut session = with_messages(&[1]).with_limits(limits);
    session.buffer_beyond_limits(2, Bytes::from_static(b"{ping:[-2]}"));
    assert_eq!((session.next_id(), lengths(&session)), (3, vec![1, 11]));
    assert!(!session.has_room(0));
}

#[test]
fn ids_that_stand_in_disorder_are_dropped_by_their_value() {
    let mut session = session();
    for (id, length) in [(5, 50), (3, 30), (4, 40), (6, 60)] {
        session.buffer(id, Bytes::from(vec![0; length])).unwrap();
    }
    assert_eq!((session.last_sent(), session.next_id()), (6, 7));
    assert_eq!(session.acknowledge(4), 2);
    assert_eq!(lengths(&session), [50, 60]);
    assert_eq!(session.buffered_bytes(), 110 + 2 * 64);
    assert_eq!(session.acknowledge(5), 1);
    assert_eq!(lengths(&session), [60]);
}

#[test]
fn state_keeps_the_order_of_its_keys() {
    let mut session = session();
    assert_eq!(session.set("b", 1), None);
    assert_eq!(session.set("a", 2), None);
    assert_eq!(session.set("b", 3), Some(Value::from(1)));
    assert_eq!(session.keys().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(session.get("b"), Some(&Value::from(3)));
    assert_eq!(session.remove("b"), Some(Value::from(3)));
    assert_eq!(session.remove("b"), None);
    session.set("b", 4);
    assert_eq!(session.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(session.get("c"), None);
}

#[test]
fn debug_shows_neither_messages_nor_values() {
    let mut session = session();
    session
        .buffer(1, Bytes::from_static(b"secret message"))
        .unwrap();
    session.set("key", "secret value");
    let shown = format!("{session:?}");
    assert!(
        shown.contains("key") && !shown.contains("secret"),
        "{shown}"
    );
}
