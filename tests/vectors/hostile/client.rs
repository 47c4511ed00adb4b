//! Against our client.

use std::time::Duration;

use jstp::{CallError, Client, ConnectionEvent, net};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::data::{Row, rows, text};
use super::super::raw_peer::{DEADLINE, Heard, RawPeer, within};
use super::{Verdict, error_code, segments};

pub(crate) async fn run() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let mut checked = 0;
    for row in rows("hostile.jsonl")
        .iter()
        .filter(|row| row["to"] == "client")
    {
        let verdict = Verdict::read(row);
        match text(row, "phase") {
            "handshake" => handshake(row, &verdict, &listener).await,
            _ => after_handshake(row, &verdict, &listener).await,
        }
        good_connection(&listener).await;
        checked += 1;
    }
    assert_ne!(checked, 0, "no row for a client");
}

fn connect(
    listener: &TcpListener,
    handshake: Duration,
) -> JoinHandle<Result<jstp::Connection, jstp::ConnectError>> {
    let client = Client::default()
        .without_reconnector()
        .with_handshake_timeout(handshake);
    let address = listener.local_addr().expect("a bound address");
    tokio::spawn(net::connect("app", client, address))
}

async fn accept(listener: &TcpListener) -> RawPeer {
    let mut peer = RawPeer::accept(listener).await;
    peer.expect("{handshake:[0,'app']}").await;
    peer
}

async fn write(peer: &mut RawPeer, row: &Row) {
    for segment in segments(row) {
        peer.send_to_the_end(segment.as_bytes()).await;
    }
}

/// Whatever the server makes of the handshake, the connect fails and the transport is closed.
async fn handshake(row: &Row, verdict: &Verdict, listener: &TcpListener) {
    let connect = connect(listener, Duration::from_millis(500));
    let mut peer = accept(listener).await;
    write(&mut peer, row).await;
    let outcome = within(connect).await.expect("no panic");
    assert!(outcome.is_err(), "{}: {outcome:?}", row["id"]);
    let mut heard = peer.hear(DEADLINE).await;
    if let (Some(code), Heard::Message(answer)) = (verdict.error, &heard) {
        assert_eq!(error_code(answer), Some(code), "{}", row["id"]);
        heard = peer.hear(DEADLINE).await;
    }
    assert_eq!(heard, Heard::End, "{}", row["id"]);
}

async fn after_handshake(row: &Row, verdict: &Verdict, listener: &TcpListener) {
    let connect = connect(listener, DEADLINE);
    let mut peer = accept(listener).await;
    peer.send("{handshake:[0],ok:'a session'}").await;
    let connection = within(connect)
        .await
        .expect("no panic")
        .expect("a connection");
    let mut events = connection.events();
    let call = row.get("after").map(|_| {
        let connection = connection.clone();
        tokio::spawn(async move { connection.call::<i64>("i", "m", ()).await })
    });
    if call.is_some() {
        peer.expect("{call:[1,'i'],m:[]}").await;
    }
    write(&mut peer, row).await;
    let ended = ends_before_probe(&mut peer).await;
    let mut rejected = false;
    while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.recv()).await {
        rejected |= matches!(event, ConnectionEvent::MessageRejected { .. });
    }
    let failed = has_failed(call).await;
    let is_right = !verdict.is_specific()
        || (verdict.close && ended)
        || (verdict.go_on && !ended && (rejected || !verdict.fails))
        || (verdict.fails && !ended && failed);
    assert!(
        is_right,
        "{}: {verdict:?}, ended {ended}, rejected {rejected}",
        row["id"]
    );
    connection.close().await;
}

/// Whether the client closes instead of answering a ping.
async fn ends_before_probe(peer: &mut RawPeer) -> bool {
    peer.send_to_the_end(b"{ping:[-900]}\0").await;
    loop {
        match peer.hear(DEADLINE).await {
            Heard::Message(answer) if answer == "{pong:[-900]}" => return false,
            Heard::Message(_) => {}
            Heard::End => return true,
            Heard::Silence => panic!("neither an answer nor an end"),
        }
    }
}

/// Whether the call has ended by now, with an error.
async fn has_failed(call: Option<JoinHandle<Result<i64, CallError>>>) -> bool {
    let Some(call) = call.filter(JoinHandle::is_finished) else {
        return false;
    };
    call.await.expect("no panic").is_err()
}

async fn good_connection(listener: &TcpListener) {
    let connect = connect(listener, DEADLINE);
    let mut peer = accept(listener).await;
    peer.send("{handshake:[0],ok:'a session'}").await;
    let connection = within(connect)
        .await
        .expect("no panic")
        .expect("a connection");
    let call = tokio::spawn(async move { connection.call::<i64>("calc", "answer", ()).await });
    peer.expect("{call:[1,'calc'],answer:[]}").await;
    peer.send("{callback:[1],ok:[42]}").await;
    assert_eq!(
        within(call).await.expect("no panic").expect("an answer"),
        42
    );
}
