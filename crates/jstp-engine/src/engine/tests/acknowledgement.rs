//! What counts as received, and what an answer acknowledges (`PROTOCOL.md` §4).

use std::time::Instant;

use jstp_session::{Direction, SessionLimits};

use super::{engine, engine_with, events, is_flushed, receive, sent};
use crate::{CallKind, Config, Engine, Event, Incoming, IncomingRejection, SharedEvent};

/// An attached client that has sent so many calls, with their ids as tokens.
fn client_with_calls(count: u32) -> Engine<u32> {
    let mut client = engine(Direction::Client, Config::default());
    for token in 1..=count {
        client
            .call(Instant::now(), "i", "m", "[]", token, false)
            .unwrap();
    }
    sent(&mut client);
    client
}

fn is_unknown_call(incoming: &Incoming<'_, u32>) -> bool {
    matches!(
        incoming,
        Incoming::Rejected(IncomingRejection::UnknownCall { .. })
    )
}

#[test]
fn a_callback_acknowledges_everything_before_it() {
    let mut client = client_with_calls(5);
    let answer = receive(&mut client, "{callback:[3],ok:[7]}").unwrap();
    assert!(matches!(
        answer,
        Incoming::Callback {
            token: 3,
            outcome: Ok(_)
        }
    ));
    assert_eq!(client.session().acknowledged(), 3);
    assert_eq!(client.session().buffered_count(), 2);
    assert_eq!(client.calls_under_way(), 4);
}

#[test]
fn acknowledgements_never_go_backwards() {
    let mut client = client_with_calls(5);
    receive(&mut client, "{callback:[4],ok:[]}").unwrap();
    let late = receive(&mut client, "{callback:[1],ok:[]}").unwrap();
    assert!(matches!(late, Incoming::Callback { token: 1, .. }));
    receive(&mut client, "{pong:[2]}").unwrap();
    receive(&mut client, "{pong:[0]}").unwrap();
    assert_eq!(client.session().acknowledged(), 4);
    assert_eq!(client.session().buffered_count(), 1);
}

#[test]
fn what_was_received_never_goes_backwards() {
    let mut server = engine(Direction::Server, Config::default());
    for message in [
        "{call:[7,'i'],m:[]}",
        "{call:[3,'i'],m:[]}",
        "{event:[-5,'i'],e:[]}",
    ] {
        let incoming = receive(&mut server, message).unwrap();
        assert!(
            matches!(incoming, Incoming::Call(_) | Incoming::Event(_)),
            "{message}"
        );
        assert_eq!(server.session().received(), 7);
    }
}

#[test]
fn claims_of_more_than_was_sent_are_cut() {
    for claim in [
        "{pong:[1e9]}",
        "{pong:[9007199254740992]}",
        "{callback:[-9007199254740991],ok:[]}",
    ] {
        let mut client = client_with_calls(3);
        receive(&mut client, claim).unwrap();
        assert_eq!(client.session().acknowledged(), 3, "{claim}");
        assert_eq!(client.session().buffered_count(), 0);
        client
            .call(Instant::now(), "i", "m", "[]", 4, false)
            .unwrap();
        assert_eq!(sent(&mut client), ["{call:[4,'i'],m:[]}"]);
        assert_eq!(
            client.session().buffered_count(),
            1,
            "{claim} acknowledges nothing later"
        );
    }
}

#[test]
fn ids_that_are_no_integers_are_rejected_and_change_nothing() {
    let mut client = client_with_calls(1);
    receive(&mut client, "{event:[-4,'i'],e:[]}").unwrap();
    for message in [
        "{pong:[Infinity]}",
        "{pong:[NaN]}",
        "{callback:['1'],ok:[]}",
        "{callback:[1.5],ok:[]}",
        "{event:['x','i'],e:[]}",
        "{call:[1e300,'i'],m:[]}",
        "{ping:[]}",
    ] {
        let incoming = receive(&mut client, message).unwrap();
        assert!(matches!(incoming, Incoming::Rejected(_)), "{message}");
    }
    assert_eq!(client.session().received(), 4);
    assert_eq!(client.session().acknowledged(), 0);
    assert_eq!(sent(&mut client), <[String; 0]>::default());
}

#[test]
fn rejected_events_count_as_received() {
    let mut server = engine(Direction::Server, Config::default());
    let incoming = receive(&mut server, "{event:[3,'i'],e:5}").unwrap();
    assert!(matches!(incoming, Incoming::Rejected(_)));
    assert_eq!(server.session().received(), 3);
}

#[test]
fn messages_of_unknown_kinds_do_not_count_as_received() {
    let mut server = engine(Direction::Server, Config::default());
    let incoming = receive(&mut server, "{state:[3,'i'],e:[]}").unwrap();
    assert!(matches!(incoming, Incoming::Rejected(_)));
    assert_eq!(server.session().received(), 0);
}

#[test]
fn old_heartbeats_are_ignored() {
    let mut server = engine(Direction::Server, Config::default());
    assert!(matches!(
        receive(&mut server, "{}").unwrap(),
        Incoming::Nothing
    ));
    assert!(is_flushed(&server));
}

#[test]
fn a_callback_ends_its_call_only_once() {
    let mut client = client_with_calls(1);
    receive(&mut client, "{callback:[1],ok:[]}").unwrap();
    assert!(is_unknown_call(
        &receive(&mut client, "{callback:[1],ok:[]}").unwrap()
    ));
}

#[test]
fn a_malformed_callback_is_rejected_and_still_ends_its_call() {
    for message in [
        "{callback:[1]}",
        "{callback:[1],ok:5}",
        "{callback:[1],error:[]}",
    ] {
        let mut client = client_with_calls(2);
        let incoming = receive(&mut client, message).unwrap();
        assert!(
            matches!(
                incoming,
                Incoming::Rejected(IncomingRejection::Malformed(_))
            ),
            "{message}"
        );
        let ended = events(&mut client);
        assert!(
            matches!(
                ended[..],
                [Event::CallbackLost {
                    token: 1,
                    kind: CallKind::Call
                }]
            ),
            "{message}: {ended:?}"
        );
        assert_eq!(client.session().acknowledged(), 1);
        assert!(is_unknown_call(
            &receive(&mut client, "{callback:[1],ok:[]}").unwrap()
        ));
    }
}

#[test]
fn a_forgotten_call_stays_numbered_and_its_answer_is_rejected() {
    let mut client = client_with_calls(1);
    assert!(!client.forget_call(1, |_| false));
    assert!(client.forget_call(1, |_| true));
    assert!(!client.forget_call(1, |_| true));
    assert_eq!(client.session().buffered_count(), 1);
    assert!(is_unknown_call(
        &receive(&mut client, "{callback:[1],ok:[]}").unwrap()
    ));
    assert_eq!(client.session().buffered_count(), 0);
}

#[test]
fn an_answer_with_the_other_sides_sign_belongs_to_no_call() {
    let mut client = client_with_calls(2);
    assert!(is_unknown_call(
        &receive(&mut client, "{callback:[-1],ok:[]}").unwrap()
    ));
    assert_eq!(client.calls_under_way(), 2);
    // Only the absolute value counts for what has arrived.
    assert_eq!(client.session().acknowledged(), 1);

    let mut server = engine(Direction::Server, Config::default());
    server
        .call(Instant::now(), "i", "m", "[]", 1, false)
        .unwrap();
    assert!(is_unknown_call(
        &receive(&mut server, "{callback:[1],ok:[]}").unwrap()
    ));
    let answer = receive(&mut server, "{callback:[-1],ok:[]}").unwrap();
    assert!(matches!(answer, Incoming::Callback { token: 1, .. }));
}

#[test]
fn pongs_end_pings_and_callbacks_end_calls() {
    let mut client = engine(Direction::Client, Config::default());
    client
        .call(Instant::now(), "i", "m", "[]", 1, false)
        .unwrap();
    client.ping(2).unwrap();
    client.inspect(Instant::now(), "i", 3).unwrap();
    assert!(is_unknown_call(
        &receive(&mut client, "{callback:[2],ok:[]}").unwrap()
    ));
    assert!(matches!(
        receive(&mut client, "{pong:[1]}").unwrap(),
        Incoming::Nothing
    ));
    assert!(matches!(
        receive(&mut client, "{pong:[3]}").unwrap(),
        Incoming::Nothing
    ));
    assert_eq!(client.calls_under_way(), 3);

    let callback = |incoming| matches!(incoming, Incoming::Callback { token: 1 | 3, .. });
    assert!(callback(
        receive(&mut client, "{callback:[1],error:[14]}").unwrap()
    ));
    assert!(matches!(
        receive(&mut client, "{pong:[2]}").unwrap(),
        Incoming::Pong { token: 2 }
    ));
    assert!(callback(
        receive(&mut client, "{callback:[3],ok:['m']}").unwrap()
    ));
    assert_eq!(client.calls_under_way(), 0);
}

#[test]
fn a_second_handshake_is_a_violation_and_an_error_for_either_side() {
    for direction in [Direction::Client, Direction::Server] {
        for message in [
            "{handshake:[0,'app']}",
            "{handshake:[0],ok:'S1'}",
            "{handshake:null}",
        ] {
            let mut engine = engine(direction, Config::default());
            assert!(receive(&mut engine, message).is_err(), "{message}");
            assert!(is_flushed(&engine));
        }
    }
}

#[test]
fn each_quarter_of_a_buffer_that_fills_is_asked_for() {
    let limits = SessionLimits::default().with_max_buffered_bytes(40_000);
    let config = Config::default().with_ping_after(1000, 4000);
    let text = format!("['{}']", "x".repeat(900));
    let shared = SharedEvent::new("i", "e", &text);
    for one_by_one in [true, false] {
        let mut server = engine_with(Direction::Server, config.clone(), limits);
        let now = Instant::now();
        for _ in 0..30 {
            if one_by_one {
                server.emit(now, "i", "e", &text).unwrap();
            } else {
                server.queue_shared(now, &shared).unwrap();
            }
        }
        let messages = sent(&mut server);
        let pings = messages
            .iter()
            .filter(|message| message.starts_with("{ping:"));
        assert!((2..=4).contains(&pings.count()), "{one_by_one}");
        // A ping has to be among them, not behind them all.
        assert!(
            messages[..20]
                .iter()
                .any(|message| message.starts_with("{ping:"))
        );
    }
}
