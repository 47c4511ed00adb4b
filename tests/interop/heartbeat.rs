//! Pings of either side are answered, and keep the connection.

use std::time::Duration;

use jstp::{
    Client, Connection, ConnectionEvent, ConnectionEvents, ConnectionOptions, EngineConfig,
    Heartbeat,
};
use serde_json::json;

use crate::npm::{DEADLINE, NpmPeer};
use crate::place::Net;
use crate::support::{NpmServer, OurServer, client, connect, event_where, within};
use crate::testbed;

crate::place::scenarios! { all:
    single_pings_are_answered,
    heartbeats_of_a_client_and_an_npm_server_go_on_together,
    heartbeats_of_a_server_and_an_npm_client_go_on_together,
    an_npm_server_that_is_frozen_is_taken_for_dead,
}

const INTERVAL: Duration = Duration::from_millis(10);

/// A heartbeat that takes the other side for dead quickly enough for a test, and not too quickly for a
/// busy machine.
fn heartbeat() -> Heartbeat {
    Heartbeat::every(INTERVAL).with_timeout(DEADLINE)
}

/// Waits until so many messages that begin like this have arrived.
async fn arrived(events: &mut ConnectionEvents, start: &str, count: usize) {
    for _ in 0..count {
        event_where(events, start, |event| {
            matches!(event, ConnectionEvent::IncomingMessage(text) if text.starts_with(start.as_bytes()))
        })
        .await;
    }
}

async fn ping(connection: &Connection) {
    within("ping", connection.ping())
        .await
        .expect("it is answered");
}

async fn single_pings_are_answered(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    ping(&connection).await;
    npm.peer.must(json!({"cmd": "ping"})).await;

    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    peer.must(json!({"cmd": "ping"})).await;
    ping(&ours.client().await).await;
}

async fn heartbeats_of_a_client_and_an_npm_server_go_on_together(net: Net) {
    let npm = NpmServer::start_with(net, json!({"heartbeatInterval": 10})).await;
    let connection = connect("testbed", client(), &npm.place).await;
    let mut events = connection.events();
    connection.set_heartbeat(Some(heartbeat()));
    arrived(&mut events, "{pong:[", 5).await;
    arrived(&mut events, "{ping:[-", 5).await;
    connection.stop_heartbeat();
    assert!(connection.is_connected());

    // By the options of the client, too, and still so after a resume.
    let connection = connect(
        "testbed",
        client().with_heartbeat_interval(INTERVAL),
        &npm.place,
    )
    .await;
    let mut events = connection.events();
    arrived(&mut events, "{pong:[", 3).await;
    npm.peer.must(json!({"cmd": "cut"})).await;
    event_where(&mut events, "the resume", |event| {
        matches!(event, ConnectionEvent::Client { resumed: true, .. })
    })
    .await;
    arrived(&mut events, "{pong:[", 3).await;
    arrived(&mut events, "{ping:[", 3).await;
}

async fn heartbeats_of_a_server_and_an_npm_client_go_on_together(net: Net) {
    let peer = NpmPeer::spawn().await;
    let engine = EngineConfig::default().with_heartbeat(heartbeat());
    let connection = ConnectionOptions::default().with_engine(engine);
    let options = testbed::options().with_connection(connection);
    let ours = OurServer::start_with(net, options).await;
    ours.connect_with(&peer, json!({"heartbeat": 10})).await;
    let client = ours.client().await;
    let mut events = client.events();
    arrived(&mut events, "{pong:[-", 5).await;
    arrived(&mut events, "{ping:[", 5).await;

    peer.must(json!({"cmd": "cut"})).await;
    event_where(&mut events, "the resume", |event| {
        matches!(event, ConnectionEvent::Client { resumed: true, .. })
    })
    .await;
    arrived(&mut events, "{pong:[-", 3).await;
    arrived(&mut events, "{ping:[", 3).await;
    assert!(client.is_connected());
}

async fn an_npm_server_that_is_frozen_is_taken_for_dead(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = connect(
        "testbed",
        Client::default().without_reconnector(),
        &npm.place,
    )
    .await;
    let mut events = connection.events();
    let stop = Heartbeat::every(INTERVAL).with_timeout(Duration::from_millis(200));
    ping(&connection).await;
    npm.peer.freeze().await;
    connection.set_heartbeat(Some(stop));
    let closed = event_where(&mut events, "the close", |event| {
        matches!(event, ConnectionEvent::Close(_))
    })
    .await;
    assert!(
        matches!(closed, ConnectionEvent::Close(jstp::CloseReason::PeerDead)),
        "{closed:?}"
    );
}
