//! Ten thousand calls under way at once.

use futures_util::future::join_all;
use jstp::Connection;
use serde_json::json;

use crate::npm::NpmPeer;
use crate::place::Net;
use crate::support::{NpmServer, OurServer, within};

crate::place::scenarios! { all:
    between_an_npm_client_and_our_server,
    between_our_client_and_an_npm_server,
    in_both_directions_at_once,
}

const CALLS: usize = 10_000;

/// Has our side make the calls, all before the first answer is waited for.
async fn pipeline(connection: &Connection, interface: &str, method: &str) {
    let calls = (0..CALLS).map(|i| connection.call::<usize>(interface, method, (i,)));
    let answers = within("ten thousand calls", join_all(calls)).await;
    for (i, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.expect("it is answered"), i);
    }
}

/// Has the driver make them.
async fn pipeline_from(peer: &NpmPeer, interface: &str, method: &str) {
    let outcome = peer
        .must(json!({"cmd": "pipeline", "interface": interface, "method": method, "count": CALLS}))
        .await;
    assert_eq!(outcome, json!({"answered": CALLS, "ordered": true}));
}

async fn between_an_npm_client_and_our_server(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    pipeline_from(&peer, "echo", "echo").await;
    pipeline(&ours.client().await, "echo", "quiet").await;
}

async fn between_our_client_and_an_npm_server(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    pipeline(&connection, "echo", "echo").await;
    pipeline_from(&npm.peer, "echo", "quiet").await;
}

async fn in_both_directions_at_once(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let ours = pipeline(&connection, "echo", "echo");
    tokio::join!(ours, pipeline_from(&npm.peer, "echo", "quiet"));

    let peer = NpmPeer::spawn_production().await;
    let server = OurServer::start(net).await;
    server.connect(&peer).await;
    let client = server.client().await;
    tokio::join!(
        pipeline_from(&peer, "echo", "echo"),
        pipeline(&client, "echo", "quiet")
    );
}
