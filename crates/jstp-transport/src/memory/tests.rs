use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};

use super::*;
use crate::conformance;

async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(100), what)
        .await
        .expect("it comes in time")
}

#[tokio::test]
async fn memory_conforms() {
    let (a, b) = pair();
    conformance::run(Box::pin(a), Box::pin(b)).await;
    let (a, b) = pair_with(1, &TransportOptions::default());
    conformance::run(Box::pin(a), Box::pin(b)).await;
    let (a, b) = pair();
    conformance::run_cut(Box::pin(a), Box::pin(b)).await;
}

#[tokio::test]
async fn sixty_four_frames_wait_at_most() {
    let (mut a, mut b) = pair();
    for _ in 0..DEFAULT_CAPACITY {
        a.send("{}".into())
            .now_or_never()
            .expect("there is room")
            .unwrap();
    }
    assert!(a.send("{}".into()).now_or_never().is_none());
    b.next().await.unwrap().unwrap();
    a.send("{}".into())
        .now_or_never()
        .expect("there is room again")
        .unwrap();
}

#[tokio::test]
async fn dropping_one_end_wakes_the_other() {
    let (a, mut b) = pair();
    let reader = tokio::spawn(async move { b.next().await.is_none() });
    tokio::task::yield_now().await;
    drop(a);
    assert!(within(reader).await.unwrap());

    let (mut a, b) = pair_with(1, &TransportOptions::default());
    a.send("{}".into()).await.unwrap();
    let writer = tokio::spawn(async move { a.send("{}".into()).await });
    tokio::task::yield_now().await;
    drop(b);
    assert!(matches!(within(writer).await.unwrap(), Err(Error::Closed)));
}

#[tokio::test]
async fn what_was_sent_before_a_drop_is_still_received() {
    let (mut a, mut b) = pair();
    a.send("{a:1}".into()).await.unwrap();
    drop(a);
    assert_eq!(b.next().await.unwrap().unwrap(), "{a:1}");
    assert!(b.next().await.is_none());
    assert!(matches!(b.send("{}".into()).await, Err(Error::Closed)));
}

#[tokio::test]
async fn closing_leaves_the_other_direction_open() {
    let (mut a, mut b) = pair();
    a.close().await.unwrap();
    assert!(b.next().await.is_none());
    b.send("{b:2}".into()).await.unwrap();
    assert_eq!(a.next().await.unwrap().unwrap(), "{b:2}");
}

#[tokio::test]
async fn a_cut_loses_what_is_under_way_and_ends_both_sides() {
    let (mut a, mut b) = pair();
    let link = a.link();
    a.send("{}".into()).await.unwrap();
    link.cut();
    assert!(b.next().await.is_none());
    assert!(a.next().await.is_none());
    assert!(matches!(a.send("{}".into()).await, Err(Error::Closed)));
    assert!(matches!(b.send("{}".into()).await, Err(Error::Closed)));
}

#[tokio::test]
async fn limits_are_those_of_the_receiver() {
    let (mut listener, connector) =
        listener_with(&TransportOptions::default().with_max_message_size(2));
    let options = TransportOptions::default().with_max_message_size(5);
    let mut client = connector.connect(&options).await.unwrap().transport;
    let mut server = listener.accept().await.into_transport().await.unwrap();
    server.send("{a:1}".into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), "{a:1}");
    client.send("{}".into()).await.unwrap();
    client.send("{a:1}".into()).await.unwrap();
    assert_eq!(server.next().await.unwrap().unwrap(), "{}");
    assert!(matches!(
        server.next().await,
        Some(Err(Error::TooLong { limit: 2 }))
    ));
    assert!(server.next().await.is_none());
}

#[tokio::test]
async fn a_frame_with_a_nul_is_refused_as_on_byte_streams() {
    let (mut a, mut b) = pair();
    assert!(matches!(
        a.send("a\0b".into()).await,
        Err(Error::ContainsNul)
    ));
    a.send("{}".into()).await.unwrap();
    assert_eq!(b.next().await.unwrap().unwrap(), "{}");
}

#[tokio::test]
async fn a_listener_that_is_gone_refuses() {
    let (listener, connector) = listener();
    drop(listener);
    let error = connector
        .connect(&TransportOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::ConnectionRefused),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_does_not_accept_makes_connecting_time_out() {
    let (_listener, connector) = listener();
    let options = TransportOptions::default();
    for _ in 0..BACKLOG {
        connector.connect(&options).await.unwrap();
    }
    assert!(matches!(
        connector.connect(&options).await,
        Err(Error::ConnectTimeout)
    ));
}

#[tokio::test]
async fn the_connector_cuts_every_connection_it_made() {
    let (mut listener, connector) = listener();
    let options = TransportOptions::default();
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(connector.clone().connect(&options).await.unwrap().transport);
    }
    connector.cut();
    for client in &mut clients {
        assert!(within(client.next()).await.is_none());
    }
    for _ in 0..3 {
        let mut server = listener.accept().await.into_transport().await.unwrap();
        assert!(within(server.next()).await.is_none());
    }
    let mut client = connector.connect(&options).await.unwrap().transport;
    client.send("{}".into()).await.unwrap();
}

#[tokio::test]
async fn connections_that_are_gone_are_forgotten() {
    let (mut listener, connector) = listener();
    for _ in 0..1_000 {
        connector
            .connect(&TransportOptions::default())
            .await
            .unwrap();
        listener.accept().await;
    }
    assert!(connector.links.lock().unwrap().len() < 10);
}
