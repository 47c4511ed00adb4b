//! The rows of `hostile.jsonl` that concern handshakes.

use serde_json::Value;

use super::*;
use crate::vectors::{messages, rows};

/// How the server's side takes a row, in the words of the vectors. There is one application, `app`,
/// a policy that lets nobody in, and no session.
fn verdict(row: &Value) -> &'static str {
    for text in messages(row) {
        match ServerHandshake::new(DEFAULT_MAX_DEPTH).handle_text(&text) {
            Ok(ServerStep::Wait) => {}
            Ok(ServerStep::Request(request)) => return decide(&request),
            Err(_) => return "close",
        }
    }
    "wait"
}

fn decide(request: &HandshakeRequest) -> &'static str {
    let is_known = request.application.as_deref() == Some("app");
    if !is_known || request.version == RequestedVersion::Unusable {
        return "error 10";
    }
    match request.strategy {
        RequestedStrategy::Anonymous => "answer ok",
        _ => "error 11",
    }
}

/// Whether the text of a version asks for something that would have to be looked up.
fn is_looked_up(row: &Value) -> bool {
    messages(row).iter().any(|text| {
        matches!(
            ServerHandshake::new(DEFAULT_MAX_DEPTH).handle_text(text),
            Ok(ServerStep::Request(HandshakeRequest {
                version: RequestedVersion::Text(_),
                ..
            }))
        )
    })
}

#[test]
fn vectors_requests_to_a_server_are_refused_or_close() {
    let wanted = |row: &Value| {
        row["to"] == "server"
            && row["phase"] == "before-handshake"
            && row["kind"]
                .as_str()
                .is_some_and(|kind| kind.ends_with("-shape"))
    };
    for row in rows("hostile.jsonl", wanted) {
        let correct = row["correct"]
            .as_str()
            .expect("every row says what is correct");
        let verdict = verdict(&row);
        let agrees =
            correct.contains(verdict) || (is_looked_up(&row) && correct.contains("error 10"));
        assert!(agrees, "{row}: {verdict}");
    }
}

#[test]
fn vectors_text_that_is_no_message_closes_before_the_handshake() {
    let wanted = |row: &Value| {
        row["kind"] == "parser" && row["to"] == "server" && row["phase"] == "before-handshake"
    };
    for row in rows("hostile.jsonl", wanted) {
        assert_eq!(row["correct"], "close");
        assert_eq!(verdict(&row), "close", "{row}");
    }
}

#[test]
fn vectors_responses_to_a_client_never_connect_it() {
    let wanted = |row: &Value| row["to"] == "client" && row["phase"] == "handshake";
    for row in rows("hostile.jsonl", wanted) {
        let correct = row["correct"]
            .as_str()
            .expect("every row says what is correct");
        for text in messages(&row) {
            match client().handle_text(&text) {
                Ok(ClientStep::Wait) => {}
                Ok(ClientStep::Refused(_) | ClientStep::NotAServer { .. }) | Err(_) => break,
                step => assert!(correct.contains("succe"), "{row}: {step:?}"),
            }
        }
    }
}
