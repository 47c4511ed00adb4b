//! Sessions that go from one implementation to the other by their text.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jstp::{
    Connection, ServerEvent, Session, SessionStorageProvider, SimpleConnectPolicy,
    SimpleSessionStorageProvider, net,
};
use serde_json::{Value as Json, json};

use crate::npm::NpmPeer;
use crate::place::{Net, Place};
use crate::support::{NpmServer, OurServer, call, client, connect, npm_code, parse, within};
use crate::testbed;

crate::place::scenarios! { all:
    the_text_of_an_npm_session_is_read_and_written_as_it_is,
    the_text_of_our_sessions_is_read_and_written_by_npm_as_it_is,
    a_session_of_our_client_is_taken_over_by_an_npm_client,
    a_session_of_an_npm_client_is_taken_over_by_our_client,
    a_session_stored_by_an_npm_server_goes_on_at_ours,
    a_session_stored_by_our_server_goes_on_at_npm,
    a_session_that_has_left_memory_is_resumed_from_the_storage,
    a_session_has_one_owner_and_one_application,
}

fn read(text: &str) -> Session {
    Session::from_string(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The text of the session of a driver's end.
async fn text_of(peer: &NpmPeer) -> String {
    let text = peer.must(json!({"cmd": "session"})).await;
    text.as_str().expect("it is a text").to_owned()
}

async fn the_text_of_an_npm_session_is_read_and_written_as_it_is(net: Net) {
    let npm = NpmServer::start(net).await;
    let policy = SimpleConnectPolicy::login("marcus", "aurelius");
    let client = client().with_connect_policy(policy).without_reconnector();
    let connection = connect("testbed", client, &npm.place).await;
    let stored = parse("{a: [1, 'two'], 'b c': null}");
    call(&connection, "session", "set", ("key", &stored))
        .await
        .expect("it is stored");
    connection.close().await;
    npm.peer.notice("disconnect").await;
    for i in 0..3 {
        let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]});
        npm.peer.must(emit).await;
    }
    let text = text_of(&npm.peer).await;

    let session = read(&text);
    assert_eq!(session.id(), &connection.session_id());
    assert_eq!(session.username(), Some("marcus"));
    assert_eq!(session.received(), 1);
    assert_eq!((session.buffered_count(), session.last_sent()), (3, 3));
    assert_eq!(session.get("key"), Some(&stored));
    assert_eq!(json(&session.to_string()), json(&text));
}

async fn the_text_of_our_sessions_is_read_and_written_by_npm_as_it_is(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect_with(&peer, json!({"login": "marcus", "password": "aurelius"}))
        .await;
    let client = ours.client().await;
    peer.call("session", "set", json!(["key", {"a": [1, "two"]}]))
        .await
        .expect("it is stored");
    client.session().set("odd", parse("[1, , -0, NaN]"));
    peer.must(json!({"cmd": "emit", "interface": "feed", "event": "item"}))
        .await;
    peer.must(json!({"cmd": "close"})).await;
    within("the loss", client.disconnected()).await;
    for i in 0..3 {
        within("emit", client.emit("feed", "item", (i,)))
            .await
            .expect("there is room");
    }
    let session = client.session().snapshot();
    let text = session.to_string();
    let by_npm = peer
        .must(json!({"cmd": "sessionFromText", "text": text}))
        .await;
    let by_npm = by_npm.as_str().expect("it is a text");
    assert_eq!(json(by_npm), json(&text));

    let back = read(by_npm);
    assert_eq!(back.id(), session.id());
    assert_eq!(
        (back.username(), back.application()),
        (Some("marcus"), Some("testbed"))
    );
    assert_eq!((back.received(), back.last_sent()), (session.received(), 3));
    assert_eq!(
        back.unacknowledged().collect::<Vec<_>>(),
        session.unacknowledged().collect::<Vec<_>>()
    );
    assert_eq!(back.get("key"), session.get("key"));
    assert_eq!(
        back.get("odd"),
        Some(&parse("[1, , -0, NaN]")),
        "what JSON cannot say is kept"
    );
}

/// Sends two messages that are received and two that are not, and gives the session's text.
async fn leave(connection: &Connection) -> String {
    call(connection, "session", "set", ("key", "mine"))
        .await
        .expect("it is stored");
    within("emit", connection.emit("feed", "item", (1,)))
        .await
        .expect("there is room");
    call(connection, "session", "id", ())
        .await
        .expect("it answers");
    connection.detach();
    for i in 2..4 {
        within("emit", connection.emit("feed", "item", (i,)))
            .await
            .expect("there is room");
    }
    connection.session().snapshot().to_string()
}

/// As [`leave`], by the client end of a driver.
async fn leave_npm(peer: &NpmPeer) -> String {
    let emit = |i| json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]});
    peer.call("session", "set", json!(["key", "mine"]))
        .await
        .expect("it is stored");
    peer.must(emit(1)).await;
    peer.call("session", "id", json!([]))
        .await
        .expect("it answers");
    peer.must(json!({"cmd": "cut"})).await;
    peer.notice("close").await;
    for i in 2..4 {
        peer.must(emit(i)).await;
    }
    text_of(peer).await
}

/// Goes on with the session that [`leave`] or [`leave_npm`] left, by our client.
async fn inherit(text: &str, place: &Place) {
    let session = read(text);
    let id = session.id().clone();
    let heir = connect("testbed", client().with_session(session), place).await;
    let found = call(&heir, "session", "id", ()).await.expect("it answers");
    assert_eq!(found, id.as_str());
    let kept = call(&heir, "session", "get", ("key",))
        .await
        .expect("it answers");
    assert_eq!(kept, "mine");
    let received = call(&heir, "events", "received", ("feed", "item")).await;
    assert_eq!(received.expect("it answers"), 3, "each event comes once");
    heir.close().await;
}

/// As [`inherit`], by the client end of a driver.
async fn inherit_npm(peer: &NpmPeer, text: &str, place: &Place) {
    let restore = json!({"cmd": "restoreSession", "app": "testbed", "text": text, "conn": "heir"});
    peer.must(place.request(restore)).await;
    let call = async |interface: &str, method: &str, args: Json| {
        peer.must(json!({
            "cmd": "call", "conn": "heir", "interface": interface, "method": method, "args": args,
        }))
        .await
    };
    assert_eq!(
        call("session", "id", json!([])).await,
        json!([json(text)["id"]])
    );
    assert_eq!(
        call("session", "get", json!(["key"])).await,
        json!(["mine"])
    );
    let received = call("events", "received", json!(["feed", "item"])).await;
    assert_eq!(received, json!([3]), "each event comes once");
    peer.must(json!({"cmd": "close", "conn": "heir"})).await;
}

async fn a_session_of_our_client_is_taken_over_by_an_npm_client(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    let connection = connect("testbed", client().without_reconnector(), &ours.place).await;
    let text = leave(&connection).await;
    inherit_npm(&peer, &text, &ours.place).await;

    let npm = NpmServer::start(net).await;
    let connection = connect("testbed", client().without_reconnector(), &npm.place).await;
    let text = leave(&connection).await;
    npm.peer.notice("disconnect").await;
    inherit_npm(&peer, &text, &npm.place).await;
}

async fn a_session_of_an_npm_client_is_taken_over_by_our_client(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    ours.connect_with(&peer, json!({"reconnect": false})).await;
    let text = leave_npm(&peer).await;
    inherit(&text, &ours.place).await;

    let npm = NpmServer::start(net).await;
    peer.must(
        npm.place
            .request(json!({"cmd": "connect", "app": "testbed", "reconnect": false})),
    )
    .await;
    let text = leave_npm(&peer).await;
    npm.peer.notice("disconnect").await;
    inherit(&text, &npm.place).await;
}

async fn a_session_stored_by_an_npm_server_goes_on_at_ours(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = connect("testbed", client().without_reconnector(), &npm.place).await;
    let mut items = connection.proxy("feed").subscribe("item");
    call(&connection, "session", "set", ("key", "kept"))
        .await
        .expect("it is stored");
    npm.peer.must(json!({"cmd": "cut"})).await;
    npm.peer.notice("disconnect").await;
    within("the loss", connection.disconnected()).await;
    for i in 0..3 {
        let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]});
        npm.peer.must(emit).await;
    }

    let storage = Arc::new(SimpleSessionStorageProvider::new());
    storage
        .set(read(&text_of(&npm.peer).await))
        .await
        .expect("it is stored");
    let options = testbed::options().with_session_storage(storage);
    let ours = OurServer::start_with(net, options).await;
    let moved = net::reconnect(&connection, ours.place.address());
    within("reconnect", moved)
        .await
        .expect("the session is known");
    for i in 0..3 {
        let item = within("an item", items.recv())
            .await
            .expect("the connection goes on");
        assert_eq!(
            item.expect("none is missed")
                .parse::<(u8,)>()
                .expect("a number"),
            (i,)
        );
    }
    let kept = call(&connection, "session", "get", ("key",))
        .await
        .expect("it answers");
    assert_eq!(kept, "kept");
}

async fn a_session_stored_by_our_server_goes_on_at_npm(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let storage = Arc::new(SimpleSessionStorageProvider::new());
    let options = testbed::options().with_session_storage(storage.clone());
    let ours = OurServer::start_with(net, options).await;
    ours.connect_with(&peer, json!({"app": "testbed", "reconnect": false}))
        .await;
    peer.call("session", "set", json!(["key", "kept"]))
        .await
        .expect("it is stored");
    let client = ours.client().await;
    peer.must(json!({"cmd": "cut"})).await;
    peer.notice("close").await;
    within("the loss", client.disconnected()).await;
    for i in 0..3 {
        within("emit", client.emit("feed", "item", (i,)))
            .await
            .expect("there is room");
    }
    within("close", ours.server.close()).await;
    let stored = storage
        .get(&client.session_id())
        .await
        .expect("the storage works");
    let text = stored.expect("it is stored").to_string();

    let npm = NpmServer::start_with(net, json!({"sessions": [text]})).await;
    peer.must(npm.place.request(json!({"cmd": "reconnect"})))
        .await;
    for i in 0..3 {
        assert_eq!(peer.notice("event").await["args"], json!([i]));
    }
    assert_eq!(
        peer.call("session", "get", json!(["key"])).await,
        Ok(json!(["kept"]))
    );
}

async fn a_session_that_has_left_memory_is_resumed_from_the_storage(net: Net) {
    let peer = NpmPeer::spawn().await;
    let options = testbed::options().with_client_expiration_time(Duration::ZERO);
    let ours = OurServer::start_with(net, options).await;
    let mut events = ours.server.events();
    let connected = ours.connect_with(&peer, json!({"reconnect": false})).await;
    peer.call("session", "set", json!(["key", "kept"]))
        .await
        .expect("it is stored");
    let gone = ours.client().await.downgrade();
    peer.must(json!({"cmd": "cut"})).await;
    peer.notice("close").await;
    peer.must(json!({"cmd": "emit", "interface": "feed", "event": "item"}))
        .await;
    within("the end of the connection in memory", async {
        while gone.upgrade().is_some() {
            // Whoever is told of events has a handle of the connection.
            while events.recv().now_or_never().is_some() {}
            tokio::task::yield_now().await;
        }
    })
    .await;
    peer.must(json!({"cmd": "reconnect"})).await;
    let restored = within("the restored session", async {
        loop {
            let event = events.recv().await.expect("the server runs");
            if let ServerEvent::RestoreSession { session, .. } = event {
                return session;
            }
        }
    });
    assert_eq!(connected["session"], restored.await.as_str());
    assert_eq!(
        peer.call("session", "get", json!(["key"])).await,
        Ok(json!(["kept"]))
    );
    let received = peer
        .call("events", "received", json!(["feed", "item"]))
        .await;
    assert_eq!(received, Ok(json!([1])));
}

async fn a_session_has_one_owner_and_one_application(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect_with(&peer, json!({"reconnect": false})).await;
    let text = text_of(&peer).await;
    let restore = |app: &str, text: &str| {
        let restore = json!({"cmd": "restoreSession", "conn": "heir", "app": app, "text": text});
        ours.place.request(restore)
    };
    let elsewhere = peer.request(restore("other", &text)).await;
    assert_eq!(npm_code(elsewhere), 11);
    let mut unknown = json(&text);
    unknown["id"] = json!("00000000-0000-4000-8000-000000000000");
    assert_eq!(
        npm_code(peer.request(restore("testbed", &unknown.to_string())).await),
        11
    );
    assert_eq!(
        peer.call("calculator", "answer", json!([])).await,
        Ok(json!([42]))
    );

    // Who knows the id takes the session over, although the old connection is still there.
    peer.must(restore("testbed", &text)).await;
    assert_eq!(peer.notice("close").await["conn"], "main");
    let id = json!({"cmd": "call", "conn": "heir", "interface": "session", "method": "id"});
    assert_eq!(peer.must(id).await, json!([json(&text)["id"]]));
    assert_eq!(ours.server.get_clients().len(), 1);
}
