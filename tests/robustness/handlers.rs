//! Handlers that fail, and many calls.

use futures_util::future::join_all;
use jstp::{CallError, RemoteError};

use crate::common::{Host, goes_on};
use crate::raw_peer::within;

#[tokio::test]
async fn a_handler_that_panics_answers_16_and_everything_goes_on() {
    let host = Host::new().await;
    let mut peer = host.join().await;
    peer.send_bytes(b"{call:[1,'bad'],panics:[]}\0{call:[2,'calc'],answer:[]}\0")
        .await
        .expect("open");
    peer.expect("{callback:[1],error:[16]}").await;
    peer.expect("{callback:[2],ok:[42]}").await;
    peer.send("{call:[3,'bad'],panicsLater:[]}").await;
    peer.expect("{callback:[3],error:[16]}").await;
    goes_on(&mut peer, 4).await;
    let client = host.good_client().await;
    let error = within(client.call::<i64>("bad", "panics", ()))
        .await
        .expect_err("it panics");
    assert_eq!(error.code(), Some(RemoteError::INTERNAL_API_ERROR));
}

#[tokio::test]
async fn a_handler_that_never_ends_holds_back_nothing() {
    let host = Host::new().await;
    let client = host.good_client().await;
    let never = tokio::spawn({
        let client = client.clone();
        async move { client.call::<i64>("bad", "never", ()).await }
    });
    for _ in 0..100 {
        let answer: i64 = within(client.call("calc", "answer", ()))
            .await
            .expect("an answer");
        assert_eq!(answer, 42);
    }
    assert_eq!(client.calls_under_way(), 1);
    within(client.close()).await;
    assert!(matches!(
        within(never).await.expect("no panic"),
        Err(CallError::Closed)
    ));
    within(host.server.close()).await;
}

#[tokio::test]
async fn a_server_closes_although_a_handler_never_ends() {
    let host = Host::new().await;
    let mut peer = host.join().await;
    peer.send("{call:[1,'bad'],never:[]}").await;
    goes_on(&mut peer, 2).await;
    let close = tokio::spawn({
        let server = host.server.clone();
        async move { server.close().await }
    });
    peer.expect_end().await;
    drop(peer);
    within(close).await.expect("no panic");
}

#[tokio::test]
async fn ten_thousand_pipelined_calls_are_all_answered() {
    let host = Host::new().await;
    let client = host.good_client().await;
    let calls = (0..10_000).map(|number| {
        let client = client.clone();
        async move { client.call::<f64>("calc", "add", (number, 1)).await }
    });
    let answers = within(join_all(calls)).await;
    for (number, answer) in (0..).zip(answers) {
        let answer = answer.expect("an answer");
        assert!(
            (answer - f64::from(number) - 1.0).abs() < 0.5,
            "{number}: {answer}"
        );
    }
    assert_eq!(client.calls_under_way(), 0);
    assert_eq!(client.session().snapshot().buffered_count(), 0);
}
