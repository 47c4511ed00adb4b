//! Events, broadcasts, inspections, and calls from the server to its client.

use std::pin::pin;

use futures_util::poll;
use jstp::{CallError, Connection, Subscription, Value};
use serde_json::json;

use crate::npm::NpmPeer;
use crate::place::{Net, transport};
use crate::support::{NpmServer, OurServer, call, client, code, npm_code, parse, within};

crate::place::scenarios! { all:
    between_an_npm_client_and_our_server,
    between_our_client_and_an_npm_server,
    broadcasts_of_our_server_reach_every_npm_client_also_after_a_resume,
    a_broadcast_of_an_npm_server_reaches_our_clients,
    npm_clients_inspect_our_interfaces_and_ours_theirs,
    our_clients_inspect_npm_interfaces_and_npm_servers_ours,
    many_results_and_none_arrive_as_such,
}

/// In milliseconds: longer than any test.
const HOUR: u64 = 3_600_000;

/// The arguments of the next event.
async fn next(events: &mut Subscription) -> Value {
    let args = within("an event", events.recv())
        .await
        .expect("the connection goes on");
    args.map(|args| args.parse().expect("the arguments are an array"))
        .expect("none is missed")
}

async fn between_an_npm_client_and_our_server(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    peer.must(json!({"cmd": "subscribe", "interface": "feed", "events": ["item"]}))
        .await;
    let client = ours.client().await;

    within("emit", client.emit("feed", "item", (1, "two", [3])))
        .await
        .expect("it is taken");
    assert_eq!(peer.notice("event").await["args"], json!([1, "two", [3]]));
    assert_eq!(
        peer.notice("proxyEvent").await["args"],
        json!([1, "two", [3]])
    );
    // An event that a method emits comes before its callback.
    peer.call("events", "emit", json!(["feed", "item", ["asked for"]]))
        .await
        .expect("it is");
    let asked_for = peer
        .notices()
        .into_iter()
        .rfind(|notice| notice["notice"] == "event");
    assert_eq!(
        asked_for.expect("it has come")["args"],
        json!(["asked for"])
    );
    peer.notice("event").await;
    peer.notice("proxyEvent").await;

    for i in 0..3 {
        peer.must(json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]}))
            .await;
    }
    let received = peer
        .call("events", "received", json!(["feed", "item"]))
        .await;
    assert_eq!(received, Ok(json!([3])));
    assert_eq!(
        peer.call("events", "received", json!(["feed", "other"]))
            .await,
        Ok(json!([0]))
    );

    peer.call("events", "ticks", json!([5, 1]))
        .await
        .expect("they are promised");
    for i in 0..5 {
        let tick = peer.notice("event").await;
        assert_eq!(
            (&tick["event"], &tick["args"]),
            (&json!("tick"), &json!([i]))
        );
    }
    peer.must(json!({"cmd": "close"})).await;
}

async fn between_our_client_and_an_npm_server(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let feed = connection.proxy("feed");
    let mut items = feed.subscribe("item");
    let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [1, "two"]});
    npm.peer.must(emit).await;
    assert_eq!(next(&mut items).await, parse("[1, 'two']"));
    call(
        &connection,
        "events",
        "emit",
        ("feed", "item", [parse("[1,,]")]),
    )
    .await
    .expect("it is");
    // The package loses an undefined that is last (D11).
    assert_eq!(next(&mut items).await, parse("[[1]]"));

    for i in 0..3 {
        within("emit", connection.emit("feed", "item", (i,)))
            .await
            .expect("it is taken");
        assert_eq!(npm.peer.notice("event").await["args"], json!([i]));
    }
    let received = call(&connection, "events", "received", ("feed", "item")).await;
    assert_eq!(received.expect("it answers"), 3);

    let mut ticks = connection.proxy("events").subscribe("tick");
    call(&connection, "events", "ticks", (5, 1))
        .await
        .expect("they are promised");
    for i in 0..5 {
        assert_eq!(next(&mut ticks).await, parse(&format!("[{i}]")));
    }
}

async fn broadcasts_of_our_server_reach_every_npm_client_also_after_a_resume(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    for conn in ["a", "b", "c"] {
        ours.connect_with(&peer, json!({"conn": conn})).await;
    }
    let arrives = async |args: &str, conns: &[&str]| {
        for conn in conns {
            let event = peer
                .notice_where("event", |event| event["conn"] == *conn)
                .await;
            assert_eq!(event["args"], json!([args]), "{conn}");
        }
    };
    ours.server
        .broadcast("feed", "item", ("first",))
        .await
        .expect("it can be sent");
    arrives("first", &["a", "b", "c"]).await;

    peer.must(json!({"cmd": "cut", "conn": "b"})).await;
    let resumed = peer
        .notice_where("reconnect", |notice| notice["conn"] == "b")
        .await;
    assert!(resumed["error"].is_null(), "{resumed}");
    let broadcast = json!({
        "cmd": "call", "conn": "a", "interface": "events", "method": "broadcast",
        "args": ["feed", "item", ["second"]],
    });
    peer.must(broadcast).await;
    arrives("second", &["a", "b", "c"]).await;
    assert_eq!(ours.server.get_clients().len(), 3);
}

async fn a_broadcast_of_an_npm_server_reaches_our_clients(net: Net) {
    let npm = NpmServer::start(net).await;
    let (first, second) = (npm.connect().await, npm.connect().await);
    let mut feeds = [&first, &second].map(|connection| connection.proxy("feed").subscribe("item"));
    call(&first, "events", "broadcast", ("feed", "item", [1, 2]))
        .await
        .expect("it is sent");
    for feed in &mut feeds {
        assert_eq!(next(feed).await, parse("[1, 2]"));
    }
}

async fn npm_clients_inspect_our_interfaces_and_ours_theirs(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    let inspect = |interface: &str| json!({"cmd": "inspect", "interface": interface});
    let methods = peer.must(inspect("session")).await;
    assert_eq!(methods, json!(["id", "username", "set", "get"]));
    assert_eq!(peer.must(inspect("meta")).await, json!(["version", "name"]));
    assert_eq!(npm_code(peer.request(inspect("nothing")).await), 12);

    let client = ours.client().await;
    check_client(&client).await;
    let proxy = within("inspect", client.inspect("calc"))
        .await
        .expect("it is there");
    assert_eq!(proxy.methods(), ["add", "answer"]);

    // The same by way of the testbed.
    let sum = peer
        .call("reverse", "callMethod", json!(["calc", "add", [20, 22]]))
        .await;
    assert_eq!(sum, Ok(json!([42])));
    let inspected = peer.call("reverse", "inspect", json!(["calc"])).await;
    assert_eq!(inspected, Ok(json!([["add", "answer"]])));
    assert_eq!(
        npm_code(peer.call("reverse", "inspect", json!(["nothing"])).await),
        12
    );
    let missing = peer
        .call("reverse", "callMethod", json!(["calc", "nothing", []]))
        .await;
    assert_eq!(npm_code(missing), 14);
    peer.must(json!({"cmd": "close"})).await;
}

/// Calls what a client end serves.
async fn check_client(client: &Connection) {
    assert_eq!(
        call(client, "calc", "add", (2, 3)).await.expect("it adds"),
        5
    );
    let answer: Result<(u8,), CallError> =
        within("call", client.call_many("calc", "answer", ())).await;
    assert_eq!(answer.expect("it answers"), (42,));
    assert_eq!(code(within("inspect", client.inspect("nothing")).await), 12);
}

async fn our_clients_inspect_npm_interfaces_and_npm_servers_ours(net: Net) {
    let npm = NpmServer::start(net).await;
    let (connection, proxies) = within(
        "connect",
        jstp::net::connect_and_inspect(
            "testbed",
            client().with_transport(transport()),
            ["session", "meta", "calculator"],
            npm.place.address(),
        ),
    )
    .await
    .expect("all of them are there");
    assert_eq!(
        proxies["session"].methods(),
        ["id", "username", "set", "get"]
    );
    let version: String = within("call", proxies["meta"].call("version", ()))
        .await
        .expect("2.0.0");
    assert_eq!(version, "2.0.0");

    assert_eq!(
        npm.peer.call("calc", "add", json!([2, 3])).await,
        Ok(json!([5]))
    );
    let inspected = npm
        .peer
        .must(json!({"cmd": "inspect", "interface": "calc"}))
        .await;
    assert_eq!(inspected, json!(["add", "answer"]));

    let sum = call(
        &connection,
        "reverse",
        "callMethod",
        ("calc", "add", [20, 22]),
    )
    .await;
    assert_eq!(sum.expect("it adds"), 42);
    let inspected = call(&connection, "reverse", "inspect", ("calc",)).await;
    assert_eq!(inspected.expect("it is there"), parse("['add', 'answer']"));
    assert_eq!(
        code(call(&connection, "reverse", "inspect", ("nothing",)).await),
        12
    );
    let missing = ("calc", "nothing", Vec::<u8>::new());
    assert_eq!(
        code(call(&connection, "reverse", "callMethod", missing).await),
        14
    );
}

async fn many_results_and_none_arrive_as_such(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let many: Vec<Value> = within("call", connection.call_many("echo", "many", ()))
        .await
        .expect("it answers");
    assert_eq!(Value::from(many), parse("[1, 'two', [3]]"));
    let none: Vec<Value> = within("call", connection.call_many("echo", "nothing", ()))
        .await
        .expect("it answers");
    assert!(none.is_empty());
    let mut slowest = pin!(connection.call::<String>("echo", "slow", (HOUR, "slowest")));
    assert!(poll!(&mut slowest).is_pending());
    let slow = connection.call::<String>("echo", "slow", (200, "slow"));
    let quick = call(&connection, "calculator", "answer", ());
    let (slow, quick) = tokio::join!(within("call", slow), quick);
    assert_eq!(
        (
            slow.expect("it answers").as_str(),
            quick.expect("it answers")
        ),
        ("slow", 42.into())
    );
    assert!(poll!(&mut slowest).is_pending());

    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    let many = peer.call("echo", "many", json!([])).await;
    assert_eq!(many, Ok(json!([1, "two", [3]])));
    assert_eq!(peer.call("echo", "nothing", json!([])).await, Ok(json!([])));
    let slow = |ms, value| json!({"cmd": "call", "interface": "echo", "method": "slow", "args": [ms, value]});
    let mut slowest = peer.send(slow(HOUR, "slowest")).await;
    assert_eq!(peer.must(slow(200, "slow")).await, json!(["slow"]));
    assert_eq!(
        peer.call("calculator", "answer", json!([])).await,
        Ok(json!([42]))
    );
    assert!(
        slowest.try_recv().is_err(),
        "the slow one holds nothing back"
    );
}
