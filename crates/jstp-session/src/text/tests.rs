mod vectors;

use bytes::Bytes;
use jstp_wire::{Object, Value};

use crate::{Direction, Error, Session, SessionId};

fn session() -> Session {
    Session::new(SessionId::from("s"), Direction::Server)
}

fn with_storage(storage: &str) -> String {
    let before = r#"{"id":"s","username":null,"guaranteedDeliveredCount":0,"buffer":[],"#;
    let after = r#""receivedCount":0,"latestBufferedMessageId":0,"storage":["#;
    format!("{before}{after}{storage}]}}")
}

fn read(storage: &str) -> Session {
    Session::from_string(&with_storage(storage)).unwrap()
}

fn state(session: &Session) -> Vec<(&str, &Value)> {
    session.iter().collect()
}

#[test]
fn a_session_without_extras_has_exactly_the_npm_text() {
    let mut session = session().with_username(Some("it's \"me\"".to_owned()));
    session.record_received(7);
    session
        .buffer(1, Bytes::from_static(b"{ping:[-1]}"))
        .unwrap();
    session
        .buffer(2, Bytes::from_static(b"{event:[-2,'a'],b:[]}"))
        .unwrap();
    session.acknowledge(1);
    session.set("key", 1.5);
    assert_eq!(
        session.to_string(),
        r#"{"id":"s","username":"it's \"me\"","guaranteedDeliveredCount":1,"#.to_owned()
            + r#""buffer":[[2,"{event:[-2,'a'],b:[]}"]],"receivedCount":7,"#
            + r#""latestBufferedMessageId":-2,"storage":[["key",1.5]]}"#
    );
}

#[test]
fn the_application_is_kept_where_npm_peers_carry_it_along() {
    let session = session().with_application("app's");
    let text = with_storage(r#"["$jstp","{application:'app\\'s'}"]"#);
    assert_eq!(session.to_string(), text);
    let copy = Session::from_string(&text).unwrap();
    assert_eq!(copy.application(), Some("app's"));
    assert_eq!(copy.keys().count(), 0);
    assert_eq!(copy.to_string(), text);
}

#[test]
fn values_that_json_cannot_hold_survive() {
    let mut session = session();
    let holes = Value::Array(vec![Value::Undefined, Value::from(1), Value::Undefined]);
    session.set("a", Value::Undefined);
    session.set("b", f64::NAN);
    session.set("c", f64::NEG_INFINITY);
    session.set("d", -0.0);
    session.set("e", Value::Array(vec![holes]));
    session.set(
        "f",
        [("nan", f64::NAN), ("one", 1.0)]
            .into_iter()
            .collect::<Object>(),
    );
    session.set("g", 0);
    let text = session.to_string();
    let shown = r#"["a",null],["b",null],["c",null],["d",0],["e",[[null,1,null]]],"#.to_owned()
        + r#"["f",{"nan":null,"one":1}],["g",0],["$jstp","{values:[['a',,],['b',NaN],"#
        + r#"['c',-Infinity],['d',-0],['e',[[,1,,]]],['f',{nan:NaN,one:1}]]}"]"#;
    assert_eq!(text, with_storage(&shown));
    let copy = Session::from_string(&text).unwrap();
    assert_eq!(state(&copy), state(&session));
}

#[test]
fn undefined_members_count_as_absent() {
    let mut session = session();
    let members = [("a", Value::Undefined), ("b", Value::from(1))];
    session.set("k", members.into_iter().collect::<Object>());
    assert_eq!(session.to_string(), with_storage(r#"["k",{"b":1}]"#));
}

#[test]
fn a_value_that_was_changed_elsewhere_is_not_overruled() {
    let session =
        read(r#"["a",5],["b",null],["$jstp","{values:[['a',NaN],['b',NaN],['c',NaN]]}"]"#);
    let expected = [("a", &Value::from(5)), ("b", &Value::from(f64::NAN))];
    assert_eq!(state(&session), expected);
}

#[test]
fn an_application_may_use_the_reserved_key_itself() {
    for value in [
        Value::from(1),
        Value::from("{application:'x'}"),
        Value::Undefined,
    ] {
        let mut session = session().with_application("app");
        session.set("$jstp", value.clone());
        session.set("other", true);
        let copy = Session::from_string(&session.to_string()).unwrap();
        assert_eq!(copy.application(), Some("app"));
        assert_eq!(copy.get("$jstp"), Some(&value));
        assert_eq!(copy.keys().count(), 2);
    }
    for foreign in [
        "1",
        "\"no object\"",
        "\"{else:1}\"",
        "\"{values:[1]}\"",
        "{\"values\":[]}",
    ] {
        let session = read(&format!("[\"$jstp\",{foreign}]"));
        assert!(session.get("$jstp").is_some(), "{foreign}");
        let copy = Session::from_string(&session.to_string()).unwrap();
        assert_eq!(state(&copy), state(&session), "{foreign}");
    }
}

#[test]
fn keys_that_are_no_texts_are_passed_on() {
    let storage = r#"[1,"one"],["1","text"],[{"a":[]},2],[{"a":[]},3],[null,null]"#;
    let mut session = read(&format!(r#"[1,"replaced"],{storage},[1,"one"]"#));
    assert_eq!(state(&session), [("1", &Value::from("text"))]);
    assert_eq!(session.to_string(), with_storage(storage));
    session.remove("1");
    session.set("z", false);
    let changed = r#"[1,"one"],[{"a":[]},2],[{"a":[]},3],[null,null],["z",false]"#;
    assert_eq!(session.to_string(), with_storage(changed));
}

#[test]
fn members_named_like_those_at_the_top_are_ordinary_ones() {
    let storage = r#"["storage",{"buffer":5,"connection":{"storage":[1]}}],["id",""]"#;
    let session = read(storage);
    assert_eq!(
        session.get("storage").unwrap()["connection"]["storage"][0],
        Value::from(1)
    );
    assert_eq!(session.to_string(), with_storage(storage));
}

#[test]
fn deeply_nested_values_survive() {
    let mut session = session();
    let nested = format!("{}NaN{}", "[".repeat(128), "]".repeat(128));
    session.set("deep", jstp_wire::from_str::<Value>(&nested).unwrap());
    let copy = Session::from_string(&session.to_string()).unwrap();
    assert_eq!(state(&copy), state(&session));
    let cut = |depth| {
        let mut session = self::session();
        let innermost = Value::from(f64::NAN);
        let nested = (0..depth).fold(innermost, |inner, _| Value::Array(vec![inner]));
        session.set("deep", nested);
        (Session::from_string(&session.to_string()).unwrap(), session)
    };
    let (copy, deep) = cut(248);
    assert_eq!(state(&copy), state(&deep));
    let (copy, _) = cut(2_000);
    let text = format!("{}null{}", "[".repeat(248), "]".repeat(248));
    assert_eq!(
        copy.to_string(),
        with_storage(&format!("[\"deep\",{text}]"))
    );
    let endless = with_storage(&format!("[\"k\",{}", "[".repeat(100_000)));
    assert!(matches!(
        Session::from_string(&endless),
        Err(Error::Syntax(_))
    ));
}

#[test]
fn ids_go_on_from_the_highest_that_is_known() {
    let text = |buffer: &str, acknowledged: i64, last: i64| {
        format!(
            "{{\"id\":\"s\",\"guaranteedDeliveredCount\":{acknowledged},\"buffer\":[{buffer}],\
             \"receivedCount\":null,\"latestBufferedMessageId\":{last},\"storage\":[]}}"
        )
    };
    let backwards = r#"[5,"{ping:[-5]}"],[3,"{ping:[-3]}"],[4,"{ping:[-4]}"]"#;
    for (buffer, acknowledged, last, next) in [
        ("", 0, 0, 1),
        ("", 3, 0, 4),
        ("", 3, -7, 8),
        (backwards, 2, -4, 6),
        ("", -5, 0, 1),
    ] {
        let session = Session::from_string(&text(buffer, acknowledged, last)).unwrap();
        assert_eq!(session.next_id(), next, "{buffer} {acknowledged} {last}");
        assert_eq!(session.received(), 0);
    }
    let mut session = Session::from_string(&text(backwards, 2, -4)).unwrap();
    assert_eq!(
        session.unacknowledged().collect::<Vec<_>>(),
        ["{ping:[-5]}", "{ping:[-3]}", "{ping:[-4]}"]
    );
    session
        .buffer(6, Bytes::from_static(b"{ping:[-6]}"))
        .unwrap();
    assert!(
        session
            .to_string()
            .contains("\"latestBufferedMessageId\":-6")
    );
}

#[test]
fn message_zero_of_a_peer_that_numbered_backwards_is_sent_again() {
    let text = with_storage("").replace("\"buffer\":[]", "\"buffer\":[[1,\"a\"],[0,\"b\"]]");
    let mut session = Session::from_string(&text).unwrap();
    assert_eq!(session.acknowledge(0), 0);
    assert_eq!(session.acknowledge(1), 2);
}

#[test]
fn the_side_follows_from_the_sign_of_the_ids() {
    for (last, buffer, direction) in [
        ("0", "", Direction::Server),
        ("-2", "", Direction::Server),
        ("2", "", Direction::Client),
        (
            "1",
            "[1,\"{ping:[1]}\"],[2,\"{ping:[-2]}\"]",
            Direction::Server,
        ),
        ("0", "[1,\"{event:[1,'a'],b:[-1]}\"]", Direction::Client),
        ("3", "[3,\"not a message\"]", Direction::Client),
    ] {
        let text = with_storage("")
            .replace("MessageId\":0", &format!("MessageId\":{last}"))
            .replace("\"buffer\":[]", &format!("\"buffer\":[{buffer}]"));
        let session = Session::from_string(&text).unwrap();
        assert_eq!(session.direction(), direction, "{text}");
        assert_eq!(session.to_string(), text);
    }
    let mut client = read("").with_direction(Direction::Client);
    client.buffer(1, Bytes::from_static(b"{ping:[1]}")).unwrap();
    assert!(
        client
            .to_string()
            .contains("\"latestBufferedMessageId\":1,")
    );
}

#[test]
fn texts_that_are_no_sessions_are_refused() {
    for text in ["", "{", "{\"id\":\"s\"} x", "\u{0}"] {
        assert!(
            matches!(Session::from_string(text), Err(Error::Syntax(_))),
            "{text:?}"
        );
    }
    for text in ["null", "[]", "\"id\""] {
        assert!(
            matches!(Session::from_string(text), Err(Error::NotAnObject)),
            "{text:?}"
        );
    }
    let good = with_storage("");
    for (part, wrong, member) in [
        ("\"id\":\"s\"", "\"id\":null", "id"),
        ("\"id\":\"s\",", "", "id"),
        ("\"username\":null", "\"username\":{}", "username"),
        ("Count\":0", "Count\":\"1\"", "guaranteedDeliveredCount"),
        ("\"buffer\":[]", "\"buffer\":{}", "buffer"),
        ("\"buffer\":[]", "\"buffer\":[[\"1\",\"\"]]", "buffer"),
        ("\"buffer\":[]", "\"buffer\":[[1]]", "buffer"),
        ("\"buffer\":[]", "\"buffer\":[1]", "buffer"),
        ("MessageId\":0", "MessageId\":[]", "latestBufferedMessageId"),
        ("\"storage\":[]", "\"storage\":[[]]", "storage"),
        ("\"storage\":[]", "\"storage\":null", "storage"),
    ] {
        let text = good.replacen(part, wrong, 1);
        match Session::from_string(&text) {
            Err(Error::Member { member: found, .. }) => assert_eq!(found, member, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn counts_that_no_id_can_have_are_cut() {
    let text = with_storage("")
        .replace("receivedCount\":0", "receivedCount\":1e300")
        .replace("MessageId\":0", "MessageId\":-1e300");
    let session = Session::from_string(&text).unwrap();
    assert_eq!(session.received(), 1 << 53);
    assert_eq!(session.next_id(), (1 << 53) + 1);
}
