//! Cuts and resumes (`PROTOCOL.md` §4).

use std::time::Instant;

use jstp_session::Direction;

use super::pair::{Client, Pair, Seen, Server};
use super::{engine, events, receive, sent, session};
use crate::{CallKind, Config, Engine, Event, Incoming, SendError, Status};

fn event(id: i64, name: &str) -> Seen {
    Seen::Event {
        id,
        name: name.to_owned(),
        args: "[]".to_owned(),
    }
}

fn call(id: i64, method: &str) -> Seen {
    Seen::Call {
        id,
        method: method.to_owned(),
        args: "[1,2]".to_owned(),
    }
}

#[test]
fn events_emitted_while_detached_go_out_on_resume_after_its_answer() {
    let mut pair = Pair::connected();
    pair.emit(Client, "one");
    pair.run();
    pair.cut();
    pair.emit(Client, "two");
    pair.emit(Server, "away");
    pair.sent(Server);
    pair.resume();
    assert_eq!(pair.seen(Server), [event(1, "one"), event(2, "two")]);
    assert_eq!(pair.seen(Client), [event(-1, "away")]);
    assert_eq!(
        pair.sent(Server),
        ["{handshake:[0],ok:1}", "{event:[-1,'i'],away:[]}"]
    );
}

#[test]
fn calls_made_before_the_resume_is_answered_wait_for_it() {
    let mut pair = Pair::connected();
    pair.call(Client, "old", 1);
    pair.run();
    pair.cut();
    pair.sent(Client);
    pair.reconnect();
    assert_eq!(pair.call(Client, "new", 2), 2);
    assert_eq!(pair.engine(Client).poll_transmit(), None);
    pair.run();
    assert_eq!(pair.sent(Client), ["{call:[2,'i'],new:[1,2]}"]);
    assert_eq!(pair.seen(Server), [call(1, "old"), call(2, "new")]);
}

#[test]
fn what_was_lost_is_resent_in_order_before_anything_new() {
    let mut pair = Pair::connected();
    for name in ["a", "b", "c"] {
        pair.emit(Server, name);
    }
    let first = "{event:[-1,'i'],a:[]}".len() + 1;
    pair.cut_after(first, 0);
    pair.emit(Server, "d");
    pair.resume();
    let names = ["a", "b", "c", "d"];
    let expected: Vec<_> = (1..)
        .zip(names)
        .map(|(id, name)| event(-id, name))
        .collect();
    assert_eq!(pair.seen(Client), expected);
}

#[test]
fn wherever_the_stream_is_cut_everything_arrives_once() {
    let script = |pair: &mut Pair| {
        for side in [Client, Server] {
            pair.emit(side, "first");
            pair.call(side, "method", 1);
            pair.emit(side, "last");
        }
    };
    let mut uncut = Pair::connected();
    script(&mut uncut);
    let (to_client, to_server) = (uncut.in_flight(Client), uncut.in_flight(Server));
    for cut in 0..=to_client.max(to_server) {
        let mut pair = Pair::connected();
        script(&mut pair);
        pair.cut_after(cut, cut);
        pair.resume();
        for (side, sign) in [(Client, -1), (Server, 1)] {
            let expected = [
                event(sign, "first"),
                call(sign * 2, "method"),
                event(sign * 3, "last"),
            ];
            let lost = Seen::Lost(1, CallKind::Call);
            let seen: Vec<_> = pair
                .seen(side)
                .into_iter()
                .filter(|seen| *seen != lost)
                .collect();
            assert_eq!(seen, expected, "{side:?}, cut after {cut} bytes");
        }
    }
}

#[test]
fn a_cut_within_the_handshake_of_a_resume_loses_nothing() {
    for answered in [false, true] {
        let mut pair = Pair::connected();
        pair.emit(Server, "one");
        pair.emit(Client, "two");
        pair.cut();
        pair.reconnect();
        pair.step(Server, usize::from(answered));
        pair.cut();
        pair.resume();
        assert_eq!(pair.seen(Client), [event(-1, "one")]);
        assert_eq!(pair.seen(Server), [event(1, "two")]);
    }
}

#[test]
fn a_call_whose_callback_is_lost_ends_so_and_a_late_answer_is_rejected() {
    let mut pair = Pair::connected();
    pair.call(Client, "slow", 1);
    pair.run();
    pair.cut();
    assert_eq!(pair.seen(Client), []);
    pair.resume();
    assert_eq!(pair.seen(Client), [Seen::Lost(1, CallKind::Call)]);
    assert!(pair.engine(Server).callback_ok(1, "[]"));
    pair.run();
    assert_eq!(pair.seen(Client), [Seen::Rejected]);
}

#[test]
fn a_lost_call_ends_although_a_later_callback_had_come_first() {
    let mut pair = Pair::connected();
    pair.call(Client, "slow", 1);
    pair.call(Client, "fast", 2);
    pair.run();
    pair.engine(Server).callback_ok(2, "[]");
    pair.run();
    pair.cut();
    pair.seen(Client);
    pair.resume();
    assert_eq!(pair.seen(Client), [Seen::Lost(1, CallKind::Call)]);
}

#[test]
fn calls_that_had_not_arrived_go_on_after_a_resume() {
    let mut pair = Pair::connected();
    pair.call(Client, "m", 1);
    pair.cut();
    pair.resume();
    pair.engine(Server).callback_ok(1, "[3]");
    pair.run();
    assert_eq!(pair.seen(Client), [Seen::Answer(1, Ok("[3]".to_owned()))]);
}

#[test]
fn lost_inspections_and_pings_end_too() {
    let mut pair = Pair::connected();
    let now = pair.now;
    pair.engine(Client).inspect(now, "i", 1).unwrap();
    pair.engine(Client).ping(2).unwrap();
    pair.step(Server, 2);
    pair.cut();
    pair.resume();
    let lost = [
        Seen::Lost(1, CallKind::Inspect),
        Seen::Lost(2, CallKind::Ping),
    ];
    assert_eq!(pair.seen(Client), lost);
}

#[test]
fn a_call_marked_so_is_made_again_with_its_arguments_after_the_buffer() {
    let mut pair = Pair::connected();
    pair.call_with_resend(Client, "add", 1);
    pair.run();
    pair.cut();
    pair.emit(Client, "meanwhile");
    pair.seen(Server);
    pair.resume();
    assert_eq!(pair.seen(Client), [Seen::Resent(1, 3)]);
    assert_eq!(pair.seen(Server), [event(2, "meanwhile"), call(3, "add")]);
    // The same again: the new call can be lost and made again as well.
    pair.cut();
    pair.resume();
    assert_eq!(pair.seen(Client), [Seen::Resent(1, 4)]);
    pair.engine(Server).callback_ok(1, "['late']");
    pair.engine(Server).callback_ok(4, "[3]");
    pair.run();
    assert_eq!(
        pair.seen(Client),
        [Seen::Rejected, Seen::Answer(1, Ok("[3]".to_owned()))]
    );
}

#[test]
fn answers_given_while_detached_are_dropped() {
    let mut pair = Pair::connected();
    pair.call(Client, "m", 1);
    pair.run();
    pair.cut();
    assert!(!pair.engine(Server).callback_ok(1, "[]"));
    pair.sent(Server);
    pair.resume();
    assert_eq!(pair.sent(Server), ["{handshake:[0],ok:1}"]);
}

#[test]
fn a_resume_takes_over_from_a_transport_that_seems_alive() {
    let mut pair = Pair::connected();
    pair.call(Client, "m", 1);
    pair.run();
    pair.engine(Server)
        .callback_ok(1, "['for the old transport']");
    pair.reconnect();
    pair.run();
    assert_eq!(pair.seen(Client), [Seen::Lost(1, CallKind::Call)]);
    pair.call(Client, "m", 2);
    pair.run();
    pair.engine(Server).callback_ok(2, "[]");
    pair.run();
    assert_eq!(pair.seen(Client), [Seen::Answer(2, Ok("[]".to_owned()))]);
}

#[test]
fn nothing_of_a_transport_that_was_taken_over_from_is_written_to_the_new_one() {
    let mut server = engine(Direction::Server, Config::default());
    receive(&mut server, "{call:[1,'i'],m:[]}").unwrap();
    server.callback_ok(1, "[]");
    server.emit(Instant::now(), "i", "e", "[]").unwrap();
    server.resume_as_server(Instant::now(), 0);
    assert_eq!(
        sent(&mut server),
        ["{handshake:[0],ok:1}", "{event:[-1,'i'],e:[]}"]
    );
}

#[test]
fn counts_that_the_peer_claims_are_cut() {
    for claimed in [1_000_000_000, u64::MAX] {
        let mut server = engine(Direction::Server, Config::default());
        for _ in 0..3 {
            server.emit(Instant::now(), "i", "e", "[]").unwrap();
        }
        server.detach();
        server.resume_as_server(Instant::now(), claimed);
        assert_eq!(server.session().acknowledged(), 3);
        server.emit(Instant::now(), "i", "e", "[]").unwrap();
        assert_eq!(
            sent(&mut server),
            ["{handshake:[0],ok:0}", "{event:[-4,'i'],e:[]}"]
        );
        assert_eq!(server.session().buffered_count(), 1);
    }
}

#[test]
fn a_count_below_what_was_acknowledged_takes_nothing_back() {
    let mut client = engine(Direction::Client, Config::default());
    for token in 1..=3 {
        client
            .call(Instant::now(), "i", "m", "[]", token, false)
            .unwrap();
    }
    receive(&mut client, "{callback:[2],ok:[]}").unwrap();
    client.detach();
    sent(&mut client);
    client.resume_as_client(Instant::now(), 0);
    assert_eq!(sent(&mut client), ["{call:[3,'i'],m:[]}"]);
    assert_eq!(client.session().acknowledged(), 2);
    assert!(matches!(
        events(&mut client)[..],
        [Event::CallbackLost { token: 1, .. }]
    ));
}

#[test]
fn closing_ends_calls_and_refuses_new_ones_until_the_session_goes_on() {
    let mut client = engine(Direction::Client, Config::default());
    client
        .call(Instant::now(), "i", "m", "[]", 1, true)
        .unwrap();
    client.close();
    assert_eq!(client.status(), Status::Closed);
    assert!(matches!(
        events(&mut client)[..],
        [Event::CallClosed { token: 1 }]
    ));
    let refused = client.call(Instant::now(), "i", "m", "[]", 2, false);
    assert_eq!(refused, Err(SendError::Closed));
    client.detach();
    assert_eq!(client.status(), Status::Closed);
    // What had been accepted is in the session still.
    client.resume_as_client(Instant::now(), 0);
    assert_eq!(sent(&mut client), ["{call:[1,'i'],m:[]}"]);
    let late = receive(&mut client, "{callback:[1],ok:[]}").unwrap();
    assert!(matches!(late, Incoming::Rejected(_)));
}

#[test]
fn a_session_restored_from_its_text_goes_on_where_it_stopped() {
    let mut server = engine(Direction::Server, Config::default());
    receive(&mut server, "{event:[4,'i'],e:[]}").unwrap();
    server.emit(Instant::now(), "i", "e", "[]").unwrap();
    let text = server.session().to_string();
    let restored = jstp_session::Session::from_string(&text).unwrap();
    let mut server: Engine<u32> = Engine::new(
        restored.with_direction(Direction::Server),
        Config::default(),
    );
    server.resume_as_server(Instant::now(), 0);
    server.emit(Instant::now(), "i", "f", "[]").unwrap();
    assert_eq!(
        sent(&mut server),
        [
            "{handshake:[0],ok:4}",
            "{event:[-1,'i'],e:[]}",
            "{event:[-2,'i'],f:[]}"
        ]
    );
}

#[test]
fn a_fresh_session_after_a_refused_resume_starts_over() {
    let mut client = engine(Direction::Client, Config::default());
    client
        .call(Instant::now(), "i", "m", "[]", 1, true)
        .unwrap();
    client.detach();
    client.restart(session(Direction::Client));
    assert!(matches!(
        events(&mut client)[..],
        [Event::CallClosed { token: 1 }]
    ));
    client.emit(Instant::now(), "i", "e", "[]").unwrap();
    client.attach(Instant::now());
    assert_eq!(sent(&mut client), ["{event:[1,'i'],e:[]}"]);
}

#[test]
fn a_fresh_session_collects_acknowledgements_of_its_own() {
    let config = Config::default().with_ping_after(2, usize::MAX);
    let mut client = engine(Direction::Client, config);
    let emit_two = |client: &mut Engine<u32>| {
        for _ in 0..2 {
            client.emit(Instant::now(), "i", "e", "[]").unwrap();
        }
        sent(client).pop()
    };
    assert_eq!(emit_two(&mut client).as_deref(), Some("{ping:[3]}"));
    client.detach();
    client.restart(session(Direction::Client));
    client.attach(Instant::now());
    assert_eq!(emit_two(&mut client).as_deref(), Some("{ping:[3]}"));
}
