//! Ids on both sides (`PROTOCOL.md` §3).

use super::pair::{Client, Pair, Seen, Server};
use super::{engine, receive, sent};
use crate::Config;
use jstp_session::Direction;

#[test]
fn a_client_counts_up_and_a_server_down() {
    let mut pair = Pair::connected();
    pair.sent(Server);
    for side in [Client, Server] {
        pair.call(side, "m", 0);
        pair.emit(side, "e");
        let now = pair.now;
        pair.engine(side).inspect(now, "i", 0).unwrap();
        pair.engine(side).ping(0).unwrap();
        pair.run();
    }
    assert_eq!(
        pair.sent(Client)[..4],
        [
            "{call:[1,'i'],m:[1,2]}",
            "{event:[2,'i'],e:[]}",
            "{inspect:[3,'i']}",
            "{ping:[4]}"
        ]
    );
    let of_server = pair.sent(Server);
    assert_eq!(of_server[0], "{pong:[4]}");
    assert_eq!(
        of_server[1..],
        [
            "{call:[-1,'i'],m:[1,2]}",
            "{event:[-2,'i'],e:[]}",
            "{inspect:[-3,'i']}",
            "{ping:[-4]}"
        ]
    );
}

#[test]
fn answers_take_no_numbers() {
    let mut server = engine(Direction::Server, Config::default());
    receive(&mut server, "{call:[1,'i'],m:[]}").unwrap();
    receive(&mut server, "{ping:[2]}").unwrap();
    assert!(server.callback_ok(1, "[]"));
    assert_eq!(server.session().last_sent(), 0);
    assert_eq!(sent(&mut server), ["{pong:[2]}", "{callback:[1],ok:[]}"]);
}

#[test]
fn numbering_goes_on_over_several_resumes() {
    let mut pair = Pair::connected();
    for round in 1..=5_i64 {
        for side in [Client, Server] {
            pair.emit(side, "attached");
        }
        pair.run();
        pair.cut();
        for side in [Client, Server] {
            pair.emit(side, "detached");
        }
        pair.resume();
        for (side, sign) in [(Client, -1), (Server, 1)] {
            let ids: Vec<i64> = pair
                .seen(side)
                .into_iter()
                .filter_map(|seen| match seen {
                    Seen::Event { id, .. } => Some(id),
                    _ => None,
                })
                .collect();
            assert_eq!(ids, [sign * (2 * round - 1), sign * 2 * round]);
        }
    }
}

#[test]
fn the_ids_of_a_refused_message_are_used_again() {
    let mut client = engine(
        Direction::Client,
        Config::default().with_max_message_size(40),
    );
    let now = std::time::Instant::now();
    client
        .emit(now, "i", "e", &format!("['{}']", "x".repeat(40)))
        .unwrap_err();
    client.emit(now, "i", "e", "[]").unwrap();
    assert_eq!(sent(&mut client), ["{event:[1,'i'],e:[]}"]);
}

#[test]
fn names_that_would_hide_the_kind_are_refused() {
    let mut client = engine(Direction::Client, Config::default());
    let now = std::time::Instant::now();
    for name in ["call", ""] {
        client.call(now, "i", name, "[]", 0, false).unwrap_err();
    }
    for name in ["event", ""] {
        client.emit(now, "i", name, "[]").unwrap_err();
    }
    client.call(now, "i", "event", "[]", 0, false).unwrap();
    client.emit(now, "i", "call", "[]").unwrap();
    assert_eq!(
        sent(&mut client),
        ["{call:[1,'i'],event:[]}", "{event:[2,'i'],call:[]}"]
    );
    assert_eq!(client.calls_under_way(), 1);
}
