//! Events that come by a log.

use std::time::Instant;

use jstp_session::{Direction, SessionLimits};

use super::{engine, engine_with, receive, sent};
use crate::{Config, Engine, EventLog, SharedEvent};

/// A server that follows a log.
fn follower() -> (Engine<u32>, EventLog) {
    let log = EventLog::default();
    let mut server = engine(Direction::Server, Config::default());
    server.follow(log.reader());
    (server, log)
}

fn append(log: &mut EventLog, number: u32) {
    let event = SharedEvent::new("i", "e", &format!("[{number}]"));
    let _ = log.append(Instant::now(), &event);
}

fn message(id: u32, number: u32) -> String {
    format!("{{event:[-{id},'i'],e:[{number}]}}")
}

#[test]
fn the_next_message_is_one_of_the_log() {
    let (mut server, mut log) = follower();
    assert!(sent(&mut server).is_empty());
    append(&mut log, 7);
    append(&mut log, 8);
    assert_eq!(server.log_position(), Some(0));
    assert_eq!(sent(&mut server), [message(1, 7), message(2, 8)]);
    assert_eq!(server.log_position(), Some(2));
    assert_eq!(server.session().buffered_count(), 2);
}

#[test]
fn what_is_sent_later_stays_behind() {
    let (mut server, mut log) = follower();
    let now = Instant::now();
    append(&mut log, 1);
    server.emit(now, "i", "own", "[]").unwrap();
    append(&mut log, 2);
    server.callback_ok(5, "[]");
    append(&mut log, 3);
    let shared = SharedEvent::new("i", "shared", "[]");
    server.queue_shared(now, &shared).unwrap();
    append(&mut log, 4);
    let expected = [
        message(1, 1),
        "{event:[-2,'i'],own:[]}".to_owned(),
        message(3, 2),
        "{callback:[5],ok:[]}".to_owned(),
        message(4, 3),
        "{event:[-5,'i'],shared:[]}".to_owned(),
        message(6, 4),
    ];
    assert_eq!(sent(&mut server), expected);
}

#[test]
fn a_snapshot_has_what_was_not_taken() {
    let (mut server, mut log) = follower();
    append(&mut log, 1);
    assert_eq!(server.snapshot().buffered_count(), 1);
    assert_eq!(server.log_position(), Some(0));
    assert_eq!(sent(&mut server), [message(1, 1)]);
}

#[test]
fn what_comes_while_the_transport_is_lost_is_kept_for_the_next() {
    let (mut server, mut log) = follower();
    append(&mut log, 1);
    server.detach();
    append(&mut log, 2);
    server.unfollow();
    append(&mut log, 3);
    assert_eq!(server.log_position(), None);
    server.resume_as_server(Instant::now(), 0);
    assert_eq!(sent(&mut server)[1..], [message(1, 1), message(2, 2)]);
}

#[test]
fn an_engine_that_is_closed_keeps_what_came_before() {
    let (mut server, mut log) = follower();
    append(&mut log, 1);
    server.close();
    append(&mut log, 2);
    server.unfollow();
    let session = server.snapshot();
    assert_eq!(session.buffered_count(), 2);
}

#[test]
fn without_room_events_wait_in_order() {
    let log = &mut EventLog::default();
    let limits = SessionLimits::default().with_max_buffered_messages(3);
    let mut server = engine_with(Direction::Server, Config::default(), limits);
    server.follow(log.reader());
    for number in 1..=5 {
        append(log, number);
    }
    assert!(!server.can_follow());
    server.unfollow();
    assert_eq!(server.waiting_events(), 2);
    // The ping comes when there is no room.
    let first = [message(1, 1), message(2, 2), message(3, 3)];
    assert_eq!(sent(&mut server)[..3], first);
    receive(&mut server, "{pong:[-4]}").unwrap();
    assert_eq!(sent(&mut server)[..2], [message(5, 4), message(6, 5)]);
}

#[test]
fn to_follow_takes_a_transport_and_room() {
    let (mut server, _) = follower();
    assert!(server.can_follow());
    server.detach();
    assert!(!server.can_follow());

    let little = SessionLimits::default().with_max_buffered_messages(255);
    let short = Config::default().with_max_message_size(16 * 1024 - 1);
    let narrow = Config::default().with_max_outgoing_bytes(256 * 1024 - 1);
    for (config, limits) in [
        (Config::default(), little),
        (short, SessionLimits::default()),
        (narrow, SessionLimits::default()),
    ] {
        let server = engine_with(Direction::Server, config, limits);
        assert!(!server.can_follow());
    }
}

#[test]
fn who_keeps_too_much_cannot_follow_any_longer() {
    let (mut server, _) = follower();
    let args = format!("['{}']", "x".repeat(100_000));
    let mut emitted = 0;
    while server.can_follow() {
        server.emit(Instant::now(), "i", "e", &args).unwrap();
        sent(&mut server);
        emitted += 1;
    }
    // Of 2 MiB.
    assert!((15..20).contains(&emitted), "{emitted}");
}
