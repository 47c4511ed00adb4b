//! Servers that stop and are started again.

use std::sync::Arc;
use std::time::Duration;

use jstp::{
    CallError, ConnectionEvent, SendError, ServerOptions, SimpleSessionStorageProvider, Status,
};
use serde_json::{Value as Json, json};

use crate::front::Relay as Front;
use crate::npm::NpmPeer;
use crate::place::{Folder, Net, Place};
use crate::support::{
    NpmServer, OurServer, call, client, connect, connect_request, event_where, listen,
    with_transport, within,
};
use crate::testbed;

crate::place::scenarios! { hosts:
    npm_clients_come_back_to_our_server_by_their_own_reconnector,
    a_resume_that_an_npm_server_refuses_is_told_and_not_repeated,
    our_client_goes_on_with_a_new_session_when_it_is_told_to,
}

async fn npm_clients_come_back_to_our_server_by_their_own_reconnector(net: Net) {
    let peer = NpmPeer::spawn().await;
    let storage = Arc::new(SimpleSessionStorageProvider::new());
    let options = || -> ServerOptions { testbed::options().with_session_storage(storage.clone()) };
    let first = OurServer::start_with(net, options()).await;
    let (front, host) = before(&first.place).await;
    let folder = Folder::new();
    let path = Place::Path(folder.socket());
    first.listen_also(&path).await;
    for (conn, place) in [("host", &host), ("unix", &path)] {
        let fields = json!({"conn": conn, "reconnect": null});
        peer.must(connect_request(place, fields)).await;
    }
    let call = |conn: &str, interface: &str, method: &str, args: Json| json!({"cmd": "call", "conn": conn, "interface": interface, "method": method, "args": args});
    let emit =
        |conn: &str| json!({"cmd": "emit", "conn": conn, "interface": "feed", "event": "item"});
    for conn in ["host", "unix"] {
        peer.must(call(conn, "session", "set", json!(["key", conn])))
            .await;
        peer.must(emit(conn)).await;
        peer.must(call(conn, "session", "id", json!([]))).await;
    }

    within("shutdown", first.server.shutdown(Duration::from_secs(1))).await;
    front.cut();
    let mut waiting = Vec::new();
    for conn in ["host", "unix"] {
        peer.notice_where("close", |notice| notice["conn"] == conn)
            .await;
        peer.must(emit(conn)).await;
        waiting.push(
            peer.send(call(conn, "session", "get", json!(["key"])))
                .await,
        );
    }
    // As a rule before the first attempt, which comes a second after the loss.
    let second = testbed::create_server(with_transport(options()));
    for place in [&Place::Port(net, 0), &path] {
        let listening = second.listen(place.address()).await;
        drop(listening.expect("the place is free"));
    }
    let address = second.local_address().and_then(|address| address.as_tcp());
    front.restore(address.expect("a port"));

    for (conn, answer) in ["host", "unix"].into_iter().zip(waiting) {
        let answer = within("the answer", answer)
            .await
            .expect("the driver goes on");
        assert_eq!(
            answer,
            Ok(json!([conn])),
            "the call that waited is answered"
        );
        let received = peer
            .must(call(conn, "events", "received", json!(["feed", "item"])))
            .await;
        assert_eq!(received, json!([2]), "{conn}");
    }
    assert_eq!(second.get_clients().len(), 2);
}

/// A relay before a server, and where it is: servers may change behind it, while a port of their own might be
/// given to somebody else in between.
async fn before(place: &Place) -> (Front, Place) {
    let front = Front::start(place.tcp()).await;
    let port = front.address.port();
    (front, place.clone().with_port(Some(port)))
}

/// Kills the npm server and starts another in its place, which knows nothing of the sessions.
async fn replace(npm: NpmServer, front: &Front) -> NpmPeer {
    front.cut();
    npm.peer.kill().await;
    let peer = NpmPeer::spawn_production().await;
    let anywhere = npm.place.with_port(Some(0));
    front.restore(listen(&peer, &anywhere, json!({})).await.tcp());
    peer
}

async fn a_resume_that_an_npm_server_refuses_is_told_and_not_repeated(net: Net) {
    let npm = NpmServer::start(net).await;
    let (front, place) = before(&npm.place).await;
    let connection = connect("testbed@^1.0", client(), &place).await;
    let mut events = connection.events();
    let waiting = connection.call::<String>("echo", "slow", (60_000, "never"));
    let (waiting, peer) = within("the call", async {
        tokio::join!(waiting, async {
            call(&connection, "calculator", "answer", ())
                .await
                .expect("it answers");
            replace(npm, &front).await
        })
    })
    .await;
    assert!(matches!(waiting, Err(CallError::Closed)), "{waiting:?}");
    let refused = event_where(
        &mut events,
        "the refusal",
        |event| matches!(event, ConnectionEvent::Reconnect { error: Some(error) } if error.contains("refused")),
    );
    refused.await;
    assert_eq!(connection.status(), Status::Closed);
    let further = call(&connection, "calculator", "answer", ()).await;
    assert!(
        matches!(further, Err(CallError::Send(SendError::Closed))),
        "{further:?}"
    );

    // Whoever comes next is served, and the lost one has not been back.
    let fresh = connect("testbed", client(), &place).await;
    assert_eq!(
        call(&fresh, "calculator", "answer", ())
            .await
            .expect("it answers"),
        42
    );
    let connected = peer
        .notices()
        .into_iter()
        .filter(|notice| notice["notice"] == "connect");
    assert_eq!(connected.count(), 1);
}

async fn our_client_goes_on_with_a_new_session_when_it_is_told_to(net: Net) {
    let npm = NpmServer::start(net).await;
    let client = client().with_new_session_when_refused(true);
    let (front, place) = before(&npm.place).await;
    let connection = connect("testbed", client, &place).await;
    let old = connection.session_id();
    let mut events = connection.events();
    let waiting = connection.call::<String>("echo", "slow", (60_000, "never"));
    let (waiting, peer) = within("the call", async {
        tokio::join!(waiting, async {
            call(&connection, "calculator", "answer", ())
                .await
                .expect("it answers");
            replace(npm, &front).await
        })
    })
    .await;
    assert!(matches!(waiting, Err(CallError::Closed)), "{waiting:?}");
    event_where(&mut events, "the new session", |event| {
        matches!(event, ConnectionEvent::Client { resumed: false, session } if *session != old)
    })
    .await;
    let id = call(&connection, "session", "id", ())
        .await
        .expect("it answers");
    assert_eq!(id, connection.session_id().as_str());
    assert_ne!(connection.session_id(), old);

    // It is resumed like any other.
    peer.must(json!({"cmd": "cut"})).await;
    event_where(&mut events, "the resume", |event| {
        matches!(event, ConnectionEvent::Client { resumed: true, .. })
    })
    .await;
    let again = call(&connection, "session", "id", ())
        .await
        .expect("it answers");
    assert_eq!(again, id);
}
