//! Collecting acknowledgements, so that a full buffer empties again (`PROTOCOL.md` §4).

use std::time::{Duration, Instant};

use jstp_session::{Direction, SessionLimits};

use super::pair::{Client, Pair, Seen, Server};
use super::{engine, engine_with, events, is_flushed, is_room, receive, sent};
use crate::{Config, Engine, SendError};

fn emit(engine: &mut Engine<u32>) -> Result<(), SendError> {
    engine.emit(Instant::now(), "i", "e", "[]")
}

fn pings(messages: &[String]) -> usize {
    messages
        .iter()
        .filter(|message| message.starts_with("{ping:"))
        .count()
}

#[test]
fn a_ping_goes_out_when_many_messages_are_unacknowledged() {
    let mut client = engine(
        Direction::Client,
        Config::default().with_ping_after(3, usize::MAX),
    );
    emit(&mut client).unwrap();
    emit(&mut client).unwrap();
    assert_eq!(pings(&sent(&mut client)), 0);
    emit(&mut client).unwrap();
    assert_eq!(sent(&mut client), ["{event:[3,'i'],e:[]}", "{ping:[4]}"]);
    // One is enough until it is answered.
    for _ in 0..20 {
        emit(&mut client).unwrap();
    }
    assert_eq!(pings(&sent(&mut client)), 0);
    receive(&mut client, "{pong:[4]}").unwrap();
    assert_eq!(sent(&mut client), ["{ping:[25]}"]);
    receive(&mut client, "{pong:[25]}").unwrap();
    assert_eq!(client.session().buffered_count(), 0);
    assert!(is_flushed(&client));
}

#[test]
fn a_ping_goes_out_when_many_bytes_are_unacknowledged() {
    let mut client = engine(
        Direction::Client,
        Config::default().with_ping_after(usize::MAX, 1000),
    );
    client
        .emit(
            Instant::now(),
            "i",
            "e",
            &format!("['{}']", "x".repeat(900)),
        )
        .unwrap();
    assert_eq!(pings(&sent(&mut client)), 0);
    emit(&mut client).unwrap();
    assert_eq!(pings(&sent(&mut client)), 1);
}

#[test]
fn a_threshold_of_zero_does_not_ping_without_end() {
    let mut client = engine(Direction::Client, Config::default().with_ping_after(0, 0));
    assert!(is_flushed(&client));
    emit(&mut client).unwrap();
    assert_eq!(sent(&mut client), ["{event:[1,'i'],e:[]}", "{ping:[2]}"]);
    receive(&mut client, "{pong:[2]}").unwrap();
    assert!(is_flushed(&client));
}

#[test]
fn a_refused_message_has_acknowledgements_collected_whatever_the_threshold() {
    let limits = SessionLimits::default().with_max_buffered_messages(4);
    let mut client = engine_with(Direction::Client, Config::default(), limits);
    for _ in 0..4 {
        emit(&mut client).unwrap();
    }
    assert_eq!(pings(&sent(&mut client)), 0);
    for _ in 0..3 {
        assert_eq!(emit(&mut client), Err(SendError::Full));
    }
    assert_eq!(client.ping(1), Err(SendError::Full));
    assert_eq!(sent(&mut client), ["{ping:[5]}"]);
    assert!(!is_room(&events(&mut client)));
    receive(&mut client, "{pong:[5]}").unwrap();
    assert!(is_room(&events(&mut client)));
    emit(&mut client).unwrap();
}

#[test]
fn a_refused_ping_has_acknowledgements_collected_too() {
    let limits = SessionLimits::default().with_max_buffered_messages(1);
    let mut client = engine_with(Direction::Client, Config::default(), limits);
    emit(&mut client).unwrap();
    assert_eq!(client.ping(1), Err(SendError::Full));
    assert_eq!(sent(&mut client), ["{event:[1,'i'],e:[]}", "{ping:[2]}"]);
}

#[test]
fn there_is_room_when_the_refused_message_fits_and_not_before() {
    let limits = SessionLimits::default().with_max_buffered_bytes(4000);
    let config = Config::default().with_ping_after(usize::MAX, usize::MAX);
    let mut client = engine_with(Direction::Client, config, limits);
    let long = format!("['{}']", "x".repeat(2500));
    let send_long = |client: &mut Engine<u32>| client.emit(Instant::now(), "i", "e", &long);
    for token in 0..20 {
        client
            .call(Instant::now(), "i", "m", "[]", token, false)
            .unwrap();
    }
    assert_eq!(send_long(&mut client), Err(SendError::Full));
    for id in 1..=20 {
        let before = client.has_room(long.len() + 20);
        receive(&mut client, &format!("{{callback:[{id}],ok:[]}}")).unwrap();
        let fits = client.has_room(long.len() + 20);
        assert_eq!(
            is_room(&events(&mut client)),
            fits && !before,
            "after callback {id}"
        );
    }
    assert_eq!(send_long(&mut client), Ok(()));
}

#[test]
fn room_is_not_mentioned_when_nobody_was_refused() {
    let mut pair = Pair::with(
        &Config::default().with_ping_after(2, 1000),
        SessionLimits::default(),
    );
    for _ in 0..50 {
        pair.emit(Client, "e");
    }
    pair.run();
    assert_eq!(pair.seen(Client), []);
    assert_eq!(pair.engine(Client).session().buffered_count(), 0);
}

#[test]
fn a_stream_of_events_in_one_direction_never_ends() {
    for limits in [
        SessionLimits::default().with_max_buffered_messages(1),
        SessionLimits::default().with_max_buffered_messages(7),
        SessionLimits::default().with_max_buffered_bytes(700),
    ] {
        let mut pair = Pair::with(&Config::default(), limits);
        pair.delay = Duration::from_millis(20);
        let mut sent = 0;
        while sent < 200 {
            let now = pair.now;
            match pair.engine(Server).emit(now, "i", "e", "[]") {
                Ok(()) => sent += 1,
                Err(error) => {
                    assert_eq!(error, SendError::Full);
                    // A round trip later there has to be room.
                    pair.advance(Duration::from_millis(50));
                    assert!(pair.seen(Server).contains(&Seen::Room));
                }
            }
        }
        pair.advance(Duration::from_secs(1));
        assert_eq!(pair.seen(Client).len(), 200);
    }
}

#[test]
fn a_buffer_filled_while_detached_empties_after_the_resume() {
    let limits = SessionLimits::default().with_max_buffered_messages(5);
    let mut pair = Pair::with(&Config::default(), limits);
    pair.cut();
    let now = pair.now;
    while pair.engine(Client).emit(now, "i", "e", "[]").is_ok() {}
    assert_eq!(pair.seen(Client), []);
    pair.resume();
    assert_eq!(pair.seen(Client), [Seen::Room]);
    assert_eq!(pair.engine(Client).session().buffered_count(), 0);
    assert_eq!(pair.seen(Server).len(), 5);
}

#[test]
fn a_collecting_ping_lost_in_a_cut_does_its_work_after_the_resume() {
    for pong_lost in [false, true] {
        let limits = SessionLimits::default().with_max_buffered_messages(5);
        let mut pair = Pair::with(&Config::default().with_ping_after(3, usize::MAX), limits);
        for _ in 0..4 {
            pair.emit(Client, "e");
        }
        if pong_lost {
            pair.step(Server, 100);
        }
        pair.cut();
        pair.resume();
        assert!(pair.engine(Client).session().buffered_count() < 3);
        assert_eq!(pair.seen(Server).len(), 4);
        for _ in 0..3 {
            pair.emit(Client, "e");
            pair.run();
        }
        assert!(
            pair.engine(Client).session().buffered_count() < 3,
            "pings go on"
        );
    }
}
