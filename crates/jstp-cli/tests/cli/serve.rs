//! `jstp serve`: with the npm package as its client.

use std::time::Duration;

use serde_json::{Value, json};

use crate::certificates::Authority;
use crate::npm::{NpmPeer, signal};
use crate::support::{Running, jstp};
use crate::temporary::Temporary;

/// A mock server and the port that it listens on.
async fn serve(file: &Temporary) -> (Running, u16) {
    serve_on("127.0.0.1:0", file).await
}

async fn serve_on(url: &str, file: &Temporary) -> (Running, u16) {
    let mut server = Running::start(&["serve", file.path(), "--listen", url, "-v"]);
    let line = server.line().await.expect("it says where it listens");
    let port = line
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    assert_eq!(server.line().await.as_deref(), Some("ready"));
    (server, port.unwrap_or_else(|| panic!("{line}")))
}

async fn connect(port: u16, app: &str) -> NpmPeer {
    let peer = NpmPeer::spawn_production().await;
    peer.must(json!({"cmd": "connect", "app": app, "port": port, "reconnect": false}))
        .await;
    peer
}

const SHOP: &str = "{applications: {
  'shop@1.0.0': {goods: {
    methods: {
      list: {result: ['tea', {a: 1}]},
      both: {results: [1, 'two']},
      none: {},
      price: {args: ['name'], cases: [{when: ['tea'], result: 3}, {error: [1024, 'No', 'x']}]},
      order: {result: 7, delay: 20, emit: [{event: 'ordered', args: [7]}]},
    },
    events: {asked: {event: 'answered', args: ['yes']}},
    timers: [{event: 'tick', every: 50, count: 2}],
  }},
  'shop@2.0.0': {goods: {methods: {list: {result: 'new'}}}},
}}";

/// Plain values as the driver writes them.
fn numbers(values: &[u8]) -> Value {
    values.iter().map(|value| json!(value)).collect()
}

#[tokio::test]
async fn an_npm_client_gets_what_the_file_says() {
    let file = Temporary::with_text("npm.jstp", SHOP);
    let (mut server, port) = serve(&file).await;
    let peer = connect(port, "shop@^1.0").await;
    let methods = peer
        .must(json!({"cmd": "inspect", "interface": "goods"}))
        .await;
    assert_eq!(methods, json!(["list", "both", "none", "price", "order"]));
    assert_eq!(peer.call("goods", "none", json!([])).await, Ok(json!([])));
    assert_eq!(
        peer.call("goods", "price", json!(["tea"])).await,
        Ok(numbers(&[3]))
    );
    let refused = peer
        .call("goods", "price", json!(["gold"]))
        .await
        .unwrap_err();
    assert_eq!(
        (&refused["code"], &refused["message"]),
        (&json!(1024), &json!("No"))
    );
    let refused = peer.call("goods", "price", json!([])).await.unwrap_err();
    assert_eq!(refused["code"], 17);
    assert_eq!(
        peer.call("goods", "order", json!([])).await,
        Ok(numbers(&[7]))
    );
    let of = |name: &'static str| move |notice: &Value| notice["event"] == name;
    let ordered = peer.notice_where("event", of("ordered")).await;
    assert_eq!(
        (&ordered["interface"], &ordered["args"]),
        (&json!("goods"), &numbers(&[7]))
    );
    peer.must(json!({"cmd": "emit", "interface": "goods", "event": "asked", "args": []}))
        .await;
    peer.notice_where("event", of("answered")).await;

    let newest = connect(port, "shop").await;
    assert_eq!(
        newest.call("goods", "list", json!([])).await,
        Ok(json!(["new"]))
    );
    assert_eq!(
        server.line().await.as_deref(),
        Some("shop@1.0.0 call goods.none []")
    );
    signal(server.process(), "TERM").await;
    while server.line().await.is_some() {}
    assert_eq!(server.end().await, (0, String::new()));
}

#[tokio::test]
async fn an_npm_client_connects_by_websocket_too() {
    let file = Temporary::with_text("ws.jstp", SHOP);
    let (_server, port) = serve_on("ws://127.0.0.1:0", &file).await;
    let peer = NpmPeer::spawn_production().await;
    let connect = json!({"cmd": "connect", "app": "shop", "transport": "ws", "port": port, "reconnect": false});
    peer.must(connect).await;
    assert_eq!(
        peer.call("goods", "list", json!([])).await,
        Ok(json!(["new"]))
    );
}

#[tokio::test]
async fn it_serves_with_a_certificate() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue_pem("127.0.0.1");
    let file = Temporary::with_text("tls.jstp", SHOP);
    let certificate = Temporary::with_text("tls-cert.pem", &certificate);
    let key = Temporary::with_text("tls-key.pem", &key);
    let ca = Temporary::with_text("tls-ca.pem", &authority.pem());
    for (scheme, transport) in [("jstps", "tls"), ("wss", "wss")] {
        let listen = format!("{scheme}://127.0.0.1:0");
        let identity = ["--cert", certificate.path(), "--key", key.path()];
        let arguments = [&["serve", file.path(), "--listen", &listen], &identity[..]].concat();
        let mut server = Running::start(&arguments);
        let line = server.line().await.expect("it says where it listens");
        let url = line.strip_prefix("listening ").expect("a URL").to_owned();
        assert_eq!(server.line().await.as_deref(), Some("ready"));

        let call = ["call", &url, "shop", "goods", "list"];
        let trusting = jstp(&[&call[..], &["--ca", ca.path()]].concat()).await;
        assert_eq!(trusting.printed(), "'new'\n");
        assert_eq!(jstp(&call).await.status, 3);
        let ping = ["ping", &url, "shop", "--count", "1", "--ca", ca.path()];
        let ping = jstp(&ping).await;
        assert!(ping.out.starts_with(&format!("ping 1 {url}: ")), "{ping:?}");

        let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
        let peer = NpmPeer::spawn_production().await;
        peer.must(json!({
            "cmd": "connect", "app": "shop", "transport": transport, "port": port,
            "ca": authority.pem(), "reconnect": false
        }))
        .await;
        assert_eq!(
            peer.call("goods", "list", json!([])).await,
            Ok(json!(["new"]))
        );
        signal(server.process(), "TERM").await;
        assert_eq!(server.end().await, (0, String::new()));
    }
}

#[tokio::test]
async fn a_change_of_the_file_reaches_clients_that_are_connected() {
    let file = Temporary::with_text("reload.jstp", SHOP);
    let (mut server, port) = serve(&file).await;
    let mut notes = server.notes();
    let peer = connect(port, "shop@1.0.0").await;
    let answer = async || peer.call("goods", "both", json!([])).await;
    assert_eq!(answer().await, Ok(json!([1, "two"])));
    // Longer, since the time of a change may be coarse; and what is not valid changes nothing.
    file.write(&SHOP.replace("[1, 'two']", "[2, 'three']"));
    until(async || answer().await == Ok(json!([2, "three"]))).await;
    file.write("{applications: nonsense that is wrong}");
    notes.until("what was there before goes on").await;
    assert_eq!(answer().await, Ok(json!([2, "three"])));
    file.write(&SHOP.replace("[1, 'two']", "[3, 'four more']"));
    until(async || answer().await == Ok(json!([3, "four more"]))).await;
    assert!(
        peer.notices()
            .iter()
            .all(|notice| notice["notice"] != "close")
    );
}

/// Waits until a condition holds.
async fn until(condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let deadline = crate::npm::DEADLINE;
    tokio::time::timeout(deadline, wait)
        .await
        .expect("the change is taken over in time");
}

#[tokio::test]
async fn a_file_with_a_mistake_is_refused_with_its_place() {
    let file = Temporary::with_text("wrong.jstp", "{\n  applications: {a: {i: {method: {}}}}\n}");
    let ended = jstp(&["serve", file.path()]).await;
    assert_eq!((ended.status, ended.out.as_str()), (2, ""));
    let place = format!("{}:2:26: `method` is not known here", file.path());
    assert!(ended.err.starts_with(&place), "{ended:?}");
    assert!(
        ended.err.contains("|                          ^"),
        "{ended:?}"
    );
    file.write(SHOP);
    assert_eq!(jstp(&["serve", file.path(), "--check"]).await.printed(), "");
    let ended = jstp(&["serve", file.path(), "--listen", "nowhere"]).await;
    assert_eq!(ended.status, 2, "{ended:?}");
    for url in ["jstps://127.0.0.1:0", "WSS://127.0.0.1:0"] {
        let ended = jstp(&["serve", file.path(), "--listen", url]).await;
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.err.contains("--cert"), "{ended:?}");
    }
    assert_eq!(jstp(&["serve", "/nonexistent.jstp"]).await.status, 2);
}
