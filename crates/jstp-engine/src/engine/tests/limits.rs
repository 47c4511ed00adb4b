//! What may be sent and may wait, and no more (`PROTOCOL.md` §2, §4).

use std::time::{Duration, Instant};

use jstp_session::{Direction, SessionLimits};
use jstp_wire::RemoteError;

use super::{engine, engine_with, events, is_room, receive, sent};
use crate::{Config, Engine, Heartbeat, SendError};

fn emit(engine: &mut Engine<u32>, bytes: usize) -> Result<(), SendError> {
    engine.emit(
        Instant::now(),
        "i",
        "e",
        &format!("['{}']", "x".repeat(bytes)),
    )
}

#[test]
fn no_more_calls_than_allowed_are_under_way() {
    let mut client = engine(Direction::Client, Config::default().with_max_calls(3));
    let now = Instant::now();
    client.call(now, "i", "m", "[]", 1, false).unwrap();
    client.inspect(now, "i", 2).unwrap();
    client.ping(3).unwrap();
    assert_eq!(
        client.call(now, "i", "m", "[]", 4, false),
        Err(SendError::TooManyCalls)
    );
    assert_eq!(client.inspect(now, "i", 4), Err(SendError::TooManyCalls));
    assert_eq!(client.ping(4), Err(SendError::TooManyCalls));
    assert_eq!(client.session().last_sent(), 3);
    client.emit(now, "i", "e", "[]").unwrap();
    receive(&mut client, "{callback:[2],ok:[]}").unwrap();
    client.call(now, "i", "m", "[]", 4, false).unwrap();
}

#[test]
fn a_message_longer_than_a_message_may_be_is_refused() {
    let mut client = engine(
        Direction::Client,
        Config::default().with_max_message_size(30),
    );
    let len = "{event:[1,'i'],e:['']}".len();
    assert_eq!(emit(&mut client, 30 - len), Ok(()));
    assert_eq!(
        emit(&mut client, 31 - len),
        Err(SendError::TooLong { len: 31, limit: 30 })
    );
    assert_eq!(client.session().buffered_count(), 1);
}

#[test]
fn answers_longer_than_a_message_may_be_become_error_16() {
    let mut server = engine(
        Direction::Server,
        Config::default().with_max_message_size(200),
    );
    let long = "x".repeat(200);
    assert!(server.callback_ok(1, &format!("['{long}']")));
    assert!(server.callback_error(2, &RemoteError::new(1, long.as_str())));
    assert!(server.callback_error(3, &RemoteError::new(1, "short")));
    assert_eq!(
        sent(&mut server),
        [
            "{callback:[1],error:[16]}",
            "{callback:[2],error:[16]}",
            "{callback:[3],error:[1,'short']}"
        ]
    );
}

#[test]
fn one_message_of_any_allowed_length_fits_into_an_empty_buffer() {
    let limits = SessionLimits::default().with_max_buffered_bytes(100);
    let config = Config::default().with_max_outgoing_bytes(100);
    let mut client = engine_with(Direction::Client, config, limits);
    emit(&mut client, 5000).unwrap();
    assert_eq!(emit(&mut client, 1), Err(SendError::Full));
}

#[test]
fn a_full_session_buffer_refuses_by_count_and_by_bytes() {
    for (limits, taken) in [
        (SessionLimits::default().with_max_buffered_messages(10), 10),
        (SessionLimits::default().with_max_buffered_bytes(2000), 9),
    ] {
        let mut client = engine_with(Direction::Client, Config::default(), limits);
        client.detach();
        let count = (0..100)
            .take_while(|_| emit(&mut client, 100).is_ok())
            .count();
        assert_eq!(count, taken);
        assert_eq!(client.session().buffered_count(), taken);
        assert_eq!(emit(&mut client, 100), Err(SendError::Full));
        assert!(!client.has_room(100));
    }
}

#[test]
fn what_waits_for_the_transport_is_bounded_for_our_own_messages() {
    let config = Config::default().with_max_outgoing_bytes(1000);
    let mut client = engine(Direction::Client, config);
    while emit(&mut client, 100).is_ok() {}
    assert!(events(&mut client).is_empty());
    let written = client.poll_transmit().unwrap();
    assert!(
        !is_room(&events(&mut client)),
        "woken by the first of many messages"
    );
    sent(&mut client);
    assert!(is_room(&events(&mut client)));
    assert_eq!(emit(&mut client, written.len()), Ok(()));
}

#[test]
fn what_waited_for_a_lost_transport_makes_room() {
    let config = Config::default().with_max_outgoing_bytes(1000);
    let mut client = engine(Direction::Client, config);
    while emit(&mut client, 100).is_ok() {}
    client.detach();
    assert!(is_room(&events(&mut client)));
    assert_eq!(emit(&mut client, 100), Ok(()));
}

#[test]
fn a_peer_that_fakes_acknowledgements_cannot_make_outgoing_messages_pile_up() {
    for (messages, bytes) in [(0, 0), (1, 1), (256, 262_144)] {
        let config = Config::default()
            .with_max_outgoing_bytes(10_000)
            .with_ping_after(messages, bytes);
        let mut server = engine(Direction::Server, config);
        for _ in 0..10_000 {
            // It reads nothing, but says that it has everything.
            let _ = emit(&mut server, 50);
            receive(&mut server, "{pong:[9007199254740992]}").unwrap();
        }
        let waiting: usize = sent(&mut server).iter().map(String::len).sum();
        assert!(waiting < 12_000, "{waiting} bytes wait");
    }
}

#[test]
fn heartbeats_do_not_pile_up_for_a_peer_that_reads_nothing_and_fakes_pongs() {
    let mut now = Instant::now();
    let config = Config::default().with_max_outgoing_bytes(100);
    let mut server = engine(Direction::Server, config);
    server.set_heartbeat(now, Some(Heartbeat::every(Duration::from_secs(1))));
    for _ in 0..1000 {
        now += Duration::from_secs(1);
        server.handle_timeout(now);
        receive(&mut server, "{pong:[9007199254740992]}").unwrap();
    }
    assert!(events(&mut server).is_empty());
    assert!(sent(&mut server).len() < 20);
}

#[test]
fn answers_that_are_not_read_stop_the_reading() {
    let config = Config::default().with_max_answer_bytes(1000);
    let mut server = engine(Direction::Server, config);
    let mut handled = 0;
    while server.wants_input() {
        receive(&mut server, "{ping:[1]}").unwrap();
        handled += 1;
    }
    // A place in the queue takes more than the pong.
    assert_eq!(handled, 1000 / ("{pong:[1]}".len() + 48) + 1);
    server.poll_transmit().unwrap();
    assert!(server.wants_input());
    sent(&mut server);
    assert!(server.callback_ok(1, &format!("['{}']", "x".repeat(2000))));
    assert!(!server.wants_input());
    server.detach();
    assert!(
        server.wants_input(),
        "answers for a lost transport are dropped"
    );
}

#[test]
fn our_own_messages_do_not_stop_the_reading() {
    let config = Config::default().with_max_answer_bytes(1000);
    let mut client = engine(Direction::Client, config);
    emit(&mut client, 10_000).unwrap();
    assert!(client.wants_input());
}

#[test]
fn a_resume_that_acknowledges_nothing_adds_nothing() {
    let config = Config::default().with_ping_after(4, 1 << 20);
    let mut server = engine(Direction::Server, config);
    for _ in 0..10 {
        emit(&mut server, 1).unwrap();
    }
    let count = server.session().buffered_count();
    for _ in 0..1000 {
        server.detach();
        server.resume_as_server(Instant::now(), 0);
    }
    assert_eq!(server.session().buffered_count(), count);
    assert_eq!(sent(&mut server).len(), 1 + count);
}

#[test]
fn calls_made_again_find_room_even_in_a_full_buffer() {
    let limits = SessionLimits::default().with_max_buffered_messages(2);
    let mut client = engine_with(Direction::Client, Config::default(), limits);
    client
        .call(Instant::now(), "i", "m", "[1]", 1, true)
        .unwrap();
    client.detach();
    emit(&mut client, 1).unwrap();
    assert_eq!(emit(&mut client, 1), Err(SendError::Full));
    client.resume_as_client(Instant::now(), 1);
    // The acknowledged call has left its place, which those who wait for room do not get before it.
    assert_eq!(emit(&mut client, 1), Err(SendError::Full));
    let out = sent(&mut client);
    assert_eq!(
        out[..2],
        ["{event:[2,'i'],e:['x']}", "{call:[3,'i'],m:[1]}"]
    );
}
