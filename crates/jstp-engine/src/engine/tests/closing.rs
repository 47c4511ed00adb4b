//! Closing for good (`PROTOCOL.md` §4).

use std::time::Instant;

use jstp_session::{Direction, SessionLimits};

use super::{engine, engine_with, events, receive, sent};
use crate::{Config, Event, Incoming, SendError};

#[test]
fn what_was_sent_before_closing_is_still_written() {
    let mut server = engine(Direction::Server, Config::default());
    receive(&mut server, "{call:[1,'i'],m:[]}").unwrap();
    assert!(server.callback_ok(1, "[]"));
    server.emit(Instant::now(), "i", "e", "[]").unwrap();
    server.close();
    assert!(!server.callback_ok(1, "[]"));
    assert_eq!(
        sent(&mut server),
        ["{callback:[1],ok:[]}", "{event:[-1,'i'],e:[]}"]
    );
}

#[test]
fn calls_end_in_the_order_in_which_they_were_made_and_only_once() {
    let mut client = engine(Direction::Client, Config::default());
    for token in 1..=100 {
        client
            .call(Instant::now(), "i", "m", "[]", token, token % 2 == 0)
            .unwrap();
    }
    client.close();
    client.close();
    let ended: Vec<_> = events(&mut client)
        .into_iter()
        .map(|event| match event {
            Event::CallClosed { token } => token,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ended, (1..=100).collect::<Vec<_>>());
    assert_eq!(client.calls_under_way(), 0);
}

#[test]
fn those_who_wait_for_room_are_told_of_the_end() {
    let limits = SessionLimits::default().with_max_buffered_messages(1);
    let mut client = engine_with(Direction::Client, Config::default(), limits);
    client.emit(Instant::now(), "i", "e", "[]").unwrap();
    assert_eq!(
        client.emit(Instant::now(), "i", "e", "[]"),
        Err(SendError::Full)
    );
    client.close();
    assert!(super::is_room(&events(&mut client)));
    assert_eq!(
        client.emit(Instant::now(), "i", "e", "[]"),
        Err(SendError::Closed)
    );
}

#[test]
fn callbacks_of_a_closed_engine_find_no_call() {
    let mut client = engine(Direction::Client, Config::default());
    client
        .call(Instant::now(), "i", "m", "[]", 1, false)
        .unwrap();
    client.close();
    let late = receive(&mut client, "{callback:[1],ok:[]}").unwrap();
    assert!(matches!(late, Incoming::Rejected(_)));
    assert_eq!(client.session().acknowledged(), 1);
}
