//! Behaviour of the handshakes.

use jstp_session::SessionId;
use jstp_wire::DEFAULT_MAX_DEPTH;

use super::*;

mod hostile;

fn client() -> ClientHandshake {
    ClientHandshake::connect("app", None, None, DEFAULT_MAX_DEPTH)
}

fn resuming() -> ClientHandshake {
    ClientHandshake::resume("app", None, &SessionId::from("S1"), 7, DEFAULT_MAX_DEPTH)
}

fn request(text: &str) -> HandshakeRequest {
    match ServerHandshake::new(DEFAULT_MAX_DEPTH).handle_text(text) {
        Ok(ServerStep::Request(request)) => request,
        other => panic!("{text} is no request: {other:?}"),
    }
}

#[test]
fn a_client_asks_as_the_protocol_says() {
    let text =
        |handshake: ClientHandshake| String::from_utf8(handshake.request().to_vec()).unwrap();
    let connect = |version, strategy| {
        text(ClientHandshake::connect(
            "app",
            version,
            strategy,
            DEFAULT_MAX_DEPTH,
        ))
    };
    assert_eq!(connect(None, None), "{handshake:[0,'app']}");
    assert_eq!(connect(Some("^1.2"), None), "{handshake:[0,'app','^1.2']}");
    assert_eq!(
        connect(None, Some(("login", "['user','password']"))),
        "{handshake:[0,'app'],login:['user','password']}"
    );
    assert_eq!(text(resuming()), "{handshake:[0,'app'],session:['S1',7]}");
}

#[test]
fn a_session_id_with_quotes_cannot_leave_its_place() {
    let id = SessionId::from("S'1");
    let handshake = ClientHandshake::resume("app", None, &id, 0, DEFAULT_MAX_DEPTH);
    let text = String::from_utf8(handshake.request().to_vec()).unwrap();
    let RequestedStrategy::Session {
        id: Some(read),
        received: 0,
    } = request(&text).strategy
    else {
        panic!("{text} resumes no session");
    };
    assert_eq!(read, id);
}

#[test]
fn a_server_reads_what_a_client_asks_for() {
    let asked = request("{handshake:[0,'app','^1.2'],login:['user','password']}");
    assert_eq!(asked.application.as_deref(), Some("app"));
    assert_eq!(asked.version, RequestedVersion::Text("^1.2".to_owned()));
    let RequestedStrategy::Custom { name, credentials } = asked.strategy else {
        panic!("no custom strategy");
    };
    assert_eq!(name, "login");
    assert_eq!(credentials.as_str(), "['user','password']");
}

#[test]
fn no_strategy_and_the_anonymous_one_are_the_same() {
    for text in [
        "{handshake:[0,'app']}",
        "{handshake:[0,'app'],anonymous:[]}",
    ] {
        assert!(
            matches!(request(text).strategy, RequestedStrategy::Anonymous),
            "{text}"
        );
    }
}

#[test]
fn falsy_versions_ask_for_the_latest_and_others_than_texts_find_nothing() {
    for version in ["''", "0", "null", "undefined", "false", ""] {
        let asked = request(&format!("{{handshake:[0,'app',{version}]}}"));
        assert_eq!(asked.version, RequestedVersion::Latest, "{version}");
    }
    for version in ["5", "{}", "['1']", "true"] {
        let asked = request(&format!("{{handshake:[0,'app',{version}]}}"));
        assert_eq!(asked.version, RequestedVersion::Unusable, "{version}");
    }
}

#[test]
fn the_count_of_a_resume_is_never_negative_and_may_be_anything() {
    for (count, expected) in [
        ("7", 7),
        ("0", 0),
        ("-3", 0),
        ("NaN", 0),
        ("2.9", 2),
        ("1e9", 1_000_000_000),
        ("Infinity", u64::MAX),
        ("-Infinity", 0),
        ("'7'", 0),
        ("{}", 0),
        ("null", 0),
    ] {
        let asked = request(&format!("{{handshake:[0,'app'],session:['S1',{count}]}}"));
        let RequestedStrategy::Session { id, received } = asked.strategy else {
            panic!("{count}: no session");
        };
        assert_eq!(id, Some(SessionId::from("S1")));
        assert_eq!(received, expected, "{count}");
    }
    let asked = request("{handshake:[0,'app'],session:['S1']}");
    assert!(matches!(
        asked.strategy,
        RequestedStrategy::Session {
            id: Some(_),
            received: 0
        }
    ));
}

#[test]
fn old_heartbeats_do_not_disturb_a_handshake() {
    let server = ServerHandshake::new(DEFAULT_MAX_DEPTH);
    assert!(matches!(server.handle_text("{}"), Ok(ServerStep::Wait)));
    assert!(matches!(client().handle_text("{}"), Ok(ClientStep::Wait)));
}

#[test]
fn anything_else_before_the_handshake_ends_the_connection() {
    for text in [
        "{call:[1,'i'],m:[]}",
        "{event:[1,'i'],e:[]}",
        "{callback:[1],ok:[]}",
        "{inspect:[1,'i']}",
        "{ping:[1]}",
        "{pong:[1]}",
        "{state:1}",
        "{call:null}",
    ] {
        let error = ServerHandshake::new(DEFAULT_MAX_DEPTH)
            .handle_text(text)
            .unwrap_err();
        assert!(
            matches!(error, HandshakeError::BeforeHandshake(_)),
            "{text}: {error}"
        );
        let error = client().handle_text(text).unwrap_err();
        assert!(
            matches!(error, HandshakeError::BeforeHandshake(_)),
            "{text}: {error}"
        );
    }
}

#[test]
fn what_is_told_of_an_unknown_kind_is_short() {
    let text = format!("{{{}:1}}", "k".repeat(100_000));
    let error = ServerHandshake::new(DEFAULT_MAX_DEPTH)
        .handle_text(&text)
        .unwrap_err();
    assert!(error.to_string().len() < 200);
}

#[test]
fn text_that_nests_too_deep_ends_the_connection() {
    let text = format!(
        "{{handshake:[0,'app'],login:{}{}}}",
        "[".repeat(500),
        "]".repeat(500)
    );
    let error = ServerHandshake::new(DEFAULT_MAX_DEPTH)
        .handle_text(&text)
        .unwrap_err();
    assert!(matches!(error, HandshakeError::Text(_)), "{error}");
}

#[test]
fn a_client_takes_the_session_it_is_given() {
    let Ok(ClientStep::Connected { session }) = client().handle_text("{handshake:[0],ok:'S1'}")
    else {
        panic!("not connected");
    };
    assert_eq!(session, SessionId::from("S1"));
}

#[test]
fn a_client_takes_the_count_of_a_resumed_session() {
    for (count, expected) in [
        ("0", 0),
        ("12", 12),
        ("1e9", 1_000_000_000),
        ("Infinity", u64::MAX),
    ] {
        let step = resuming().handle_text(&format!("{{handshake:[0],ok:{count}}}"));
        let Ok(ClientStep::Resumed { received }) = step else {
            panic!("{count}: {step:?}")
        };
        assert_eq!(received, expected);
    }
}

#[test]
fn success_of_the_wrong_kind_is_none() {
    for ok in ["5", "null", "''", "true", "[]", "{}", "undefined", "0"] {
        let step = client().handle_text(&format!("{{handshake:[0],ok:{ok}}}"));
        assert!(step.is_err(), "{ok}: {step:?}");
    }
    for ok in ["'S1'", "null", "-1", "NaN", "true", "[5]", "undefined"] {
        let step = resuming().handle_text(&format!("{{handshake:[0],ok:{ok}}}"));
        assert!(step.is_err(), "{ok}: {step:?}");
    }
}

#[test]
fn a_refusal_hands_over_the_error() {
    for handshake in [client(), resuming()] {
        let step = handshake.handle_text("{handshake:[0],error:[11]}");
        let Ok(ClientStep::Refused(error)) = step else {
            panic!("not refused: {step:?}")
        };
        assert_eq!(error.code(), Some(11));
    }
}

#[test]
fn a_request_sent_to_a_client_is_answered_with_error_15() {
    for text in [
        "{handshake:[0,'app']}",
        "{handshake:[5,'app'],session:['S1',0]}",
    ] {
        let step = client().handle_text(text);
        let Ok(ClientStep::NotAServer { answer }) = step else {
            panic!("{text}: {step:?}")
        };
        assert_eq!(&answer[..], b"{handshake:[1],error:[15]}");
    }
}

#[test]
fn a_refusal_is_written_with_id_0() {
    let refusal = HandshakeRequest::refusal(&jstp_wire::RemoteError::auth_failed());
    assert_eq!(&refusal[..], b"{handshake:[0],error:[11]}");
}

#[test]
fn debug_forms_hide_credentials() {
    let strategy = Some(("login", "['user','secret']"));
    let handshake = ClientHandshake::connect("app", None, strategy, DEFAULT_MAX_DEPTH);
    assert!(!format!("{handshake:?}").contains("secret"));
    let asked = request("{handshake:[0,'app'],login:['user','secret']}");
    let shown = format!("{asked:?}");
    assert!(
        shown.contains("login") && !shown.contains("secret"),
        "{shown}"
    );
}
