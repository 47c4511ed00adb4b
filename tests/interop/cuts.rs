//! Connections that are cut at random places, with calls and events under way: nothing is lost and
//! nothing comes twice.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use jstp::{CallError, CallOptions, Connection};
use serde_json::{Value as Json, json};

use crate::npm::NpmPeer;
use crate::place::Net;
use crate::relay::Relay;
use crate::support::{
    NpmServer, OurServer, Random, call, client, connect, connect_request, npm_code, within,
};

crate::place::scenarios! { all:
    calls_and_events_of_an_npm_client_come_once,
    calls_and_events_of_our_client_come_once_to_an_npm_server,
    events_of_an_npm_server_come_once_to_our_client,
    an_npm_server_that_numbers_backwards_is_understood,
    a_call_that_drops_the_connection_ends_as_lost,
    what_is_sent_while_the_connection_is_lost_comes_with_the_resume,
    what_our_client_sends_while_the_connection_is_lost_comes_with_the_resume,
}

/// How often the connection is cut.
const CUTS: usize = 40;
/// How many calls, and as many events, are made meanwhile.
const CALLS: u64 = 1500;
/// The calls under way at once.
const WINDOW: usize = 20;
/// The first handshake must come through.
const HANDSHAKE_BYTES: u64 = 400;

/// Random numbers of bytes: some cut the handshake of a resume, some a message, some pass many. Where
/// there is a handshake of the transport, some may cut that as well, if it is `early` enough.
fn cuts(net: Net, early: bool) -> Vec<u64> {
    let mut random = Random::new(net as u64);
    let overhead = net.overhead();
    let first = overhead + HANDSHAKE_BYTES + random.below(4000);
    let others = (1..CUTS).map(|i| match i % 4 {
        0 => random.below(120) + if early { 1 } else { overhead + 1 },
        1 => overhead + 100 + random.below(300),
        _ => overhead + 300 + random.below(6000),
    });
    std::iter::once(first)
        .chain(others.collect::<Vec<_>>())
        .collect()
}

async fn calls_and_events_of_an_npm_client_come_once(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    let relay = Relay::start(ours.place.clone(), cuts(net, true)).await;
    let place = relay.place.clone();
    let admitting = tokio::spawn(relay.admit_all());
    peer.must(connect_request(&place, json!({"reconnect": 1})))
        .await;
    let client = ours.client().await;

    // Events and calls come the other way meanwhile.
    peer.call("events", "ticks", json!([CALLS, 1]))
        .await
        .expect("they are promised");
    let (outcome, ()) = tokio::join!(
        peer.must(json!({
            "cmd": "flow", "interface": "counter", "method": "increment", "args": ["calls"],
            "event": "called", "count": CALLS, "window": WINDOW,
        })),
        within("the calls of the server", call_npm_client(&client)),
    );
    check_outcome(&peer, &outcome).await;

    peer.notice_where("event", |event| event["args"] == json!([CALLS - 1]))
        .await;
    // Whatever came twice has come before the answer to a further call.
    peer.call("calculator", "answer", json!([]))
        .await
        .expect("it answers");
    let notices = peer.notices();
    let ticks = notices.iter().filter(|notice| notice["notice"] == "event");
    let ticks: Vec<&Json> = ticks.map(|notice| &notice["args"][0]).collect();
    assert_eq!(
        ticks,
        (0..CALLS)
            .map(Json::from)
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    for i in 0..CALLS {
        let called = notices
            .iter()
            .filter(|notice| notice["notice"] == "call" && notice["args"] == json!([i, 0]));
        let count = called.count();
        assert!(
            count == 1 || (is_resent(i) && count > 1),
            "the call {i} was made {count} times"
        );
    }
    let closed = notices
        .iter()
        .filter(|notice| notice["notice"] == "close")
        .count();
    assert!(closed >= CUTS / 2, "only {closed} connections were cut");
    admitting.abort();
}

/// Checks what the driver tells of its flow of calls and events.
async fn check_outcome(peer: &NpmPeer, outcome: &Json) {
    assert_eq!(outcome["errors"], json!([]));
    let results = outcome["results"].as_array().expect("results");
    let lost = outcome["lost"].as_u64().expect("a number");
    assert_eq!(results.len() as u64 + lost, CALLS);
    let distinct: HashSet<u64> = results.iter().filter_map(Json::as_u64).collect();
    assert_eq!(
        distinct.len(),
        results.len(),
        "no call was answered by another's result"
    );
    let made = peer.call("counter", "get", json!(["calls"])).await;
    assert_eq!(made, Ok(json!([CALLS])), "every call was made once");
    let received = peer
        .call("events", "received", json!(["counter", "called"]))
        .await;
    assert_eq!(received, Ok(json!([CALLS])), "every event came once");
}

/// Which calls of ours are made again when their answer is lost.
fn is_resent(call: u64) -> bool {
    call.is_multiple_of(2)
}

/// Calls the client end of the driver from our server. A call may only be lost when it is not resent.
async fn call_npm_client(client: &Connection) {
    let mut calls = stream::iter(0..CALLS)
        .map(async |i| {
            let options = CallOptions::default().with_resend(is_resent(i));
            (i, client.call_with("calc", "add", (i, 0), options).await)
        })
        .buffer_unordered(WINDOW);
    while let Some((i, outcome)) = calls.next().await {
        match outcome {
            Ok(sum) => assert_eq!(sum.first::<u64>().expect("a number"), i),
            Err(CallError::CallbackLost) if !is_resent(i) => {}
            Err(error) => panic!("call {i}: {error}"),
        }
    }
}

/// Makes calls to an npm server, an event before each. Gives how many callbacks were lost.
async fn flow(connection: &Connection) -> u64 {
    let mut calls = stream::iter(0..CALLS)
        .map(async |i| {
            connection
                .emit("counter", "called", (i,))
                .await
                .expect("there is room");
            let resent = connection
                .call_with_resend::<u64>("echo", "echo", (i,))
                .await;
            assert_eq!(resent.expect("it is made until it is answered"), i);
            connection
                .call::<u64>("counter", "increment", ("calls",))
                .await
        })
        .buffer_unordered(WINDOW);
    let mut results = HashSet::new();
    let mut lost = 0;
    while let Some(outcome) = calls.next().await {
        match outcome {
            Ok(result) => assert!(results.insert(result), "{result} came twice"),
            Err(CallError::CallbackLost) => lost += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(results.len() as u64 + lost, CALLS);
    lost
}

/// The server sends neither calls nor events here: the package resends them after a second resume (D2).
async fn calls_and_events_of_our_client_come_once_to_an_npm_server(net: Net) {
    let npm = NpmServer::start(net).await;
    let relay = Relay::start(npm.place.clone(), cuts(net, false)).await;
    let connection = connect("testbed", client(), &relay.place).await;
    let checks = async {
        let lost = within("the calls", flow(&connection)).await;
        let made = call(&connection, "counter", "get", ("calls",)).await;
        assert_eq!(
            made.expect("it answers"),
            CALLS,
            "every call was made once, {lost} were lost"
        );
        let received = call(&connection, "events", "received", ("counter", "called")).await;
        assert_eq!(
            received.expect("it answers"),
            CALLS,
            "every event came once"
        );
    };
    tokio::select! {
        () = checks => {}
        () = relay.admit_when_noticed(&npm.peer) => {}
    }
    let notices = npm.peer.notices();
    let count = |kind: &str| {
        notices
            .iter()
            .filter(|notice| notice["notice"] == kind)
            .count()
    };
    assert_eq!(count("event") as u64, CALLS);
    let closed = count("disconnect");
    assert!(closed >= CUTS / 2, "only {closed} connections were cut");
}

/// One cut for each session, since the package numbers its messages backwards after a resume (D1).
async fn events_of_an_npm_server_come_once_to_our_client(net: Net) {
    const TICKS: u64 = 200;
    let npm = NpmServer::start(net).await;
    let mut random = Random::new(5);
    for _ in 0..10 {
        let cut = net.overhead() + HANDSHAKE_BYTES + random.below(5000);
        let relay = Relay::start(npm.place.clone(), vec![cut]).await;
        let connection = connect("testbed", client(), &relay.place).await;
        let mut ticks = connection.proxy("events").subscribe("tick");
        let checks = async {
            // The answer may be lost, the ticks may not.
            match call(&connection, "events", "ticks", (TICKS, 1)).await {
                Ok(_) | Err(CallError::CallbackLost) => {}
                Err(error) => panic!("{error}"),
            }
            for i in 0..TICKS {
                let tick = within("a tick", ticks.recv())
                    .await
                    .expect("the connection goes on");
                let (tick,): (u64,) = tick.expect("none is missed").parse().expect("a number");
                assert_eq!(tick, i, "cut after {cut} bytes");
            }
            // Whatever came twice has come before the answer to a further call.
            call(&connection, "calculator", "answer", ())
                .await
                .expect("it answers");
            let further = tokio::time::timeout(std::time::Duration::ZERO, ticks.recv()).await;
            assert!(further.is_err(), "{further:?}");
        };
        tokio::select! {
            () = checks => {}
            () = relay.admit_when_noticed(&npm.peer) => {}
        }
        connection.close().await;
        npm.peer.notice("disconnect").await;
    }
}

/// The package's first messages after the first resume of a session bear the ids 1, 0 and -1 (D1).
async fn an_npm_server_that_numbers_backwards_is_understood(net: Net) {
    let npm = NpmServer::start(net).await;
    let relay = Relay::start(npm.place.clone(), Vec::new()).await;
    let connection = connect("testbed", client(), &relay.place).await;
    let mut items = connection.proxy("feed").subscribe("item");
    let checks = async {
        connection.detach();
        npm.peer.notice("reconnect").await;
        for i in 0..4 {
            let sum = npm.peer.call("calc", "add", json!([i, 1])).await;
            assert_eq!(sum, Ok(json!([i + 1])));
        }
        connection.detach();
        npm.peer.notice("reconnect").await;
        for i in 0..4 {
            let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]});
            npm.peer.must(emit).await;
            let item = within("an item", items.recv())
                .await
                .expect("the connection goes on");
            let (item,): (u64,) = item.expect("none is missed").parse().expect("a number");
            assert_eq!(item, i);
        }
        npm.peer.must(json!({"cmd": "ping"})).await;
        call(&connection, "calculator", "answer", ())
            .await
            .expect("it answers");
    };
    tokio::select! {
        () = checks => {}
        () = relay.admit_when_noticed(&npm.peer) => {}
    }
}

async fn a_call_that_drops_the_connection_ends_as_lost(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    let session = ours.connect(&peer).await["session"].clone();
    assert_eq!(
        npm_code(peer.call("connection", "drop", json!([])).await),
        -1
    );
    let id = peer.call("session", "id", json!([])).await;
    assert_eq!(id, Ok(json!([session])), "the session goes on");

    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let session = connection.session_id();
    let dropped = call(&connection, "connection", "drop", ()).await;
    assert!(
        matches!(dropped, Err(CallError::CallbackLost)),
        "{dropped:?}"
    );
    let id = call(&connection, "session", "id", ())
        .await
        .expect("it answers");
    assert_eq!(id, session.as_str(), "the session goes on");
}

async fn what_is_sent_while_the_connection_is_lost_comes_with_the_resume(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect_with(&peer, json!({"reconnect": false})).await;
    let client = ours.client().await;
    peer.must(json!({"cmd": "cut"})).await;
    peer.notice("close").await;
    within("the loss", client.disconnected()).await;
    for i in 0..10 {
        within("emit", client.emit("feed", "item", (i,)))
            .await
            .expect("there is room");
        peer.must(json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]}))
            .await;
    }
    let add = within("call", async {
        let call = client.call::<u8>("calc", "add", (1, 2));
        let (sum, answer, ()) =
            tokio::join!(call, peer.call("calculator", "answer", json!([])), async {
                peer.must(json!({"cmd": "session"})).await;
                peer.must(json!({"cmd": "reconnect"})).await;
            });
        assert_eq!(answer, Ok(json!([42])));
        sum
    });
    assert_eq!(add.await.expect("it adds"), 3);
    for i in 0..10 {
        assert_eq!(peer.notice("event").await["args"], json!([i]));
    }
    assert_eq!(
        peer.call("events", "received", json!(["feed", "item"]))
            .await,
        Ok(json!([10]))
    );
}

async fn what_our_client_sends_while_the_connection_is_lost_comes_with_the_resume(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = connect("testbed", client().without_reconnector(), &npm.place).await;
    let peer = &npm.peer;
    let mut items = connection.proxy("feed").subscribe("item");
    peer.must(json!({"cmd": "cut"})).await;
    peer.notice("disconnect").await;
    within("the loss", connection.disconnected()).await;
    for i in 0..10 {
        peer.must(json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]}))
            .await;
    }
    // Without a reconnector the connection is given up, but not the session.
    let address = npm.place.address();
    within("reconnect", jstp::net::reconnect(&connection, address))
        .await
        .expect("it is resumed");
    for i in 0..10 {
        within("emit", connection.emit("feed", "item", (i,)))
            .await
            .expect("there is room");
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
    let received = call(&connection, "events", "received", ("feed", "item")).await;
    assert_eq!(received.expect("it answers"), 10);
}
