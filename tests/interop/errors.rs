//! What goes wrong arrives as what it is.

use jstp::{CallError, Client};
use serde_json::{Value as Json, json};

use crate::npm::NpmPeer;
use crate::place::Net;
use crate::support::{NpmServer, OurServer, call, code, connect, custom_failure, npm_code};

crate::place::scenarios! { all:
    npm_clients_are_told_what_is_wrong,
    our_clients_are_told_what_is_wrong,
    errors_of_an_npm_client_reach_our_server,
    errors_of_our_client_reach_an_npm_server,
    a_server_without_an_application_of_the_client_is_told_so,
}

/// Calls that fail with a predefined code: interface, method, arguments, code.
fn failing_calls() -> [(&'static str, &'static str, Json, i64); 9] {
    [
        ("errors", "code", json!([10]), 10),
        ("errors", "code", json!([42]), 42),
        ("errors", "code", json!([-5]), -5),
        ("nothing", "answer", json!([]), 12),
        ("constructor", "assign", json!([]), 12),
        ("calculator", "nothing", json!([]), 14),
        ("calculator", "toString", json!([]), 14),
        ("calculator", "divide", json!([1]), 17),
        ("calculator", "answer", json!([1, 2]), 17),
    ]
}

async fn npm_clients_are_told_what_is_wrong(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    for (interface, method, args, expected) in failing_calls() {
        let outcome = peer.call(interface, method, args).await;
        assert_eq!(npm_code(outcome), expected, "{interface}.{method}");
    }
    let divided = peer.call("calculator", "divide", json!([1, 0])).await;
    let zero = json!({"code": 1, "message": "Zero division", "info": null});
    assert_eq!(divided, Err(zero));
    let custom = peer.call("errors", "custom", json!([])).await;
    let info = json!(["extra", {"a": 1}]);
    let expected = json!({"code": 1024, "message": "Custom failure", "info": info});
    assert_eq!(custom, Err(expected));
    let unknown = peer
        .request(json!({"cmd": "inspect", "interface": "nothing"}))
        .await;
    assert_eq!(npm_code(unknown), 12);
    // A panic is an error like any other; the connection goes on.
    assert_eq!(
        npm_code(peer.call("errors", "internal", json!([])).await),
        16
    );
    assert_eq!(
        peer.call("calculator", "answer", json!([])).await,
        Ok(json!([42]))
    );
    peer.must(json!({"cmd": "close"})).await;
}

async fn our_clients_are_told_what_is_wrong(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    // Names that every object of JavaScript inherits count as interfaces and methods there (D14).
    let inherited = ["constructor", "toString"];
    let calls = failing_calls()
        .into_iter()
        .filter(|(interface, method, ..)| {
            !inherited.contains(interface) && !inherited.contains(method)
        });
    for (interface, method, args, expected) in calls {
        let outcome = call(&connection, interface, method, args).await;
        assert_eq!(code(outcome), expected, "{interface}.{method}");
    }
    let divided = call(&connection, "calculator", "divide", (1, 0)).await;
    let error = divided.expect_err("nothing is divided by zero");
    assert_eq!(error.code(), Some(1));
    assert_eq!(
        error.remote().map(jstp::RemoteError::message),
        Some("Zero division")
    );
    let custom = call(&connection, "errors", "custom", ()).await;
    match custom {
        Err(CallError::Remote(error)) => assert_eq!(error, custom_failure()),
        other => panic!("{other:?}"),
    }
    let unknown = connection.inspect("nothing").await;
    assert_eq!(code(unknown), 12);
    assert_eq!(code(call(&connection, "errors", "internal", ()).await), 16);
    npm.peer.notice("uncaught").await;
    let answer = call(&connection, "calculator", "answer", ()).await;
    assert_eq!(answer.expect("the connection goes on"), 42);
    connection.close().await;
}

async fn errors_of_an_npm_client_reach_our_server(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    let client = ours.client().await;
    assert_eq!(code(call(&client, "errors", "code", (33,)).await), 33);
    assert_eq!(code(call(&client, "nothing", "answer", ()).await), 12);
    assert_eq!(code(call(&client, "calc", "nothing", ()).await), 14);
    assert_eq!(code(call(&client, "calc", "add", (1,)).await), 17);
    match call(&client, "errors", "custom", ()).await {
        Err(CallError::Remote(error)) => assert_eq!(error, custom_failure()),
        other => panic!("{other:?}"),
    }
    // And through our server back to where they came from.
    let there_and_back = peer
        .call("reverse", "callMethod", json!(["errors", "custom", []]))
        .await;
    assert_eq!(npm_code(there_and_back), 1024);
}

async fn errors_of_our_client_reach_an_npm_server(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let peer = &npm.peer;
    assert_eq!(npm_code(peer.call("errors", "code", json!([33])).await), 33);
    assert_eq!(
        npm_code(peer.call("nothing", "answer", json!([])).await),
        12
    );
    assert_eq!(npm_code(peer.call("calc", "nothing", json!([])).await), 14);
    assert_eq!(npm_code(peer.call("calc", "toString", json!([])).await), 14);
    assert_eq!(npm_code(peer.call("calc", "add", json!([1])).await), 17);
    assert_eq!(
        npm_code(peer.call("calc", "add", json!(["one", 2])).await),
        17
    );
    assert_eq!(
        npm_code(peer.call("errors", "internal", json!([])).await),
        16
    );
    let custom = peer
        .call("errors", "custom", json!([]))
        .await
        .expect_err("it fails");
    assert_eq!(custom["info"], json!(["extra", {"a": 1}]));
    let there_and_back = call(
        &connection,
        "reverse",
        "callMethod",
        ("errors", "custom", jstp::Value::Null),
    )
    .await;
    assert_eq!(code(there_and_back), 17, "null stands for the arguments");
    let there_and_back = call(
        &connection,
        "reverse",
        "callMethod",
        ("errors", "custom", Vec::<u8>::new()),
    )
    .await;
    assert_eq!(code(there_and_back), 1024);
}

async fn a_server_without_an_application_of_the_client_is_told_so(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = connect("testbed", Client::default(), &npm.place).await;
    assert_eq!(
        npm_code(npm.peer.call("calc", "answer", json!([])).await),
        12
    );
    let inspected = npm
        .peer
        .request(json!({"cmd": "inspect", "interface": "calc"}))
        .await;
    assert_eq!(npm_code(inspected), 12);
    connection.close().await;
}
