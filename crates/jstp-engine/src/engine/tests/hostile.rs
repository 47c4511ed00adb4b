//! The rows of `hostile.jsonl` that concern an established session.

use std::time::Instant;

use jstp_session::Direction;
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed};
use serde_json::Value;

use super::{engine, events, is_flushed, sent};
use crate::vectors::{messages, rows};
use crate::{Config, Engine, Event, Incoming, RequestedStrategy, ServerHandshake, ServerStep};

/// What a row led to.
#[derive(Debug, Default)]
struct Course {
    closed: bool,
    rejected: usize,
    /// Calls and inspections handed to the application.
    asked: usize,
    /// A call of ours that ended well.
    answered: Option<String>,
    /// A call of ours that failed.
    failed: bool,
}

/// Handles the messages of a row, up to one that ends the connection.
fn course(engine: &mut Engine<u32>, row: &Value) -> Course {
    let mut course = Course::default();
    for text in messages(row) {
        let parsed = Message::parse(&text, DEFAULT_MAX_DEPTH);
        let incoming = match &parsed {
            Ok(Parsed::Message(message)) => engine.handle_message(Instant::now(), message).ok(),
            Ok(Parsed::Rejected(rejected)) => {
                Some(engine.handle_rejected(Instant::now(), rejected.clone()))
            }
            Err(_) => None,
        };
        match incoming {
            None => {
                course.closed = true;
                break;
            }
            Some(Incoming::Rejected(_)) => course.rejected += 1,
            Some(Incoming::Call(_) | Incoming::Inspect(_)) => course.asked += 1,
            Some(Incoming::Callback {
                outcome: Ok(results),
                ..
            }) => {
                course.answered = Some(results.as_str().to_owned());
            }
            Some(Incoming::Callback {
                outcome: Err(_), ..
            }) => course.failed = true,
            Some(_) => {}
        }
    }
    course.failed |= events(engine)
        .iter()
        .any(|event| matches!(event, Event::CallbackLost { .. }));
    course
}

fn correct(row: &Value) -> &str {
    row["correct"]
        .as_str()
        .expect("every row says what is correct")
}

fn is(row: &Value, to: &str, phase: &str) -> bool {
    row["to"] == to && row["phase"] == phase
}

#[test]
fn vectors_messages_to_a_server_close_are_rejected_or_go_on() {
    for row in rows("hostile.jsonl", |row| is(row, "server", "after-handshake")) {
        let mut server = engine(Direction::Server, Config::default());
        let course = course(&mut server, &row);
        let correct = correct(&row);
        if course.closed {
            assert!(correct.contains("close"), "{row}: {course:?}");
            let ran = course.asked > 0;
            assert!(!ran || !correct.contains("do not run"), "{row}: {course:?}");
        } else if correct.starts_with("close") {
            panic!("{row}: {course:?}");
        } else if correct.starts_with("reject") {
            assert!(course.rejected > 0, "{row}: {course:?}");
            assert!(is_flushed(&server), "{row}: something is answered");
        } else if correct.contains("error") {
            // Which error it is decides the application.
            assert!(course.asked > 0, "{row}: {course:?}");
        }
        assert!(server.session().buffered_count() == 0);
    }
}

#[test]
fn vectors_answers_to_a_client_end_its_call_or_are_rejected() {
    for row in rows("hostile.jsonl", |row| is(row, "client", "after-handshake")) {
        let mut client = engine(Direction::Client, Config::default());
        client
            .call(Instant::now(), "i", "m", "[]", 1, false)
            .unwrap();
        let course = course(&mut client, &row);
        // An array of any results is an answer in order; what its elements are is the caller's affair.
        let answered = course
            .answered
            .as_deref()
            .is_some_and(|results| results.starts_with('['));
        assert!(
            course.closed || course.failed || course.rejected > 0 || answered,
            "{row}: {course:?}"
        );
        assert!(client.session().acknowledged() <= 1);
    }
}

#[test]
fn vectors_a_resume_with_any_count_is_answered() {
    for row in rows("hostile.jsonl", |row| {
        row["phase"]
            .as_str()
            .is_some_and(|p| p.starts_with("resume"))
    }) {
        let count = &row["resume_count"];
        let count = count
            .as_str()
            .map_or_else(|| count.to_string(), ToOwned::to_owned);
        let mut server = engine(Direction::Server, Config::default());
        for text in ["['\\u2028']", "[]"] {
            server.emit(Instant::now(), "i", "e", text).unwrap();
        }
        server.detach();
        let request = format!("{{handshake:[0,'app'],session:['S1',{count}]}}");
        let step = ServerHandshake::new(DEFAULT_MAX_DEPTH).handle_text(&request);
        let Ok(ServerStep::Request(request)) = step else {
            panic!("{row}: {step:?}")
        };
        let RequestedStrategy::Session {
            id: Some(_),
            received,
        } = request.strategy
        else {
            panic!("{row}: no session is named");
        };
        server.resume_as_server(Instant::now(), received);
        let sent = sent(&mut server);
        assert_eq!(sent[0], "{handshake:[0],ok:0}", "{row}");
        let resent = usize::try_from(2 - received.min(2)).expect("at most two");
        assert_eq!(sent.len(), 1 + resent, "{row}: {sent:?}");
        assert!(correct(&row).contains("answered"), "{row}");
    }
}
