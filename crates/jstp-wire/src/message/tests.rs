use super::*;
use crate::DEFAULT_MAX_DEPTH;

fn parse(text: &str) -> Parsed<'_> {
    Message::parse(text, DEFAULT_MAX_DEPTH).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn message(text: &str) -> Message<'_> {
    match parse(text) {
        Parsed::Message(message) => message,
        Parsed::Rejected(rejected) => panic!("{text}: {rejected}"),
    }
}

fn rejected(text: &str) -> (String, Option<i64>, RejectReason) {
    match parse(text) {
        Parsed::Message(message) => panic!("{text}: {message:?}"),
        Parsed::Rejected(Rejected { kind, id, reason }) => (kind, id, reason),
    }
}

fn call(text: &str) -> Call<'_> {
    match message(text) {
        Message::Call(call) => call,
        other => panic!("{text}: {other:?}"),
    }
}

fn callback(text: &str) -> Callback<'_> {
    match message(text) {
        Message::Callback(callback) => callback,
        other => panic!("{text}: {other:?}"),
    }
}

fn handshake(text: &str) -> Handshake<'_> {
    match message(text) {
        Message::Handshake(handshake) => handshake,
        other => panic!("{text}: {other:?}"),
    }
}

fn request(text: &str) -> HandshakeRequest<'_> {
    match handshake(text) {
        Handshake::Request(request) => request,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn an_object_without_members_is_a_heartbeat() {
    for text in ["{}", " { } // old", "{a:undefined}"] {
        assert!(matches!(message(text), Message::Heartbeat), "{text}");
    }
}

#[test]
fn calls_keep_their_arguments_as_text() {
    let call = call(" {'call':[ 1 , \"calc\" ], add : [1, /* two */ 2] } ");
    assert_eq!(call.id, 1);
    assert!(matches!(call.interface, Some(Cow::Borrowed("calc"))));
    assert!(matches!(call.method, Some(Cow::Borrowed("add"))));
    assert_eq!(call.args.unwrap().as_str(), "[1, /* two */ 2]");
}

#[test]
fn names_with_escapes_are_read() {
    let call = call(r"{call:[1,'it\'s'],\u0061dd:[]}");
    assert_eq!(call.interface.unwrap(), "it's");
    assert_eq!(call.method.unwrap(), "add");
}

#[test]
fn a_call_without_a_usable_verb_has_no_method() {
    for text in [
        "{call:[1,'i']}",
        "{call:[1,'i'],m:undefined}",
        "{call:[1,'i'],m:null}",
        "{call:[1,'i'],m:0}",
        "{call:[1,'i'],m:''}",
    ] {
        let call = call(text);
        assert!(call.method.is_none() && call.args.is_none(), "{text}");
    }
}

#[test]
fn a_call_whose_arguments_are_no_array_has_none() {
    for text in ["{call:[1,'i'],m:{length:0}}", "{call:[1,'i'],m:'ab'}"] {
        let call = call(text);
        assert_eq!(call.method.unwrap(), "m");
        assert!(call.args.is_none(), "{text}");
    }
}

#[test]
fn an_interface_that_is_no_text_is_none() {
    for text in [
        "{call:[1],m:[]}",
        "{call:[1,5],m:[]}",
        "{call:[1,,'i'],m:[]}",
    ] {
        assert!(call(text).interface.is_none(), "{text}");
    }
    assert!(matches!(
        message("{inspect:[7]}"),
        Message::Inspect(Inspect {
            id: 7,
            interface: None
        })
    ));
}

#[test]
fn further_keys_and_elements_are_ignored() {
    let call = call("{call:[1,'i',2],m:[3],n:[4],ok:[5]}");
    assert_eq!(call.method.unwrap(), "m");
    assert_eq!(call.args.unwrap().as_str(), "[3]");
}

#[test]
fn a_repeated_key_has_its_first_position_and_its_last_value() {
    let call = call("{call:[1,'i'],m:[1],call:[2,'j'],m:[2],m:undefined}");
    assert_eq!(call.id, 2);
    assert_eq!(call.interface.unwrap(), "j");
    assert_eq!(call.args.unwrap().as_str(), "[2]");
}

#[test]
fn members_that_are_undefined_are_absent() {
    assert!(matches!(
        message("{event:undefined,ping:[3]}"),
        Message::Ping { id: 3 }
    ));
}

#[test]
fn ids_are_integers_of_at_most_53_bits_in_any_spelling() {
    for (text, id) in [
        ("0", 0),
        ("-0", 0),
        ("+5", 5),
        ("-12", -12),
        ("1.0", 1),
        ("1e3", 1000),
        ("0x10", 16),
        ("9007199254740992", 1 << 53),
        ("-9007199254740992", -(1 << 53)),
    ] {
        let text = format!("{{pong:[{text}]}}");
        match message(&text) {
            Message::Pong { id: read } => assert_eq!(read, id, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn messages_with_unusable_headers_are_rejected() {
    for kind in ["call", "callback", "event", "inspect", "ping", "pong"] {
        for header in ["null", "true", "5", "'ab'", "{}"] {
            let text = format!("{{{kind}:{header},ok:[]}}");
            let expected = (kind.to_owned(), None, RejectReason::HeaderNotArray);
            assert_eq!(rejected(&text), expected, "{text}");
        }
        for id in [
            "",
            "null",
            "[]",
            "{}",
            "'1'",
            "1.5",
            "NaN",
            "Infinity",
            "9007199254740993",
            "1e300",
            "5e-324",
        ] {
            let text = format!("{{{kind}:[{id}],ok:[]}}");
            let expected = (kind.to_owned(), None, RejectReason::InvalidId);
            assert_eq!(rejected(&text), expected, "{text}");
        }
    }
}

#[test]
fn unknown_kinds_are_rejected_with_their_name() {
    for text in ["{state:[1]}", "{state:null}", "{state:NaN,call:[1,'i']}"] {
        let expected = ("state".to_owned(), None, RejectReason::UnknownKind);
        assert_eq!(rejected(text), expected);
    }
}

#[test]
fn the_report_of_a_rejected_message_is_short() {
    let text = format!("{{{}:1}}", "k".repeat(100_000));
    let Parsed::Rejected(rejected) = parse(&text) else {
        panic!("not rejected");
    };
    assert_eq!(rejected.kind.len(), 100_000);
    assert!(rejected.to_string().len() < 200);
}

#[test]
fn events_without_an_array_are_rejected_but_keep_their_id() {
    for text in [
        "{event:[4,'i']}",
        "{event:[4,'i'],e:'text'}",
        "{event:[4],e:null}",
    ] {
        let expected = ("event".to_owned(), Some(4), RejectReason::InvalidArguments);
        assert_eq!(rejected(text), expected);
    }
}

#[test]
fn events_have_a_name_and_arguments() {
    let Message::Event(event) = message("{event:[-3,'chat'],message:['hi',]}") else {
        panic!("not an event");
    };
    assert_eq!((event.id, &*event.name), (-3, "message"));
    assert_eq!(event.interface.unwrap(), "chat");
    assert_eq!(event.args.as_str(), "['hi',]");
}

#[test]
fn callbacks_find_their_outcome_by_name() {
    for (text, results) in [
        ("{callback:[2],ok:[1]}", "[1]"),
        ("{callback:[2],extra:1,ok:[1]}", "[1]"),
        ("{callback:[2],error:[5],ok:[]}", "[]"),
    ] {
        match callback(text).outcome {
            Outcome::Ok(ok) => assert_eq!(ok.as_str(), results, "{text}"),
            Outcome::Err(error) => panic!("{text}: {error}"),
        }
    }
    for text in [
        "{callback:[2],error:[5,'five']}",
        "{callback:[2],error:[5,'five'],ok:null}",
        "{callback:[2],ok:'no array',error:[5,'five']}",
    ] {
        match callback(text).outcome {
            Outcome::Ok(ok) => panic!("{text}: {ok:?}"),
            Outcome::Err(error) => assert_eq!(error, RemoteError::new(5, "five"), "{text}"),
        }
    }
}

#[test]
fn callbacks_without_a_usable_outcome_are_rejected_but_keep_their_id() {
    for (text, reason) in [
        ("{callback:[2]}", RejectReason::NoOutcome),
        ("{callback:[2],ok:null,error:0}", RejectReason::NoOutcome),
        ("{callback:[2],ok:5}", RejectReason::InvalidResults),
        ("{callback:[2],ok:{}}", RejectReason::InvalidResults),
        ("{callback:[2],error:'text'}", RejectReason::InvalidError),
        ("{callback:[2],error:[]}", RejectReason::InvalidError),
        ("{callback:[2],error:[null]}", RejectReason::InvalidError),
    ] {
        assert_eq!(
            rejected(text),
            ("callback".to_owned(), Some(2), reason),
            "{text}"
        );
    }
}

#[test]
fn handshake_requests_name_the_application_the_version_and_the_strategy() {
    let anonymous = request("{handshake:[0,'app']}");
    assert_eq!(anonymous.application.as_str(), "'app'");
    assert!(anonymous.version.is_none() && anonymous.strategy.is_none());

    let named = request("{handshake:[null,5,'^1'],login:['user','password'],more:1}");
    assert_eq!(named.application.as_str(), "5");
    assert_eq!(named.version.unwrap().as_str(), "'^1'");
    let (strategy, credentials) = named.strategy.unwrap();
    assert_eq!(
        (&*strategy, credentials.as_str()),
        ("login", "['user','password']")
    );

    assert!(request("{handshake:[0,'app',undefined]}").version.is_none());
}

#[test]
fn the_debug_form_of_a_message_hides_credentials() {
    let shown = format!(
        "{:?}",
        parse("{handshake:[0,'app'],login:['user','secret']}")
    );
    assert!(
        shown.contains("login") && !shown.contains("secret"),
        "{shown}"
    );
    let shown = format!("{:?}", parse("{handshake:[0],ok:'secret'}"));
    assert!(
        shown.contains("session id") && !shown.contains("secret"),
        "{shown}"
    );
    assert!(format!("{:?}", parse("{handshake:[0],ok:12}")).contains("12"));
}

#[test]
fn handshake_responses_carry_a_session_a_count_or_an_error() {
    for (text, id, ok) in [
        ("{handshake:[0],ok:'S1'}", Some(0), "'S1'"),
        ("{handshake:[0],ok:0}", Some(0), "0"),
        ("{handshake:[5,''],ok:12}", Some(5), "12"),
        ("{handshake:[],ok:'S1',error:[11]}", None, "'S1'"),
    ] {
        match handshake(text) {
            Handshake::Response(HandshakeResponse {
                id: read,
                outcome: Outcome::Ok(value),
            }) => {
                assert_eq!((read, value.as_str()), (id, ok), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    match handshake("{handshake:[0],ok:null,error:[11]}") {
        Handshake::Response(HandshakeResponse {
            id: Some(0),
            outcome: Outcome::Err(error),
        }) => {
            assert_eq!(error, RemoteError::auth_failed());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn handshakes_that_are_neither_are_malformed() {
    for text in [
        "{handshake:null}",
        "{handshake:5}",
        "{handshake:''}",
        "{handshake:{}}",
        "{handshake:[]}",
        "{handshake:[0,'']}",
        "{handshake:[0],ok:''}",
        "{handshake:[0],ok:null}",
        "{handshake:[0],ok:{}}",
        "{handshake:[0],error:5}",
        "{handshake:[0],error:'text'}",
        "{handshake:[0],error:[]}",
        "{handshake:[0],error:[null]}",
    ] {
        assert!(matches!(handshake(text), Handshake::Malformed), "{text}");
    }
}

#[test]
fn text_that_is_not_one_object_is_an_error() {
    for text in [
        "",
        "  ",
        "[1]",
        "1",
        "null",
        "'{}'",
        "{}{}",
        "{ping:[1]}x",
        "{ping:[1]",
        "{a",
        "{ping:[1],a:}",
        "{ping:[1]},",
    ] {
        assert!(Message::parse(text, DEFAULT_MAX_DEPTH).is_err(), "{text}");
    }
}

#[test]
fn a_message_is_checked_to_its_end_before_it_counts() {
    assert!(Message::parse("{state:[1],deep:[{a:}]}", DEFAULT_MAX_DEPTH).is_err());
}

#[test]
fn nesting_beyond_the_limit_is_an_error() {
    let nested = |depth: usize| format!("{{a:{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(Message::parse(&nested(9), 10).is_ok());
    assert!(Message::parse(&nested(10), 10).is_err());
    assert!(Message::parse(&nested(1_000_000), DEFAULT_MAX_DEPTH).is_err());
}
