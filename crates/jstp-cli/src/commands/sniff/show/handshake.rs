//! Handshakes, of which some parts are nobody else's business.

use std::borrow::Cow;

use jstp_wire::{Handshake, Outcome, RawValue, ValueKind};

use super::Line;
use crate::commands::sniff::filter::Kind;
use crate::failure::remote_text;

/// How much of a session's id is shown: whoever has all of it can take the session over.
const ID_SHOWN: usize = 8;

/// A handshake without what nobody else should see: credentials, and most of a session's id.
pub(super) fn line(kind: Kind, handshake: Handshake<'_>) -> Line<'_> {
    let line = Line::new(kind, "handshake", None);
    match handshake {
        Handshake::Request(request) => {
            let text = |raw: &RawValue<'_>| {
                raw.as_text()
                    .map_or_else(|| raw.as_str().to_owned(), Cow::into_owned)
            };
            let mut name = text(&request.application);
            if let Some(version) = &request.version {
                name = format!("{name}@{}", text(version));
            }
            let note = match &request.strategy {
                None => "anonymous".to_owned(),
                Some((strategy, credentials)) if strategy == "session" => {
                    let id = credentials.elements().and_then(|mut all| all.next());
                    format!("resumes session {}", shown_id(id))
                }
                Some((strategy, _)) => format!("by {strategy}, credentials not shown"),
            };
            let mut line = line.with_note(note);
            line.name = name;
            line
        }
        Handshake::Response(response) => match response.outcome {
            Outcome::Ok(ok) if ok.kind() == ValueKind::String => {
                line.with_note(format!("new session {}", shown_id(Some(ok))))
            }
            Outcome::Ok(count) => line.with_note(format!("resumed, {} received", count.as_str())),
            Outcome::Err(error) => line
                .with_note(format!("refused: error {}", remote_text(&error)))
                .into_error(),
        },
        Handshake::Malformed => line.with_note("malformed").into_error(),
    }
}

fn shown_id(id: Option<RawValue<'_>>) -> String {
    let id = id.and_then(|id| id.as_text()).unwrap_or_default();
    match id.char_indices().nth(ID_SHOWN) {
        Some((at, _)) => format!("{}…", id.get(..at).unwrap_or_default()),
        None => id.into_owned(),
    }
}
