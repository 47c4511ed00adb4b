//! Events that go to many, and wait for those who read slowly.

use std::time::{Duration, Instant};

use jstp_session::{Direction, SessionLimits};

use super::{engine, engine_with, events, is_flushed, is_room, receive, sent};
use crate::{Config, Engine, Event, Heartbeat, Placement, SendError, SharedEvent};

fn event(number: u32) -> SharedEvent {
    SharedEvent::new("i", "e", &format!("[{number}]"))
}

pub(super) fn queue(engine: &mut Engine<u32>, number: u32) -> Result<Placement, SendError> {
    engine.queue_shared(Instant::now(), &event(number))
}

/// A server whose session holds three messages, while as many events may wait.
fn server() -> Engine<u32> {
    let limits = SessionLimits::default().with_max_buffered_messages(3);
    let config = Config::default().with_max_waiting(3, usize::MAX);
    engine_with(Direction::Server, config, limits)
}

/// The same with events up to the third sent, and three more waiting.
pub(super) fn behind() -> Engine<u32> {
    let mut server = server();
    for number in 1..=3 {
        assert_eq!(queue(&mut server, number), Ok(Placement::Sent));
    }
    for number in 4..=6 {
        assert_eq!(queue(&mut server, number), Ok(Placement::Waiting));
    }
    server
}

#[test]
fn a_shared_event_is_the_message_that_an_event_is() {
    let mut server = engine(Direction::Server, Config::default());
    let now = Instant::now();
    for name in ["e", "two words", "0x"] {
        let shared = SharedEvent::new("it's", name, "['a',1]");
        server.emit_shared(now, &shared).unwrap();
        server.emit(now, "it's", name, "['a',1]").unwrap();
        let messages = sent(&mut server);
        let without_id = |text: &str| text.split_once(',').map(|(_, rest)| rest.to_owned());
        assert_eq!(without_id(&messages[0]), without_id(&messages[1]));
    }
    let unusable = SharedEvent::new("i", "event", "[]");
    let refused = Err(SendError::InvalidName("event".to_owned()));
    assert_eq!(server.emit_shared(now, &unusable), refused);
}

#[test]
fn what_is_accepted_is_short_enough_whatever_its_id_will_be() {
    let event = SharedEvent::new("i", "e", &format!("['{}']", "x".repeat(100)));
    let longest = event.len(i64::MIN);
    let now = Instant::now();
    for (limit, fits) in [(longest, true), (longest - 1, false)] {
        let config = Config::default().with_max_message_size(limit);
        let mut server = engine(Direction::Server, config);
        let refused = SendError::TooLong {
            len: longest,
            limit,
        };
        let queued = server.queue_shared(now, &event);
        let emitted = server.emit_shared(now, &event);
        if fits {
            assert_eq!((queued, emitted), (Ok(Placement::Sent), Ok(())));
        } else {
            assert_eq!((queued, emitted), (Err(refused.clone()), Err(refused)));
        }
    }
}

#[test]
fn an_answer_stays_behind_what_was_emitted_before_it() {
    let mut server = engine(Direction::Server, Config::default());
    receive(&mut server, "{call:[1,'i'],m:[]}").unwrap();
    assert_eq!(queue(&mut server, 1), Ok(Placement::Sent));
    assert!(server.callback_ok(1, "[]"));
    assert_eq!(queue(&mut server, 2), Ok(Placement::Sent));
    receive(&mut server, "{ping:[2]}").unwrap();
    assert_eq!(
        sent(&mut server),
        [
            "{event:[-1,'i'],e:[1]}",
            "{callback:[1],ok:[]}",
            "{event:[-2,'i'],e:[2]}",
            "{pong:[2]}"
        ]
    );
}

#[test]
fn what_is_sent_before_an_answer_is_asked_to_be_acknowledged() {
    let config = Config::default().with_ping_after(1, usize::MAX);
    let mut server = engine(Direction::Server, config);
    receive(&mut server, "{call:[1,'i'],m:[]}").unwrap();
    queue(&mut server, 1).unwrap();
    server.callback_ok(1, "[]");
    assert!(sent(&mut server).contains(&"{ping:[-2]}".to_owned()));
}

#[test]
fn the_answer_to_a_handshake_comes_before_what_waits() {
    let config = Config::default().with_max_outgoing_bytes(50);
    let mut server = engine(Direction::Server, config);
    for number in 1..=4 {
        queue(&mut server, number).unwrap();
    }
    // Room that there is from then on is not used while the session is closed.
    server.close();
    server.detach();
    assert_ne!(server.waiting_events(), 0);
    server.resume_as_server(Instant::now(), 0);
    let messages = sent(&mut server);
    assert_eq!(messages[0], "{handshake:[0],ok:0}");
    assert_eq!(messages[1], "{event:[-1,'i'],e:[1]}");
}

#[test]
fn a_ping_that_goes_out_with_what_has_gathered_counts_against_a_dead_peer() {
    let second = Duration::from_secs(1);
    let heartbeat = Heartbeat::every(1000 * second).with_timeout(3 * second);
    let mut config = Config::default().with_heartbeat(heartbeat);
    config.ping_after_messages = 1;
    let mut server = engine(Direction::Server, config);
    let now = Instant::now();
    server.queue_shared(now, &event(1)).unwrap();
    sent(&mut server);
    assert_eq!(server.poll_timeout(), Some(now + 3 * second));
}

#[test]
fn what_waits_is_sent_in_order_as_soon_as_there_is_room() {
    let mut server = behind();
    assert_eq!(
        sent(&mut server),
        [
            "{event:[-1,'i'],e:[1]}",
            "{event:[-2,'i'],e:[2]}",
            "{event:[-3,'i'],e:[3]}",
            "{ping:[-4]}"
        ]
    );
    receive(&mut server, "{pong:[-4]}").unwrap();
    assert_eq!((server.waiting_events(), server.taken_events()), (0, 6));
    assert_eq!(
        sent(&mut server),
        [
            "{event:[-5,'i'],e:[4]}",
            "{event:[-6,'i'],e:[5]}",
            "{event:[-7,'i'],e:[6]}"
        ]
    );
}

#[test]
fn what_gathers_for_the_next_transmit_has_its_room_and_its_place() {
    let limits = SessionLimits::default().with_max_buffered_messages(4);
    let mut server = engine_with(Direction::Server, Config::default(), limits);
    let now = Instant::now();
    assert_eq!(queue(&mut server, 1), Ok(Placement::Sent));
    assert_eq!(queue(&mut server, 2), Ok(Placement::Sent));
    assert!(!is_flushed(&server));
    assert_eq!(server.session().buffered_count(), 0);
    server.emit(now, "i", "e", "[3]").unwrap();
    assert_eq!(queue(&mut server, 4), Ok(Placement::Sent));
    assert!(!server.has_room(20));
    assert_eq!(queue(&mut server, 5), Ok(Placement::Waiting));
    let messages = sent(&mut server);
    assert!(messages[3].ends_with("[4]}"), "{messages:?}");
    assert_eq!(messages[4], "{ping:[-5]}");
    assert_eq!(server.waiting_events(), 1);
}

#[test]
fn what_has_gathered_is_sent_when_the_session_is_closed_or_its_transport_gone() {
    for close in [true, false] {
        let mut server = engine(Direction::Server, Config::default());
        assert_eq!(queue(&mut server, 1), Ok(Placement::Sent));
        if close {
            server.close();
            assert_eq!(sent(&mut server), ["{event:[-1,'i'],e:[1]}"]);
        } else {
            server.detach();
        }
        assert_eq!(server.session().buffered_count(), 1);
    }
}

#[test]
fn what_is_sent_later_stays_behind_what_waits() {
    let mut server = behind();
    let now = Instant::now();
    // The pongs of a client that has room for one message each time.
    receive(&mut server, "{pong:[-1]}").unwrap();
    assert_eq!(server.waiting_events(), 3);
    receive(&mut server, "{pong:[-2]}").unwrap();
    assert_eq!(server.waiting_events(), 2);
    assert_eq!(server.emit(now, "i", "late", "[]"), Err(SendError::Full));
    let call = server.call(now, "i", "late", "[]", 1, false);
    assert_eq!(call, Err(SendError::Full));
    receive(&mut server, "{pong:[-5]}").unwrap();
    assert!(is_room(&events(&mut server)));
    server.emit(now, "i", "late", "[]").unwrap();
    let messages = sent(&mut server);
    assert!(messages.last().unwrap().contains("late"), "{messages:?}");
}

#[test]
fn one_too_many_is_refused_until_half_of_them_have_left() {
    let mut server = behind();
    assert_eq!(queue(&mut server, 7), Err(SendError::Full));
    receive(&mut server, "{pong:[-2]}").unwrap();
    assert_eq!(server.waiting_events(), 2);
    assert!(events(&mut server).is_empty());
    receive(&mut server, "{pong:[-3]}").unwrap();
    assert!(matches!(events(&mut server)[..], [Event::WaitingRoom]));
    assert_eq!(queue(&mut server, 7), Ok(Placement::Waiting));
    assert_eq!(queue(&mut server, 8), Ok(Placement::Waiting));
}

#[test]
fn there_is_no_room_for_a_long_event_in_a_list_that_is_half_empty() {
    let limits = SessionLimits::default().with_max_buffered_messages(1);
    let config = Config::default().with_max_waiting(10, 1000);
    let mut server = engine_with(Direction::Server, config, limits);
    let now = Instant::now();
    let long = SharedEvent::new("i", "e", &format!("['{}']", "x".repeat(980)));
    queue(&mut server, 1).unwrap();
    queue(&mut server, 2).unwrap();
    queue(&mut server, 3).unwrap();
    for _ in 0..3 {
        assert_eq!(server.queue_shared(now, &long), Err(SendError::Full));
        sent(&mut server);
        let told = events(&mut server);
        assert!(told.is_empty(), "it fits no better than before");
    }
    for _ in 2..=3 {
        let last = server.session().last_sent();
        receive(&mut server, &format!("{{pong:[-{last}]}}")).unwrap();
    }
    assert!(matches!(events(&mut server)[..], [Event::WaitingRoom]));
    assert_eq!(server.queue_shared(now, &long), Ok(Placement::Waiting));
}

#[test]
fn those_refused_by_the_buffer_and_by_the_list_are_told_apart() {
    let limits = SessionLimits::default()
        .with_max_buffered_messages(3)
        .with_max_buffered_bytes(2000);
    let config = Config::default().with_max_waiting(3, usize::MAX);
    let mut server = engine_with(Direction::Server, config, limits);
    for number in 1..=6 {
        queue(&mut server, number).unwrap();
    }
    // Only an empty buffer takes it.
    let long = format!("['{}']", "x".repeat(3000));
    let refused = server.emit(Instant::now(), "i", "e", &long);
    assert_eq!(refused, Err(SendError::Full));
    assert_eq!(queue(&mut server, 7), Err(SendError::Full));
    receive(&mut server, "{pong:[-4]}").unwrap();
    assert_eq!(server.waiting_events(), 0);
    assert!(matches!(events(&mut server)[..], [Event::WaitingRoom]));
}

#[test]
fn bytes_that_wait_are_bounded_but_one_event_always_may() {
    let limits = SessionLimits::default().with_max_buffered_messages(1);
    let config = Config::default().with_max_waiting(100, 30);
    let mut server = engine_with(Direction::Server, config, limits);
    let long = SharedEvent::new("i", "e", &format!("['{}']", "x".repeat(100)));
    let now = Instant::now();
    assert_eq!(server.queue_shared(now, &long), Ok(Placement::Sent));
    assert_eq!(server.queue_shared(now, &long), Ok(Placement::Waiting));
    assert_eq!(queue(&mut server, 1), Err(SendError::Full));
}

#[test]
fn what_waits_lasts_through_a_resume_and_is_in_a_snapshot() {
    let mut server = behind();
    server.detach();
    sent(&mut server);
    let snapshot = server.snapshot();
    assert_eq!(snapshot.buffered_count(), 7);
    assert!(
        snapshot
            .unacknowledged()
            .any(|text| &text[..] == b"{event:[-7,'i'],e:[6]}")
    );
    server.resume_as_server(Instant::now(), 2);
    let again = sent(&mut server);
    assert_eq!(again[0], "{handshake:[0],ok:0}");
    assert_eq!(again[1], "{event:[-3,'i'],e:[3]}");
    assert_eq!(again[3], "{event:[-5,'i'],e:[4]}");
    assert_eq!(server.waiting_events(), 2);
}

#[test]
fn nothing_is_sent_once_the_session_is_closed() {
    let mut server = behind();
    assert_eq!(queue(&mut server, 7), Err(SendError::Full));
    server.close();
    assert!(matches!(events(&mut server)[..], [Event::WaitingRoom]));
    assert_eq!(queue(&mut server, 7), Err(SendError::Closed));
    assert_eq!(server.waiting_events(), 3);
    server.drop_waiting();
    assert_eq!(server.waiting_events(), 0);
}
