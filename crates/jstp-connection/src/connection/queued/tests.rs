use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, poll};
use jstp_engine::{Config, SendError};
use jstp_session::{Direction, Session, SessionId, SessionLimits};
use jstp_transport::memory::{self, MemoryTransport};
use jstp_transport::{Address, Connected};

use crate::lifecycle::{attach_as_client, give_up, prepare, start};
use crate::{Application, Connection, ConnectionOptions, EmitError, PreparedEvent};

async fn within<T>(future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(Duration::from_secs(100), future).await;
    outcome.expect("what was waited for happens in time")
}

/// A connection that runs, and the other end of its transport.
fn connection(limits: SessionLimits) -> (Connection, MemoryTransport) {
    let application = Arc::new(Application::new("app").unwrap());
    let session = Session::new(SessionId::from("S"), Direction::Client).with_limits(limits);
    let engine = Config::default().with_max_waiting(1000, usize::MAX);
    let options = ConnectionOptions::default().with_engine(engine);
    let connection = prepare(session, application, options, Arc::new(()));
    let (near, far) = memory::pair();
    attach_as_client(
        &connection,
        Connected::new(Box::pin(near), Address::Memory).into(),
    );
    start(&connection);
    (connection, far)
}

/// Answers pings, and gives what else comes.
async fn next(peer: &mut MemoryTransport) -> Option<Bytes> {
    while let Some(message) = peer.next().await {
        let message = message.ok()?;
        let Some(ping) = message.strip_prefix(b"{ping:") else {
            return Some(message);
        };
        // Fails when the connection has just been closed.
        let _ = peer.send([b"{pong:", ping].concat().into()).await;
    }
    None
}

/// Reads on and on.
fn read(mut peer: MemoryTransport) {
    tokio::spawn(async move { while next(&mut peer).await.is_some() {} });
}

/// One message at a time.
fn one() -> SessionLimits {
    SessionLimits::default().with_max_buffered_messages(1)
}

#[tokio::test(start_paused = true)]
async fn one_that_is_polled_no_longer_holds_nobody_back_who_waits_behind_it() {
    for waiting in [false, true] {
        let (connection, peer) = connection(one());
        connection.emit("i", "e", ()).await.unwrap();
        let mut first = pin!(connection.emit("i", "first", ()));
        assert!(poll!(&mut first).is_pending());
        if waiting {
            let event = PreparedEvent::new("i", "e", ()).unwrap();
            event.try_queue_to(&connection).unwrap();
        }
        let mut second = pin!(connection.emit("i", "second", ()));
        assert!(poll!(&mut second).is_pending());
        read(peer);
        within(second).await.unwrap();
        within(first).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_learn_of_the_end_whoever_was_told_of_room_before() {
    let (connection, mut peer) = connection(one());
    connection.emit("i", "e", ()).await.unwrap();
    let mut first = pin!(connection.emit("i", "first", ()));
    let mut second = pin!(connection.emit("i", "second", ()));
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(&mut second).is_pending());
    // There is room for the first.
    next(&mut peer).await.unwrap();
    let pings = async { while next(&mut peer).await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(1), pings)
        .await
        .unwrap_err();
    give_up(&connection);
    let closed = |outcome| matches!(outcome, Err(EmitError::Send(SendError::Closed)));
    assert!(closed(within(second).await));
    assert!(closed(within(first).await));
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_not_overtaken_for_ever_by_those_who_do_not() {
    let limits = SessionLimits::default().with_max_buffered_bytes(64 * 1024);
    let (connection, peer) = connection(limits);
    read(peer);
    let short = "x".repeat(1000);
    // Uses all room that there is as soon as there is some.
    let flood = async {
        for _ in 0..10_000 {
            while connection.try_emit("i", "short", (&short,)).is_ok() {}
            tokio::task::yield_now().await;
        }
    };
    let long = "x".repeat(60 * 1024);
    tokio::select! {
        biased;
        () = flood => panic!("room for all but the one who waits"),
        emitted = connection.emit("i", "long", (&long,)) => emitted.unwrap(),
    }
}
