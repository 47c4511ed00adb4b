//! Events that come by a log.

use std::time::Instant;

use jstp_session::{Direction, SessionLimits};

use super::{engine, engine_with, events, receive, sent};
use crate::{Config, Engine, Event, EventLog, Placement, SendError, SharedEvent};

/// A server that follows a log.
fn follower() -> (Engine<u32>, EventLog) {
    let log = EventLog::default();
    let mut server = engine(Direction::Server, Config::default());
    server.follow(log.reader());
    (server, log)
}

fn append(log: &mut EventLog, number: u32) {
    let event = SharedEvent::new("i", "e", &format!("[{number}]"));
    log.append(Instant::now(), &event);
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
    assert_eq!(log.end().since(server.log_position().unwrap()).0, 2);
    assert_eq!(sent(&mut server), [message(1, 7), message(2, 8)]);
    assert_eq!(server.log_position(), Some(log.end()));
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
    assert!(server.is_behind_log());
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
    server.unfollow();
    assert_eq!(server.waiting_events(), 5);
    // The ping comes when there is no room.
    let first = [message(1, 1), message(2, 2), message(3, 3)];
    assert_eq!(sent(&mut server)[..3], first);
    assert_eq!(server.waiting_events(), 2);
    receive(&mut server, "{pong:[-4]}").unwrap();
    assert_eq!(sent(&mut server)[..2], [message(5, 4), message(6, 5)]);
}

#[test]
fn as_many_events_as_may_wait_may_be_in_the_log_as_well() {
    let log = &mut EventLog::default();
    let limits = SessionLimits::default().with_max_buffered_messages(3);
    for may_wait in [1, 2, 3, 10] {
        let config = Config::default().with_max_waiting(may_wait, usize::MAX);
        let mut server = engine_with(Direction::Server, config, limits);
        server.follow(log.reader());
        let event = SharedEvent::new("i", "e", "[0]");
        let now = Instant::now();
        let mut admitted = 0;
        while server.admit_logged(now, &event, log.end()).is_ok() {
            append(log, 0);
            admitted += 1;
        }
        assert_eq!(admitted, 3 + may_wait);
        while !matches!(events(&mut server)[..], [Event::WaitingRoom]) {
            let last = server.session().last_sent();
            receive(&mut server, &format!("{{pong:[-{last}]}}")).unwrap();
        }
        assert!(server.admit_logged(now, &event, log.end()).is_ok());
    }
}

#[test]
fn one_that_has_not_been_asked_for_its_messages_yet_is_not_touched() {
    let (mut server, mut log) = follower();
    let event = SharedEvent::new("i", "e", "[0]");
    for _ in 0..Config::default().max_waiting_events / 2 {
        let admitted = server.admit_logged(Instant::now(), &event, log.end());
        assert_eq!(admitted, Ok(Placement::Sent));
        append(&mut log, 0);
    }
    assert_eq!(server.session().buffered_count(), 0);
    let admitted = server.admit_logged(Instant::now(), &event, log.end());
    assert_eq!(admitted, Ok(Placement::Sent));
    assert_ne!(server.session().buffered_count(), 0);
}

#[test]
fn one_that_is_closed_holds_nothing_of_the_log() {
    let config = Config::default().with_max_waiting(1, usize::MAX);
    let mut server = engine(Direction::Server, config);
    let mut log = EventLog::default();
    server.follow(log.reader());
    server.close();
    append(&mut log, 1);
    let event = SharedEvent::new("i", "e", "[2]");
    let admitted = server.admit_logged(Instant::now(), &event, log.end());
    assert_eq!(admitted, Err(SendError::Closed));
    assert!(!server.is_behind_log());
    assert_eq!(server.waiting_events(), 1);
}

#[test]
fn a_long_event_is_kept_once_for_all() {
    let log = &mut EventLog::default();
    let text = format!("['{}']", "x".repeat(100_000));
    let event = SharedEvent::new("i", "e", &text);
    let mut servers: Vec<_> = (0..3)
        .map(|_| engine(Direction::Server, Config::default()))
        .collect();
    for server in &mut servers {
        server.follow(log.reader());
    }
    log.append(Instant::now(), &event);
    for server in &mut servers {
        let message = format!("{{event:[-1,'i'],e:{text}}}");
        assert_eq!(sent(server)[0], message);
        assert!(server.session().buffered_bytes() > 100_000);
        assert!(server.unacknowledged_bytes() < 200);
        server.detach();
        server.resume_as_server(Instant::now(), 0);
        assert!(server.outgoing_bytes() < 200);
        assert_eq!(sent(server)[1], message);
    }
}

/// An event of the log that its session shares with others.
fn long(number: u32) -> SharedEvent {
    let text = "x".repeat(2000);
    SharedEvent::new("i", "e", &format!("[{number},'{text}']"))
}

#[test]
fn acknowledgements_of_what_was_not_sent_lose_nothing() {
    for id in ["-1", "-2", "-3", "-1000", "-9223372036854775808", "1000"] {
        let (mut server, mut log) = follower();
        let now = Instant::now();
        server.emit(now, "i", "own", "[]").unwrap();
        log.append(now, &long(1));
        let forged = format!("{{pong:[{id}]}}");
        // Before the event is numbered, while it is on its way, and when it has left.
        receive(&mut server, &forged).unwrap();
        let mut messages = vec![server.poll_transmit().unwrap()];
        receive(&mut server, &forged).unwrap();
        log.append(now, &long(2));
        messages.extend(std::iter::from_fn(|| server.poll_transmit()));
        receive(&mut server, &forged).unwrap();
        assert_eq!(messages.len(), 3, "{id}");
        for (number, message) in (1..).zip(&messages) {
            assert!(message.starts_with(format!("{{event:[-{number},").as_bytes()));
        }
        // Whatever it claims to have is not sent again, and what it has not claimed is.
        server.detach();
        log.append(now, &long(3));
        server.resume_as_server(now, u64::MAX);
        let resumed = sent(&mut server);
        assert!(resumed.last().unwrap().starts_with("{event:[-4,'i'],e:[3,"));
        assert!(resumed.len() <= 3, "{resumed:?}");
    }
}

#[test]
fn the_last_ids_that_there_are_do_no_harm() {
    let text = format!(
        "{{\"id\":\"S1\",\"username\":null,\"guaranteedDeliveredCount\":{0},\"buffer\":[],\
         \"receivedCount\":0,\"latestBufferedMessageId\":-{0},\"storage\":[]}}",
        9_007_199_254_740_991_u64
    );
    let session = jstp_session::Session::from_string(&text).unwrap();
    let mut server: Engine<u32> = Engine::new(session, Config::default());
    server.attach(Instant::now());
    let mut log = EventLog::default();
    server.follow(log.reader());
    log.append(Instant::now(), &long(1));
    append(&mut log, 2);
    let messages = sent(&mut server);
    assert!(messages[0].starts_with("{event:[-9007199254740992,'i'],e:[1,"));
    assert!(messages[1].starts_with("{event:[-9007199254740993,'i'],e:[2]"));
    receive(&mut server, "{pong:[-9223372036854775808]}").unwrap();
    server.detach();
    server.resume_as_server(Instant::now(), u64::MAX);
    assert_eq!(server.session().buffered_count(), 0);
}

#[test]
fn what_is_acknowledged_holds_nothing_of_a_long_event() {
    let (mut server, mut log) = follower();
    let event = long(1);
    log.append(Instant::now(), &event);
    sent(&mut server);
    assert_eq!(server.session().shared_bytes(), event.size());
    receive(&mut server, "{pong:[-1]}").unwrap();
    assert_eq!(server.session().shared_bytes(), 0);
    assert_eq!(
        (server.unacknowledged_bytes(), server.outgoing_bytes()),
        (0, 0)
    );
}
