//! Our ends against those of tokio-tungstenite.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{self, Message};

use super::*;
use crate::conformance;

/// One of our ends and one of theirs.
async fn ours_and_theirs(role: Role) -> (WsStream<DuplexStream>, WebSocketStream<DuplexStream>) {
    let (near, far) = duplex(16 * 1024);
    let options = TransportOptions::default();
    let ours = match role {
        Role::Server => WsStream::client(near, &options),
        Role::Client => WsStream::server(near, &options),
    };
    let theirs = WebSocketStream::from_raw_socket(far, role, None).await;
    (ours, theirs)
}

#[tokio::test]
async fn messages_of_all_lengths_go_both_ways() {
    for role in [Role::Client, Role::Server] {
        let (mut ours, mut theirs) = ours_and_theirs(role).await;
        for length in [0, 1, 125, 126, 4096, 4097, 65_535, 65_536, 1_000_000] {
            let text = "ж".repeat(length / 2) + &"x".repeat(length % 2);
            let echo = async {
                let message = theirs.next().await.unwrap().unwrap();
                assert!(message.is_text());
                theirs.send(message).await.unwrap();
            };
            let call = async {
                ours.send(text.clone().into()).await.unwrap();
                assert_eq!(ours.next().await.unwrap().unwrap(), text);
            };
            within(async { tokio::join!(echo, call) }).await;
        }
    }
}

#[tokio::test]
async fn binary_messages_are_accepted() {
    let (mut ours, mut theirs) = ours_and_theirs(Role::Client).await;
    theirs
        .send(Message::Binary("{ping:[1]}".into()))
        .await
        .unwrap();
    assert_eq!(next(&mut ours).await.unwrap().unwrap(), "{ping:[1]}");
}

#[tokio::test]
async fn a_ping_is_answered_by_whoever_only_reads() {
    let (mut ours, mut theirs) = ours_and_theirs(Role::Client).await;
    let reading = tokio::spawn(async move { ours.next().await.is_none() });
    theirs
        .send(Message::Ping("are you there".into()))
        .await
        .unwrap();
    let pong = within(theirs.next()).await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
    theirs.close(None).await.unwrap();
    assert!(within(reading).await.unwrap());
}

#[tokio::test]
async fn closing_is_answered_with_its_code() {
    for role in [Role::Client, Role::Server] {
        let (mut ours, mut theirs) = ours_and_theirs(role).await;
        let frame = tungstenite::protocol::CloseFrame {
            code: 4001.into(),
            reason: "bye".into(),
        };
        theirs.close(Some(frame)).await.unwrap();
        assert!(next(&mut ours).await.is_none());
        ours.close().await.unwrap();
        let Some(Ok(Message::Close(Some(answer)))) = within(theirs.next()).await else {
            panic!("closing is answered");
        };
        assert_eq!(u16::from(answer.code), 4001);
        assert!(within(theirs.next()).await.is_none());
    }
}

#[tokio::test]
async fn closing_first_sends_1000_and_takes_what_still_comes() {
    for role in [Role::Client, Role::Server] {
        let (mut ours, mut theirs) = ours_and_theirs(role).await;
        ours.close().await.unwrap();
        theirs.send(Message::text("{}")).await.unwrap();
        let Some(Ok(Message::Close(Some(frame)))) = within(theirs.next()).await else {
            panic!("a close frame comes");
        };
        assert_eq!(u16::from(frame.code), 1000);
        // It answers by itself.
        let _ = theirs.flush().await;
        assert_eq!(next(&mut ours).await.unwrap().unwrap(), "{}");
        assert!(next(&mut ours).await.is_none());
        assert!(ours.send("{}".into()).await.is_err());
    }
}

#[tokio::test]
async fn it_is_a_transport() {
    let ends = || {
        let (near, far) = duplex(16 * 1024);
        let options = TransportOptions::default();
        let server = WsStream::server(near, &options);
        (server, WsStream::client(far, &options))
    };
    let (server, client) = ends();
    conformance::run(Box::pin(server), Box::pin(client)).await;
    let (server, client) = ends();
    conformance::run_cut(Box::pin(server), Box::pin(client)).await;
    let (server, client) = ends();
    conformance::run_cut(Box::pin(client), Box::pin(server)).await;
}
