//! The driver of the npm package talks to itself: what the interoperability tests rely on.

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/npm.rs"]
mod npm;

use certificates::Authority;
use npm::NpmPeer;
use serde_json::{Value, json};

/// Connects a client end with its application and without a reconnector of its own.
async fn connect(client: &NpmPeer, address: &Value) -> Value {
    let mut request = json!({
        "cmd": "connect", "app": "testbed@^1.0.0", "application": true, "reconnect": 20,
    });
    for (key, value) in address.as_object().expect("an address is an object") {
        request[key] = value.clone();
    }
    client.must(request).await
}

/// A server process and a client process connected over TCP, and the port.
async fn connected() -> (NpmPeer, NpmPeer, Value) {
    let (server, client) = tokio::join!(NpmPeer::spawn(), NpmPeer::spawn());
    let port = json!(server.listen().await);
    connect(&client, &json!({ "port": port })).await;
    (server, client, port)
}

/// Runs through the application over an address that `listen` took.
async fn check_application(listen: Value) {
    let (server, client) = tokio::join!(NpmPeer::spawn(), NpmPeer::spawn());
    let mut address = server.must(listen.clone()).await;
    for field in ["transport", "ca"] {
        if let Some(value) = listen.get(field) {
            address[field] = value.clone();
        }
    }
    let connected = connect(&client, &address).await;
    let session = client.call("session", "id", json!([])).await;
    assert_eq!(session, Ok(json!([connected["session"]])));
    assert_eq!(
        client.call("meta", "version", json!([])).await,
        Ok(json!(["1.2.0"]))
    );
    assert_eq!(
        client.call("echo", "many", json!([])).await,
        Ok(json!([1, "two", [3]]))
    );
    assert_eq!(
        client.call("echo", "nothing", json!([])).await,
        Ok(json!([]))
    );
    assert_eq!(
        client.call("calculator", "divide", json!([1, 4])).await,
        Ok(json!([0.25]))
    );
    let inspected = client
        .must(json!({"cmd": "inspect", "interface": "counter"}))
        .await;
    assert_eq!(inspected, json!(["increment", "get"]));
    client.must(json!({"cmd": "ping"})).await;
    client.must(json!({"cmd": "close"})).await;
    server.notice("disconnect").await;
    server.must(json!({"cmd": "close"})).await;
}

#[tokio::test]
async fn the_application_is_served_over_tcp() {
    check_application(json!({"cmd": "listen", "port": 0})).await;
}

#[tokio::test]
async fn the_application_is_served_over_a_unix_socket() {
    let folder = std::env::temp_dir().join(format!("jstp-npm-peer-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    check_application(json!({"cmd": "listen", "path": folder.join("socket")})).await;
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

#[tokio::test]
async fn the_application_is_served_over_tls_and_websocket() {
    let authority = Authority::new();
    let (cert, key) = authority.issue_pem("127.0.0.1");
    for transport in ["tls", "ws", "wss"] {
        check_application(json!({
            "cmd": "listen", "transport": transport, "cert": cert, "key": key, "ca": authority.pem(),
        }))
        .await;
    }
}

#[tokio::test]
async fn values_that_json_cannot_hold_travel_tagged() {
    let (_server, client, _port) = connected().await;
    let unchanged = [
        json!({"a": [1, {"undefined": true}, 3], "b c": null}),
        json!({"obj": [["num", "mistaken for a tag"]]}),
        json!("жовтий 🟡 '\""),
    ];
    for value in unchanged {
        let answer = client.call("echo", "echo", json!([value])).await;
        assert_eq!(answer, Ok(json!([value])));
    }
    let plain = client
        .call(
            "echo",
            "echo",
            json!([{"arr": [{"num": "1"}, {"str": "a"}]}]),
        )
        .await;
    assert_eq!(plain, Ok(json!([[1, "a"]])));
}

#[tokio::test]
async fn errors_tell_their_code_message_and_info() {
    let (server, client, _port) = connected().await;
    let custom = client.call("errors", "custom", json!([])).await;
    let info = json!(["extra", {"a": 1}]);
    assert_eq!(
        custom,
        Err(json!({"code": 1024, "message": "Custom failure", "info": info}))
    );
    let missing = client
        .call("meta", "nothing", json!([]))
        .await
        .expect_err("no such method");
    assert_eq!(missing["code"], 14);
    let internal = client
        .call("errors", "internal", json!([]))
        .await
        .expect_err("it throws");
    assert_eq!(internal["code"], 16);
    server.notice("uncaught").await;
    assert_eq!(
        client.call("calculator", "answer", json!([])).await,
        Ok(json!([42]))
    );
    let refused = json!({"cmd": "call", "conn": "nobody"});
    let text = client.request(refused).await.expect_err("no such end");
    assert!(
        text.as_str().is_some_and(|text| text.contains("nobody")),
        "{text}"
    );
}

#[tokio::test]
async fn logins_and_versions_are_chosen_by_the_server() {
    let (server, client) = tokio::join!(NpmPeer::spawn(), NpmPeer::spawn());
    let port = server.listen().await;
    let login = |password: &str, app: &str| {
        json!({
            "cmd": "connect", "port": port, "app": app, "login": "marcus", "password": password,
        })
    };
    let connected = client.must(login("aurelius", "other")).await;
    assert_eq!(connected["username"], "marcus");
    let wrong = client
        .request(login("antoninus", "testbed"))
        .await
        .expect_err("a wrong password");
    assert_eq!(wrong["code"], 11);
    let missing = client
        .request(login("aurelius", "testbed@3"))
        .await
        .expect_err("no version");
    assert_eq!(missing["code"], 10);
}

#[tokio::test]
async fn events_and_calls_go_both_ways() {
    let (server, client, _port) = connected().await;
    client
        .must(json!({"cmd": "subscribe", "interface": "feed", "events": ["item"]}))
        .await;
    let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [1, "two"]});
    server.must(emit.clone()).await;
    assert_eq!(client.notice("event").await["args"], json!([1, "two"]));
    assert_eq!(client.notice("proxyEvent").await["event"], "item");
    let mut broadcast = emit.clone();
    broadcast["cmd"] = json!("broadcast");
    server.must(broadcast).await;
    assert_eq!(client.notice("event").await["interface"], "feed");

    client.must(emit).await;
    assert_eq!(server.notice("event").await["args"], json!([1, "two"]));
    let received = client
        .call("events", "received", json!(["feed", "item"]))
        .await;
    assert_eq!(received, Ok(json!([1])));
    client
        .call("events", "ticks", json!([2, 5]))
        .await
        .expect("ticks are promised");
    for tick in 0..2 {
        let event = client
            .notice_where("event", |notice| notice["event"] == "tick")
            .await;
        assert_eq!(event["args"], json!([tick]));
    }

    assert_eq!(
        server.call("calc", "add", json!([2, 3])).await,
        Ok(json!([5]))
    );
    let reversed = client
        .call("reverse", "callMethod", json!(["calc", "add", [20, 22]]))
        .await;
    assert_eq!(reversed, Ok(json!([42])));
    let methods = client.call("reverse", "inspect", json!(["calc"])).await;
    assert_eq!(methods, Ok(json!([["add", "answer"]])));
    let calls = client.must(json!({"cmd": "calls"})).await;
    assert_eq!(calls.as_array().map(Vec::len), Some(2), "{calls}");
}

#[tokio::test]
async fn a_cut_connection_is_resumed_on_its_session() {
    let (server, client, _port) = connected().await;
    let session = client.call("session", "id", json!([])).await;
    client.must(json!({"cmd": "cut"})).await;
    assert_eq!(client.notice("reconnect").await["error"], Value::Null);
    server.notice("reconnect").await;
    assert_eq!(client.call("session", "id", json!([])).await, session);

    server.must(json!({"cmd": "cut"})).await;
    assert_eq!(client.notice("reconnect").await["error"], Value::Null);
    assert_eq!(client.call("session", "id", json!([])).await, session);
    let lost = client.send(json!({"cmd": "call", "interface": "connection", "method": "drop"}));
    let lost = lost
        .await
        .await
        .expect("the driver goes on")
        .expect_err("no callback is sent");
    assert_eq!(lost["code"], -1);
}

#[tokio::test]
async fn a_session_moves_to_another_process_by_its_text() {
    let (server, client, port) = connected().await;
    client
        .call("session", "set", json!(["key", {"a": [1]}]))
        .await
        .expect("it is stored");
    let text = client.must(json!({"cmd": "session"})).await;
    let again = client
        .must(json!({"cmd": "sessionFromText", "text": text}))
        .await;
    assert_eq!(again, text);
    client.kill().await;
    server.notice("disconnect").await;

    let heir = NpmPeer::spawn_production().await;
    let restore = |port: &Value| json!({"cmd": "restoreSession", "app": "testbed@1.2.0", "text": text, "port": port});
    heir.must(restore(&port)).await;
    let kept = heir.call("session", "get", json!(["key"])).await;
    assert_eq!(kept, Ok(json!([{"a": [1]}])));

    let elsewhere = server
        .must(json!({"cmd": "listen", "conn": "second"}))
        .await;
    let unknown = heir
        .request(restore(&elsewhere["port"]))
        .await
        .expect_err("no such session");
    assert_eq!(unknown["code"], 11);
}

#[tokio::test]
async fn heartbeats_run_until_they_are_stopped() {
    let (server, client, _port) = connected().await;
    let pings_sent = async || {
        let text = client.must(json!({"cmd": "session"})).await;
        let session = text.as_str().expect("a session is written as text");
        let session: Value = serde_json::from_str(session).expect("the text is JSON");
        session["latestBufferedMessageId"]
            .as_u64()
            .expect("ids of a client are positive")
    };
    client
        .must(json!({"cmd": "startHeartbeat", "interval": 5}))
        .await;
    let beating = async { while pings_sent().await < 3 {} };
    tokio::time::timeout(npm::DEADLINE, beating)
        .await
        .expect("three pings are sent");
    client.must(json!({"cmd": "stopHeartbeat"})).await;
    let sent = pings_sent().await;
    server.must(json!({"cmd": "ping"})).await;
    assert_eq!(pings_sent().await, sent);
}

#[tokio::test]
async fn a_server_tells_its_clients_apart() {
    let (server, client, port) = connected().await;
    let first = server.notice("connect").await["client"].clone();
    let other = json!({"cmd": "connect", "conn": "other", "app": "testbed", "port": port});
    client.must(other).await;
    let second = server.notice("connect").await["client"].clone();
    let clients = server.must(json!({"cmd": "clients"})).await;
    assert_eq!(clients[0]["client"], first);
    assert_eq!(clients[1]["client"], second);

    let inspect = |client: &Value| json!({"cmd": "inspect", "client": client, "interface": "calc"});
    assert_eq!(server.must(inspect(&first)).await, json!(["add", "answer"]));
    let without = server
        .request(inspect(&second))
        .await
        .expect_err("it has no application");
    assert_eq!(without["code"], 12);

    server.must(json!({"cmd": "close", "client": second})).await;
    assert_eq!(client.notice("close").await["conn"], "other");
    server.must(json!({"cmd": "close"})).await;
    assert_eq!(client.notice("close").await["conn"], "main");
}
