//! Handshakes that come too late, too often, or not at all.

use std::time::Duration;

use futures_util::StreamExt as _;
use jstp::transport::{TransportOptions, memory};
use jstp::{Connector as _, ServerOptions, net};
use tokio::time::Instant;

use crate::common::{Host, Seen, application, goes_on, last_words};
use crate::raw_peer::RawPeer;

#[tokio::test]
async fn a_message_before_the_handshake_closes_and_nothing_behind_it_is_handled() {
    let host = Host::new().await;
    for first in [
        "{call:[1,'log'],note:[1]}",
        "{event:[1,'log'],said:[1]}",
        "{ping:[1]}",
        "{x:[1]}",
    ] {
        let mut peer = RawPeer::connect(host.address).await;
        let stream =
            format!("{{}}\0{first}\0{{handshake:[0,'app']}}\0{{call:[2,'log'],note:[2]}}\0");
        peer.send_to_the_end(stream.as_bytes()).await;
        assert_eq!(last_words(&mut peer).await, Vec::<String>::new(), "{first}");
    }
    assert!(host.seen.all().is_empty());
    host.is_well().await;
}

#[tokio::test]
async fn a_range_that_is_far_too_long_finds_nothing_even_if_it_means_something() {
    let host = Host::new().await;
    let padded = format!("1{}", " ".repeat(1024 * 1024));
    let many = format!("{}1", "1.x || ".repeat(100_000));
    for range in [padded, many] {
        let mut peer = RawPeer::connect(host.address).await;
        let request = format!("{{handshake:[0,'app','{range}']}}\0");
        peer.send_to_the_end(request.as_bytes()).await;
        assert_eq!(last_words(&mut peer).await, ["{handshake:[0],error:[10]}"]);
    }
    host.is_well().await;
}

#[tokio::test]
async fn a_second_handshake_closes_and_only_what_stood_before_it_is_handled() {
    let host = Host::new().await;
    for second in [
        "{handshake:[0,'app']}",
        "{handshake:[0],ok:'x'}",
        "{handshake:null}",
    ] {
        let seen = host.seen.all().len();
        let mut peer = host.join().await;
        let before = "{call:[1,'log'],note:[1]}\0{event:[2,'log'],said:[2]}\0";
        let behind = "{call:[3,'log'],note:[3]}\0{event:[4,'log'],said:[4]}\0{ping:[5]}\0";
        peer.send_to_the_end(format!("{before}{second}\0{behind}").as_bytes())
            .await;
        assert_eq!(
            last_words(&mut peer).await,
            ["{callback:[1],ok:[]}"],
            "{second}"
        );
        assert_eq!(host.seen.all()[seen..], [1, 2], "{second}");
    }
    host.is_well().await;
}

#[tokio::test]
async fn messages_right_behind_the_handshake_are_handled() {
    let host = Host::new().await;
    let mut peer = RawPeer::connect(host.address).await;
    peer.send_bytes(b"{}\0{handshake:[0,'app']}\0{}\0{ping:[1]}\0")
        .await
        .expect("the server reads");
    assert!(peer.message().await.starts_with("{handshake:[0],ok:'"));
    peer.expect("{pong:[1]}").await;
    goes_on(&mut peer, 2).await;
}

#[tokio::test]
async fn a_client_without_a_handshake_is_closed_at_the_timeout() {
    let timeout = Duration::from_millis(200);
    let host = Host::with(|options| options.with_handshake_timeout(timeout)).await;
    for words in ["", "{}\0", "{hand", "{}\0{handshake:[0,'ap"] {
        let start = Instant::now();
        let mut peer = RawPeer::connect(host.address).await;
        peer.send_bytes(words.as_bytes())
            .await
            .expect("the server reads");
        peer.expect_end().await;
        assert!(start.elapsed() >= timeout, "{words}");
    }
    host.is_well_in_the_end().await;
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_the_handshake_is_three_seconds() {
    let (listener, connector) = memory::listener();
    let options = ServerOptions::from([application(&Seen::default())]);
    let server = net::create_server(options)
        .listen(listener)
        .await
        .expect("a memory listener");
    let start = Instant::now();
    let connected = connector
        .connect(&TransportOptions::default())
        .await
        .expect("a listener");
    let mut transport = connected.transport;
    assert!(transport.next().await.is_none_or(|end| end.is_err()));
    let waited = start.elapsed();
    assert!(
        (Duration::from_secs(3)..Duration::from_millis(3100)).contains(&waited),
        "{waited:?}"
    );
    server.close().await;
}
