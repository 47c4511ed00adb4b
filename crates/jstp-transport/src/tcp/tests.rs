use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

use super::*;
use crate::{IntoConnector, conformance};

async fn acceptor() -> TcpAcceptor {
    TcpAcceptor::bind("127.0.0.1:0", &TransportOptions::default())
        .await
        .unwrap()
}

async fn connected() -> (BoxTransport, BoxTransport) {
    let mut acceptor = acceptor().await;
    let connector = acceptor.local_address().into_connector().unwrap();
    let client = connector
        .connect(&TransportOptions::default())
        .await
        .unwrap();
    assert_eq!(client.peer, acceptor.local_address());
    let accepted = acceptor.accept().await;
    assert!(
        accepted
            .peer
            .as_tcp()
            .is_some_and(|peer| peer.ip().is_loopback())
    );
    (client.transport, accepted.into_transport().await.unwrap())
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(100), what)
        .await
        .expect("it comes in time")
}

#[tokio::test]
async fn tcp_conforms() {
    let (client, server) = connected().await;
    conformance::run(client, server).await;
    let (client, server) = connected().await;
    conformance::run(server, client).await;
    let (client, server) = connected().await;
    conformance::run_cut(client, server).await;
}

#[tokio::test]
async fn a_reset_by_the_peer_is_an_error_and_then_the_end() {
    let mut acceptor = acceptor().await;
    let address = acceptor.local_address().as_tcp().unwrap();
    let peer = TcpStream::connect(address).await.unwrap();
    let mut transport = acceptor.accept().await.into_transport().await.unwrap();
    transport.send("{}".into()).await.unwrap();
    peer.readable().await.unwrap();
    // What is unread when a socket is closed makes the system send a reset.
    drop(peer);
    let outcome = within(transport.next()).await;
    assert!(
        matches!(&outcome, Some(Err(Error::Io(e))) if e.kind() == io::ErrorKind::ConnectionReset),
        "{outcome:?}"
    );
    assert!(within(transport.next()).await.is_none());
}

#[tokio::test]
async fn a_peer_that_ends_inside_a_message_is_an_error() {
    let mut acceptor = acceptor().await;
    let mut peer = TcpStream::connect(acceptor.local_address().as_tcp().unwrap())
        .await
        .unwrap();
    let mut transport = acceptor.accept().await.into_transport().await.unwrap();
    peer.write_all(b"{}\0{pi").await.unwrap();
    peer.shutdown().await.unwrap();
    assert_eq!(within(transport.next()).await.unwrap().unwrap(), "{}");
    let outcome = within(transport.next()).await;
    assert!(
        matches!(outcome, Some(Err(Error::Truncated { bytes: 3 }))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn both_sides_send_without_delay() {
    let mut acceptor = acceptor().await;
    let connector = TcpConnector::from(acceptor.local_address().as_tcp().unwrap());
    let (client, _) = connector
        .connect_stream(&TransportOptions::default())
        .await
        .unwrap();
    let (server, _) = acceptor.accept_stream().await;
    assert!(client.nodelay().unwrap());
    assert!(server.nodelay().unwrap());
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    // Only one of the families listens, whichever `localhost` names first.
    let mut acceptor = acceptor().await;
    let port = acceptor.local_address().as_tcp().unwrap().port();
    let connector = ("localhost", port).into_connector().unwrap();
    let options = TransportOptions::default();
    let connecting = connector.connect(&options);
    let (connected, _) = within(async { tokio::join!(connecting, acceptor.accept()) }).await;
    assert_eq!(connected.unwrap().peer, acceptor.local_address());
}

#[tokio::test]
async fn nobody_listening_is_an_error_of_the_system() {
    // Nobody else is given the port meanwhile.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let connector = TcpConnector::from(socket.local_addr().unwrap());
    let error = connector
        .connect(&TransportOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::ConnectionRefused),
        "{error:?}"
    );
}

#[tokio::test]
async fn connecting_gives_up_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    // Once its short queue is full, the system leaves newcomers without an answer.
    let listener = socket.listen(1).unwrap();
    let connector = TcpConnector::from(listener.local_addr().unwrap());
    let options = TransportOptions::default().with_connect_timeout(Duration::from_millis(100));
    let mut queued = Vec::new();
    let error = loop {
        match connector.connect(&options).await {
            Ok(connected) => queued.push(connected),
            Err(error) => break error,
        }
        assert!(queued.len() < 100, "the queue must get full");
    };
    assert!(matches!(error, Error::ConnectTimeout), "{error:?}");
}

#[tokio::test]
async fn giving_up_accepting_loses_no_connection() {
    let mut acceptor = acceptor().await;
    let address = acceptor.local_address().as_tcp().unwrap();
    assert!(timeout(Duration::ZERO, acceptor.accept()).await.is_err());
    let mut peer = TcpStream::connect(address).await.unwrap();
    peer.write_all(b"{}\0").await.unwrap();
    let mut transport = within(acceptor.accept())
        .await
        .into_transport()
        .await
        .unwrap();
    assert_eq!(within(transport.next()).await.unwrap().unwrap(), "{}");
}

#[tokio::test]
async fn bound_listeners_of_std_and_tokio_are_taken_over() {
    let options = TransportOptions::default();
    let bound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = bound.local_addr().unwrap();
    let listener = bound.into_listener(&options).await.unwrap();
    assert_eq!(listener.local_address(), Address::Tcp(address));

    let bound = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut listener = bound
        .into_listener(&options)
        .await
        .unwrap()
        .into_listener(&options)
        .await
        .unwrap();
    let connector = listener.local_address().into_connector().unwrap();
    let (connected, _) =
        within(async { tokio::join!(connector.connect(&options), listener.accept()) }).await;
    connected.unwrap();
}

#[tokio::test]
async fn an_acceptor_keeps_its_own_message_limit() {
    let options = TransportOptions::default().with_max_message_size(4);
    let mut listener = "127.0.0.1:0".into_listener(&options).await.unwrap();
    let connector = listener.local_address().into_connector().unwrap();
    let mut client = connector
        .connect(&TransportOptions::default())
        .await
        .unwrap()
        .transport;
    let mut server = listener.accept().await.into_transport().await.unwrap();
    client.send("{a:1}".into()).await.unwrap();
    assert!(matches!(
        within(server.next()).await,
        Some(Err(Error::TooLong { limit: 4 }))
    ));
}
