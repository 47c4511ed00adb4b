//! The framing vectors, written to a server chunk by chunk.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jstp::wire::{from_str, to_string};
use jstp::{Application, Connection, ConnectionEvent, Observer, ServerOptions, Value, net};

use super::data::{Row, base64, count, parts, rows, text, value};
use super::raw_peer::{Heard, RawPeer, until};

/// What shows that a connection goes on.
const PING: &str = "{ping:[1000000]}";
const PONG: &str = "{pong:[1000000]}";

/// Keeps the messages that the server has read.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn messages(&self) -> Vec<String> {
        self.0.lock().expect("no panic under the lock").clone()
    }

    fn clear(&self) {
        self.0.lock().expect("no panic under the lock").clear();
    }
}

impl Observer for Recorder {
    fn on_event(&self, _connection: &Connection, event: &ConnectionEvent) {
        if let ConnectionEvent::IncomingMessage(message) = event {
            let message = String::from_utf8(message.to_vec()).expect("it was read");
            // The test's own question is none of the stream's.
            if message != PING {
                self.0
                    .lock()
                    .expect("no panic under the lock")
                    .push(message);
            }
        }
    }

    fn is_verbose(&self) -> bool {
        true
    }
}

fn chunks(row: &Row) -> Vec<Vec<u8>> {
    if let Some(generated) = row.get("chunks_gen").and_then(Row::as_array) {
        return generated
            .iter()
            .map(|chunk| parts(chunk).into_bytes())
            .collect();
    }
    let chunks = row["chunks"].as_array().expect("chunks").iter();
    chunks
        .map(|chunk| base64(chunk.as_str().expect("base64")))
        .collect()
}

/// A handshake among the messages ends the connection, whatever follows.
fn is_handshake(message: &Value) -> bool {
    message
        .as_object()
        .and_then(|message| message.keys().next())
        == Some("handshake")
}

pub(crate) async fn run() {
    let recorder = Recorder::default();
    let application = Application::new("app").expect("a valid name");
    let options = ServerOptions::from([application]).with_logger(recorder.clone());
    let server = net::create_server(options)
        .listen("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = server
        .local_address()
        .and_then(|address| address.as_tcp())
        .expect("a port");
    for row in rows("framing.jsonl") {
        stream(&row, address, &recorder).await;
    }
    server.close().await;
}

async fn stream(row: &Row, address: SocketAddr, recorder: &Recorder) {
    let id = text(row, "id");
    let mut peer = RawPeer::join(address, "app").await;
    recorder.clear();
    for chunk in chunks(row) {
        peer.send_to_the_end(&chunk).await;
    }
    let mut expected: Vec<Value> = row["messages"]
        .as_array()
        .map_or(Vec::new(), |messages| messages.iter().map(value).collect());
    let fatal = expected.iter().position(is_handshake);
    expected.truncate(fatal.map_or(expected.len(), |at| at + 1));
    let total = count(row, "message_count").unwrap_or(expected.len());
    let may_refuse = row["may_refuse"].as_bool() == Some(true);
    let must_end = row.get("error_at_chunk").is_some() || fatal.is_some();
    let ended = must_end || (may_refuse && is_refused(&mut peer, row).await);
    if must_end {
        ends(&mut peer, id).await;
    } else if !ended {
        until(|| recorder.messages().len() == total).await;
    }
    let read = recorder.messages();
    assert!(
        read.len() == total || (ended && may_refuse && read.len() <= total),
        "{id}: {read:?}"
    );
    for (read, expected) in read.iter().zip(&expected) {
        let read = from_str::<Value>(read).expect("it was read");
        assert_eq!(to_string(&read).ok(), to_string(expected).ok(), "{id}");
    }
    if !ended {
        goes_on(&mut peer, row).await;
    }
}

/// Passes over the answers to what the streams ask for.
async fn last_heard(peer: &mut RawPeer) -> Heard {
    loop {
        match peer.hear(Duration::from_millis(50)).await {
            Heard::Message(_) => {}
            other => return other,
        }
    }
}

async fn ends(peer: &mut RawPeer, id: &str) {
    loop {
        match peer.hear(super::raw_peer::DEADLINE).await {
            Heard::Message(_) => {}
            other => return assert_eq!(other, Heard::End, "{id}"),
        }
    }
}

/// Whether the stream ends between two messages.
fn is_between(row: &Row) -> bool {
    let rest = row.get("rest_b64");
    rest.map_or(row["reference_rest_length"] == 0, |rest| rest == "")
}

/// Whether the server closes instead of answering a ping.
async fn is_refused(peer: &mut RawPeer, row: &Row) -> bool {
    assert!(is_between(row), "{}", row["id"]);
    peer.send_to_the_end(format!("{PING}\0").as_bytes()).await;
    loop {
        match peer.hear(super::raw_peer::DEADLINE).await {
            Heard::Message(message) if message == PONG => return false,
            Heard::Message(_) => {}
            other => return other == Heard::End,
        }
    }
}

/// The connection is still there; between two messages it answers.
async fn goes_on(peer: &mut RawPeer, row: &Row) {
    if !is_between(row) {
        return assert_eq!(last_heard(peer).await, Heard::Silence, "{}", row["id"]);
    }
    peer.send(PING).await;
    while peer.message().await != PONG {}
}
