//! Calls that are made again when their answer was lost.

use std::sync::atomic::{AtomicU64, Ordering};

use jstp::{Application, CallError, Connection, Interface};
use serde_json::json;

use crate::npm::NpmPeer;
use crate::place::Net;
use crate::relay::Relay;
use crate::support::{NpmServer, OurServer, call, client, connect, npm_code, within};

crate::place::scenarios! { all:
    an_npm_client_makes_a_call_again,
    our_client_makes_a_call_again_with_its_arguments,
    our_server_makes_a_call_again_with_its_arguments,
    an_npm_server_makes_a_call_again,
}

/// An application whose methods cut the connection, so that their answer is lost; only the second call
/// of `flaky.second` is answered, by 2.
fn flaky() -> Application {
    let calls = AtomicU64::new(0);
    let second = move |connection: Connection| {
        let count = calls.fetch_add(1, Ordering::Relaxed) + 1;
        if count == 1 {
            connection.detach();
        }
        count
    };
    let divide = |connection: Connection, _a: f64, _b: f64| connection.detach();
    let interface = Interface::new()
        .method("second", second)
        .method("divide", divide);
    Application::new("flaky")
        .expect("the name is valid")
        .interface("flaky", interface)
}

async fn an_npm_client_makes_a_call_again(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::serve(net, flaky()).await;
    ours.connect_with(&peer, json!({"app": "flaky"})).await;
    let call = |method: &str, args| json!({"cmd": "callWithResend", "interface": "flaky", "method": method, "args": args});
    assert_eq!(peer.must(call("second", json!([]))).await, json!([2]));
    // The package makes the call again without its arguments (D3).
    assert_eq!(
        npm_code(peer.request(call("divide", json!([1, 2]))).await),
        17
    );
}

async fn our_client_makes_a_call_again_with_its_arguments(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    // On a busy machine a cut may come too late.
    for ms in (0..8).map(|round| 300 << round) {
        let resent = connection.call_with_resend::<String>("echo", "slow", (ms, "resent"));
        let lost = connection.call::<String>("echo", "slow", (ms, "lost"));
        let cut = async {
            // The calls before this one have arrived when it is answered.
            call(&connection, "calculator", "answer", ())
                .await
                .expect("it answers");
            npm.peer.must(json!({"cmd": "cut"})).await;
        };
        let calls = async { tokio::join!(resent, lost, cut) };
        let (resent, lost, ()) = within("the calls", calls).await;
        assert_eq!(resent.expect("it was made again"), "resent");
        match lost {
            Err(CallError::CallbackLost) => return,
            lost => assert_eq!(lost.expect("it was answered before"), "lost"),
        }
    }
    panic!("the cut never came in time");
}

async fn our_server_makes_a_call_again_with_its_arguments(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    let client = ours.client().await;
    let resent = client.call_with_resend::<u8>("cutter", "add", (20, 22));
    let lost = client.call::<u8>("cutter", "add", (1, 2));
    let (resent, lost) = within("the calls", async { tokio::join!(resent, lost) }).await;
    assert_eq!(resent.expect("it was made again"), 42);
    assert!(matches!(lost, Err(CallError::CallbackLost)), "{lost:?}");
    let calls = peer.must(json!({"cmd": "calls"})).await;
    let calls: Vec<_> = calls
        .as_array()
        .expect("a list")
        .iter()
        .map(|call| &call["args"])
        .collect();
    assert_eq!(calls, [&json!([20, 22]), &json!([1, 2]), &json!([20, 22])]);
}

async fn an_npm_server_makes_a_call_again(net: Net) {
    let npm = NpmServer::start(net).await;
    let relay = Relay::start(npm.place.clone(), Vec::new()).await;
    let client = client().with_application(flaky());
    let _connection = connect("testbed", client, &relay.place).await;
    let resent = npm.peer.must(json!({
        "cmd": "callWithResend", "interface": "flaky", "method": "second",
    }));
    tokio::select! {
        results = resent => assert_eq!(results, json!([2])),
        () = relay.admit_when_noticed(&npm.peer) => {}
    }
}
