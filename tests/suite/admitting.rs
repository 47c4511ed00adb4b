//! Connections that somebody else has accepted and upgraded.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jstp::transport::Error;
use jstp::{Accepted, Address, ServerEvent, ServerOptions, net, ws};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::support::{app, within};

fn peer() -> Address {
    Address::Other("behind a web server".to_owned())
}

/// The browser's end of a connection that was upgraded, and the server's.
async fn upgraded() -> (WebSocketStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(4096);
    (
        WebSocketStream::from_raw_socket(far, Role::Client, None).await,
        near,
    )
}

async fn next(browser: &mut WebSocketStream<DuplexStream>) -> Option<Message> {
    within(browser.next()).await.map(Result::unwrap)
}

#[tokio::test]
async fn an_upgraded_connection_is_handed_over() {
    let server = net::create_server([app()]);
    let (mut browser, near) = upgraded().await;
    let options = server.transport_options().clone();
    let accepted = Accepted::pending(peer(), async move { Ok(ws::from_upgraded(near, &options)) });
    server.admit(accepted).unwrap();
    for (request, answer) in [
        ("{handshake:[0,'app']}", "{handshake:[0],ok:'"),
        ("{call:[1,'calc'],add:[1,2]}", "{callback:[1],ok:[3]}"),
    ] {
        browser.send(Message::text(request)).await.unwrap();
        let Some(Message::Text(text)) = next(&mut browser).await else {
            panic!("{request} is answered");
        };
        assert!(text.starts_with(answer), "{text}");
    }
    let [client] = &server.get_clients()[..] else {
        panic!("there is one client");
    };
    assert_eq!(client.remote_address(), peer());
    server.close().await;
    assert!(matches!(next(&mut browser).await, Some(Message::Close(_))));
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_that_never_comes_is_given_up_at_the_handshake_timeout() {
    let options = ServerOptions::new([app()]).with_handshake_timeout(Duration::from_secs(3));
    let server = net::create_server(options);
    let mut events = server.events();
    let start = tokio::time::Instant::now();
    server
        .admit(Accepted::pending(peer(), std::future::pending()))
        .unwrap();
    let event = within(events.recv()).await;
    assert!(matches!(event, Some(ServerEvent::HandshakeTimeout { .. })));
    assert_eq!(start.elapsed(), Duration::from_secs(3));

    let failed = Accepted::pending(peer(), async { Err(Error::other("the client is gone")) });
    server.admit(failed).unwrap();
    let Some(ServerEvent::HandshakeError { error, .. }) = within(events.recv()).await else {
        panic!("a failure is told");
    };
    assert_eq!(error, "the client is gone");
}

#[tokio::test]
async fn nobody_is_admitted_beyond_the_limit_or_after_the_end() {
    let server = net::create_server(ServerOptions::new([app()]).with_max_connections(1));
    let mut events = server.events();
    let forever = || Accepted::pending(peer(), std::future::pending());
    server.admit(forever()).unwrap();
    assert!(matches!(server.admit(forever()), Err(Error::Closed)));
    let event = within(events.recv()).await;
    assert!(matches!(event, Some(ServerEvent::ConnectionLimit { .. })));
    server.close().await;
    assert!(matches!(server.admit(forever()), Err(Error::Closed)));
}
