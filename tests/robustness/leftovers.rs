//! Calls that end without an answer leave nothing behind.

use std::time::Duration;

use futures_util::FutureExt as _;
use jstp::{CallError, CallOptions};

use crate::common::{Host, client_of_raw_server};
use crate::raw_peer::within;

#[tokio::test]
async fn a_dropped_call_is_forgotten_and_its_late_answer_ignored() {
    let (connection, mut peer) = client_of_raw_server().await;
    for id in 1..=3 {
        let call = connection.call::<i64>("i", "m", ()).boxed();
        assert!(call.now_or_never().is_none());
        peer.expect(&format!("{{call:[{id},'i'],m:[]}}")).await;
        assert_eq!(connection.calls_under_way(), 0);
    }
    peer.send("{callback:[2],ok:[1]}").await;
    let call = connection.call::<i64>("i", "m", ());
    let answer = async {
        peer.expect("{call:[4,'i'],m:[]}").await;
        peer.send("{callback:[4],ok:[7]}").await;
    };
    assert_eq!(
        within(async { tokio::join!(call, answer) })
            .await
            .0
            .expect("an answer"),
        7
    );
    assert_eq!(connection.calls_under_way(), 0);
}

#[tokio::test]
async fn a_call_that_times_out_is_forgotten() {
    let host = Host::new().await;
    let client = host.good_client().await;
    let options = CallOptions::default().with_timeout(Duration::from_millis(50));
    let outcome = within(client.call_with("bad", "never", (), options)).await;
    assert!(matches!(outcome, Err(CallError::Timeout)), "{outcome:?}");
    assert_eq!(client.calls_under_way(), 0);
    let answer: i64 = within(client.call("calc", "answer", ()))
        .await
        .expect("an answer");
    assert_eq!(answer, 42);
}

#[tokio::test]
async fn a_closed_connection_ends_every_call() {
    let (connection, mut peer) = client_of_raw_server().await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.call::<i64>("i", "m", ()).await })
        })
        .collect();
    for id in 1..=100 {
        peer.expect(&format!("{{call:[{id},'i'],m:[]}}")).await;
    }
    assert_eq!(connection.calls_under_way(), 100);
    peer.finish().await;
    within(connection.close()).await;
    for call in calls {
        let outcome = within(call).await.expect("no panic");
        assert!(matches!(outcome, Err(CallError::Closed)), "{outcome:?}");
    }
    assert_eq!(connection.calls_under_way(), 0);
    let late = connection.call::<i64>("i", "m", ()).await;
    assert!(matches!(late, Err(CallError::Send(_))), "{late:?}");
    assert_eq!(connection.calls_under_way(), 0);
}

#[tokio::test]
async fn a_lost_connection_without_a_reconnector_ends_every_call() {
    let (connection, mut peer) = client_of_raw_server().await;
    let call = tokio::spawn({
        let connection = connection.clone();
        async move { connection.call::<i64>("i", "m", ()).await }
    });
    peer.expect("{call:[1,'i'],m:[]}").await;
    peer.reset();
    let outcome = within(call).await.expect("no panic");
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(connection.calls_under_way(), 0);
}
