//! Heartbeats (`PROTOCOL.md` §4).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jstp_session::{Direction, SessionLimits};

use super::pair::{Client, Pair, Seen, Server};
use super::{engine, engine_with, events, receive, receive_at, sent};
use crate::{Config, Event, Heartbeat, SharedEvent};

const SECOND: Duration = Duration::from_secs(1);

fn beating(interval: Duration) -> Config {
    Config::default().with_heartbeat(Heartbeat::every(interval))
}

#[test]
fn there_is_no_heartbeat_by_default() {
    let mut pair = Pair::connected();
    assert_eq!(pair.engine(Client).poll_timeout(), None);
    pair.emit(Client, "e");
    assert_eq!(pair.engine(Client).poll_timeout(), None);
}

#[test]
fn pings_go_out_at_the_interval_and_are_answered() {
    let mut pair = Pair::with(&beating(10 * SECOND), SessionLimits::default());
    pair.sent(Client);
    pair.advance(9 * SECOND);
    assert!(pair.sent(Client).is_empty());
    pair.advance(22 * SECOND);
    let pings: Vec<_> = pair
        .sent(Client)
        .into_iter()
        .filter(|text| text.starts_with("{ping"))
        .collect();
    assert_eq!(pings, ["{ping:[1]}", "{ping:[2]}", "{ping:[3]}"]);
    for side in [Client, Server] {
        assert_eq!(pair.seen(side), []);
        assert_eq!(pair.engine(side).session().buffered_count(), 0);
    }
}

#[test]
fn a_peer_that_answers_no_ping_in_time_is_taken_for_dead() {
    let start = Instant::now();
    let heartbeat = Heartbeat::every(SECOND).with_timeout(5 * SECOND);
    let mut client = engine(Direction::Client, Config::default());
    client.set_heartbeat(start, Some(heartbeat));
    let mut dead = Vec::new();
    while let Some(due) = client.poll_timeout() {
        client.handle_timeout(due);
        if events(&mut client)
            .iter()
            .any(|event| matches!(event, Event::PeerDead))
        {
            dead.push(due - start);
        }
    }
    assert_eq!(dead, [6 * SECOND], "once, the timeout after the first ping");
    assert_eq!(sent(&mut client).len(), 5);
}

#[test]
fn a_ping_that_was_sent_without_a_time_counts_from_the_start_of_the_heartbeat() {
    let config = Config::default().with_ping_after(1, usize::MAX);
    let mut client = engine(Direction::Client, config);
    client.call(None, "i", "m", "[]", 1, false).unwrap();
    assert_eq!(sent(&mut client).len(), 2, "the call and a ping");
    let start = Instant::now() + 60 * SECOND;
    let heartbeat = Heartbeat::every(2 * SECOND).with_timeout(SECOND);
    client.set_heartbeat(start, Some(heartbeat));
    assert_eq!(client.poll_timeout(), Some(start + SECOND));
    client.handle_timeout(start + SECOND);
    assert!(matches!(events(&mut client)[..], [Event::PeerDead]));
}

#[test]
fn a_late_pong_within_the_timeout_keeps_the_peer_alive() {
    let mut pair = Pair::with(&beating(SECOND), SessionLimits::default());
    pair.delay = Duration::from_millis(1400);
    pair.advance(60 * SECOND);
    assert_eq!(pair.seen(Client), []);
    pair.delay = 2 * SECOND;
    pair.advance(60 * SECOND);
    assert!(pair.seen(Client).contains(&Seen::PeerDead));
}

#[test]
fn any_later_acknowledgement_speaks_for_a_ping() {
    let start = Instant::now();
    let mut client = engine(Direction::Client, Config::default());
    client.set_heartbeat(
        start,
        Some(Heartbeat::every(SECOND).with_timeout(3 * SECOND)),
    );
    client.handle_timeout(start + SECOND);
    client
        .call(start + SECOND, "i", "m", "[]", 1, false)
        .unwrap();
    receive(&mut client, "{callback:[2],ok:[]}").unwrap();
    client.handle_timeout(start + 4 * SECOND);
    assert!(events(&mut client).is_empty());
}

#[test]
fn the_heartbeat_stops_with_the_transport_and_starts_anew() {
    let mut pair = Pair::with(&beating(10 * SECOND), SessionLimits::default());
    pair.advance(9 * SECOND);
    pair.cut();
    assert_eq!(pair.engine(Client).poll_timeout(), None);
    assert_eq!(pair.engine(Server).poll_timeout(), None);
    pair.advance(100 * SECOND);
    pair.resume();
    let due = pair.now + 10 * SECOND;
    assert_eq!(pair.engine(Client).poll_timeout(), Some(due));
    assert_eq!(pair.engine(Server).poll_timeout(), Some(due));
    pair.engine(Client).close();
    assert_eq!(pair.engine(Client).poll_timeout(), None);
}

#[test]
fn a_ping_lost_in_a_cut_is_not_held_against_the_peer() {
    let mut pair = Pair::with(&beating(SECOND), SessionLimits::default());
    pair.delay = 10 * SECOND;
    pair.advance(2 * SECOND);
    pair.cut();
    pair.delay = SECOND / 2;
    pair.advance(100 * SECOND);
    pair.reconnect();
    pair.advance(100 * SECOND);
    assert!(!pair.seen(Client).contains(&Seen::PeerDead));
    assert!(!pair.seen(Server).contains(&Seen::PeerDead));
}

#[test]
fn a_heartbeat_can_be_changed_and_stopped() {
    let start = Instant::now();
    let mut client = engine(Direction::Client, beating(SECOND));
    client.set_heartbeat(start, Some(Heartbeat::every(5 * SECOND)));
    assert_eq!(client.poll_timeout(), Some(start + 5 * SECOND));
    client.set_heartbeat(start, None);
    assert_eq!(client.poll_timeout(), None);
    client.detach();
    client.set_heartbeat(start, Some(Heartbeat::every(SECOND)));
    assert_eq!(client.poll_timeout(), None, "there is no transport");
    client.attach(start);
    assert_eq!(client.poll_timeout(), Some(start + SECOND));
}

#[test]
fn a_ping_behind_events_that_waited_since_before_the_heartbeat_has_its_full_time() {
    let start = Instant::now();
    let config = Config {
        ping_after_messages: 1,
        ..Config::default()
    };
    let mut server = engine(Direction::Server, config);
    let event = SharedEvent::new("i", "e", "[]");
    server.queue_shared(start, &event).unwrap();
    let later = start + 1000 * SECOND;
    server.set_heartbeat(later, Some(Heartbeat::every(5 * SECOND)));
    assert_eq!(sent(&mut server).len(), 2);
    assert_eq!(server.poll_timeout(), Some(later + 5 * SECOND));
}

#[test]
fn a_driver_that_was_held_up_does_not_catch_up() {
    let start = Instant::now();
    let mut client = engine(Direction::Client, Config::default());
    client.set_heartbeat(start, Some(Heartbeat::every(SECOND)));
    client.handle_timeout(start + 100 * SECOND);
    assert_eq!(sent(&mut client).len(), 1);
    assert_eq!(client.poll_timeout(), Some(start + 101 * SECOND));
}

#[test]
fn unanswered_pings_do_not_pile_up_over_resumes() {
    let mut now = Instant::now();
    let config = Config::default()
        .with_heartbeat(Heartbeat::every(SECOND).with_timeout(Duration::from_secs(1_000_000)));
    let mut server = engine(Direction::Server, config);
    for _ in 0..100 {
        for _ in 0..10 {
            now += SECOND;
            server.handle_timeout(now);
        }
        server.detach();
        server.resume_as_server(now, 0);
    }
    assert!(server.session().buffered_count() < 100);
}

#[test]
fn an_interval_of_nothing_is_taken_for_a_millisecond() {
    let now = Instant::now();
    let mut heartbeat = Heartbeat::every(Duration::ZERO);
    assert_eq!(heartbeat.interval, Duration::from_millis(1));
    heartbeat.interval = Duration::ZERO;
    let mut client = engine(Direction::Client, Config::default());
    client.set_heartbeat(now, Some(heartbeat));
    assert_eq!(client.poll_timeout(), Some(now + Duration::from_millis(1)));
}

#[test]
fn an_interval_without_end_is_no_heartbeat() {
    let now = Instant::now();
    let mut client = engine(Direction::Client, Config::default());
    client.set_heartbeat(now, Some(Heartbeat::every(Duration::MAX)));
    client.handle_timeout(now + SECOND);
    assert!(sent(&mut client).is_empty());
}

#[test]
fn an_answer_that_could_not_be_read_has_its_time_when_it_can() {
    let start = Instant::now();
    let heartbeat = Heartbeat::every(SECOND).with_timeout(5 * SECOND);
    let mut client = engine(Direction::Client, Config::default());
    client.set_heartbeat(start, Some(heartbeat));
    client.handle_timeout(start + SECOND);
    let later = start + 60 * SECOND;
    client.input_resumed(later);
    client.handle_timeout(later + 4 * SECOND);
    assert!(events(&mut client).is_empty());
    client.handle_timeout(later + 5 * SECOND);
    assert!(matches!(events(&mut client)[..], [Event::PeerDead]));
}

#[test]
fn pings_behind_events_that_have_waited_long_count_from_when_they_are_sent() {
    let second = |number| SECOND * number;
    let limits = SessionLimits::default().with_max_buffered_bytes(1600);
    let heartbeat = Heartbeat::every(second(60)).with_timeout(second(3));
    let config = Config::default()
        .with_ping_after(usize::MAX, 400)
        .with_heartbeat(heartbeat);
    let mut server = engine_with(Direction::Server, config, limits);
    let start = Instant::now();
    let event = SharedEvent::new("i", "e", &format!("['{}']", "x".repeat(100)));
    for _ in 0..100 {
        server.queue_shared(start, &event).unwrap();
    }
    let mut pings = VecDeque::new();
    for number in 1..=10 {
        let messages = sent(&mut server);
        pings.extend(
            messages
                .into_iter()
                .filter(|text| text.starts_with("{ping")),
        );
        // The peer answers them one by one.
        let pong = pings.pop_front().unwrap().replace("ping", "pong");
        let now = start + second(number) / 2;
        receive_at(&mut server, now, &pong).unwrap();
        server.handle_timeout(now);
        assert!(events(&mut server).is_empty(), "{number}");
    }
    assert!(server.waiting_events() > 0);
}
