use super::*;
use crate::Value;

fn written(write: impl FnOnce(&mut BytesMut)) -> String {
    let mut out = BytesMut::new();
    write(&mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

#[test]
fn handshake_requests_carry_the_version_and_the_strategy_if_there_are_any() {
    let request =
        |version, strategy| written(|out| handshake_request(out, "app", version, strategy));
    assert_eq!(request(None, None), "{handshake:[0,'app']}");
    assert_eq!(request(Some("^1.2"), None), "{handshake:[0,'app','^1.2']}");
    assert_eq!(
        request(None, Some(("session", "['S1',7]"))),
        "{handshake:[0,'app'],session:['S1',7]}"
    );
    assert_eq!(
        request(Some("~1.0"), Some(("my way", "[1]"))),
        "{handshake:[0,'app','~1.0'],'my way':[1]}"
    );
}

#[test]
fn handshake_responses_have_the_id_zero_unless_another_is_given() {
    assert_eq!(
        written(|out| handshake_session(out, "it's")),
        r"{handshake:[0],ok:'it\'s'}"
    );
    assert_eq!(
        written(|out| handshake_resumed(out, u64::MAX)),
        "{handshake:[0],ok:18446744073709551615}"
    );
    assert_eq!(
        written(|out| handshake_error(out, 0, &RemoteError::auth_failed())),
        "{handshake:[0],error:[11]}"
    );
    assert_eq!(
        written(|out| handshake_error(out, 1, &RemoteError::not_a_server())),
        "{handshake:[1],error:[15]}"
    );
}

#[test]
fn messages_with_a_verb_quote_it_only_where_it_is_no_plain_identifier() {
    assert_eq!(
        written(|out| call(out, 3, "calc", "add", "[1,2]")),
        "{call:[3,'calc'],add:[1,2]}"
    );
    for (name, key) in [
        ("$_a9", "$_a9"),
        ("9a", "'9a'"),
        ("", "''"),
        ("two words", "'two words'"),
        ("ключ", "'ключ'"),
        ("it's", r"'it\'s'"),
        ("7", "'7'"),
        ("null", "null"),
    ] {
        assert_eq!(
            written(|out| event(out, -3, "чат", name, "[]")),
            format!("{{event:[-3,'чат'],{key}:[]}}")
        );
    }
}

#[test]
fn strings_are_escaped_so_that_no_nul_and_no_line_separator_stands_raw() {
    assert_eq!(
        written(|out| inspect(out, 1, "a\0\u{2028}\u{2029}\"\\\n")),
        r#"{inspect:[1,'a\u0000\u2028\u2029\"\\\n']}"#
    );
}

#[test]
fn callbacks_carry_results_or_an_error() {
    assert_eq!(
        written(|out| callback_ok(out, -9, "[]")),
        "{callback:[-9],ok:[]}"
    );
    let error = RemoteError::new(1024, "it's").with_info(vec![Value::Null]);
    assert_eq!(
        written(|out| callback_error(out, 5, &error)),
        r"{callback:[5],error:[1024,'it\'s',null]}"
    );
}

#[test]
fn an_error_that_cannot_be_written_becomes_an_internal_one() {
    let deep = (0..300).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let error = RemoteError::new(77, "why").with_info(vec![deep]);
    assert_eq!(
        written(|out| callback_error(out, 5, &error)),
        "{callback:[5],error:[16]}"
    );
}

#[test]
fn heartbeats_are_an_id_only() {
    assert_eq!(
        written(|out| ping(out, i64::MIN)),
        "{ping:[-9223372036854775808]}"
    );
    assert_eq!(written(|out| pong(out, 12)), "{pong:[12]}");
}

#[test]
fn messages_are_appended_to_what_is_there() {
    let mut out = BytesMut::from("before ");
    ping(&mut out, 1);
    assert_eq!(out, "before {ping:[1]}");
}

#[test]
fn an_event_with_a_tail_is_the_event_and_as_long_as_foretold() {
    let tail = |out: &mut BytesMut| event_tail(out, "it's", "a b", "[1]");
    let tail = written(tail);
    for id in [0, 1, -1, 9, 10, -99, -100, i64::MAX, i64::MIN] {
        let whole = written(|out| event(out, id, "it's", "a b", "[1]"));
        assert_eq!(
            written(|out| event_with_tail(out, id, tail.as_bytes())),
            whole
        );
        assert_eq!(
            event_with_tail_len(id, tail.as_bytes()),
            whole.len(),
            "{id}"
        );
    }
}
