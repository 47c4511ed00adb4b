//! Every message that an npm peer sent in the recorded transcripts, read and written again.

mod common;

use bytes::BytesMut;
use common::{Row, files, rows};
use jstp_wire::{
    DEFAULT_MAX_DEPTH, Handshake, HandshakeRequest, Message, Outcome, Parsed, RawValue, encode,
};

fn text(raw: RawValue<'_>) -> Option<String> {
    raw.as_text().map(Into::into)
}

/// Writes the message again; `None` for what this crate reads but would not write.
fn again(message: &Message<'_>) -> Option<BytesMut> {
    let mut out = BytesMut::new();
    match message {
        Message::Heartbeat => out.extend_from_slice(b"{}"),
        Message::Handshake(Handshake::Request(request)) => request_again(&mut out, request)?,
        Message::Handshake(Handshake::Response(response)) => match &response.outcome {
            Outcome::Ok(ok) => match text(*ok) {
                Some(id) => encode::handshake_session(&mut out, &id),
                None => encode::handshake_resumed(&mut out, ok.deserialize().ok()?),
            },
            Outcome::Err(error) => encode::handshake_error(&mut out, response.id?, error),
        },
        Message::Call(call) => {
            let (interface, method) = (call.interface.as_ref()?, call.method.as_ref()?);
            encode::call(&mut out, call.id, interface, method, call.args?.as_str());
        }
        Message::Callback(callback) => match &callback.outcome {
            Outcome::Ok(results) => encode::callback_ok(&mut out, callback.id, results.as_str()),
            Outcome::Err(error) => encode::callback_error(&mut out, callback.id, error),
        },
        Message::Event(event) => {
            let interface = event.interface.as_ref()?;
            encode::event(
                &mut out,
                event.id,
                interface,
                &event.name,
                event.args.as_str(),
            );
        }
        Message::Inspect(inspect) => {
            encode::inspect(&mut out, inspect.id, inspect.interface.as_ref()?);
        }
        Message::Ping { id } => encode::ping(&mut out, *id),
        Message::Pong { id } => encode::pong(&mut out, *id),
        _ => return None,
    }
    Some(out)
}

fn request_again(out: &mut BytesMut, request: &HandshakeRequest<'_>) -> Option<()> {
    let version = match request.version {
        Some(version) => Some(text(version)?),
        None => None,
    };
    let strategy = request.strategy.as_ref();
    let strategy = strategy.map(|(name, credentials)| (&**name, credentials.as_str()));
    encode::handshake_request(
        out,
        &text(request.application)?,
        version.as_deref(),
        strategy,
    );
    Some(())
}

fn sent_by_npm_peer(header: &Row, row: &Row) -> bool {
    let side = if row["dir"] == "c2s" {
        "client"
    } else {
        "server"
    };
    header[side] == "reference"
}

#[test]
fn messages_of_the_vectors_transcripts_are_written_as_the_npm_peer_wrote_them() {
    let mut checked = 0;
    for file in files("transcripts") {
        let rows = rows(&file);
        let header = rows.first().expect("a first line");
        for row in rows.iter().filter(|row| sent_by_npm_peer(header, row)) {
            let Some(text) = row.get("text").and_then(Row::as_str) else {
                continue;
            };
            let Ok(Parsed::Message(message)) = Message::parse(text, DEFAULT_MAX_DEPTH) else {
                continue;
            };
            if let Some(written) = again(&message) {
                assert_eq!(written, text, "{file}");
                checked += 1;
            }
        }
    }
    assert_ne!(checked, 0, "no message of an npm peer");
}
