use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jstp_engine::{Config, Heartbeat};
use jstp_session::{Direction, SessionId};
use jstp_transport::memory::{self, MemoryTransport};
use jstp_transport::{FramedStream, TransportOptions};
use jstp_wire::Value;
use tokio::io::DuplexStream;

use super::*;
use crate::{Application, CloseReason, Interface};

async fn within<T>(future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(Duration::from_secs(100), future).await;
    outcome.expect("what was waited for happens in time")
}

/// A connection of a server, not started.
fn connection() -> Connection {
    connection_with(ConnectionOptions::default())
}

fn connection_with(options: ConnectionOptions) -> Connection {
    let calc = Interface::new()
        .method("add", |a: i64, b: i64| a + b)
        .method("text", |length: usize| "x".repeat(length))
        .method("tell", |connection: Connection| {
            connection.try_emit("i", "told", ()).unwrap();
        })
        .method("ask", async |connection: Connection| {
            connection.call::<i64>("i", "answer", ()).await
        });
    let application = Application::new("app").unwrap().interface("calc", calc);
    let session = Session::new(SessionId::from("S"), Direction::Server);
    prepare(session, Arc::new(application), options, Arc::new(()))
}

fn transport() -> (MemoryTransport, Attachment) {
    let (near, far) = memory::pair();
    (far, Connected::new(Box::pin(near), Address::Memory).into())
}

async fn send(peer: &mut MemoryTransport, text: &'static str) {
    within(peer.send(Bytes::from_static(text.as_bytes())))
        .await
        .unwrap();
}

async fn receive(peer: &mut MemoryTransport) -> Option<Bytes> {
    within(peer.next()).await.map(|message| message.unwrap())
}

/// A connection that runs over a transport, and the other end of that.
async fn running() -> (Connection, MemoryTransport) {
    let connection = connection();
    let (mut peer, attachment) = transport();
    attach_as_server(&connection, attachment);
    start(&connection);
    assert_eq!(receive(&mut peer).await.unwrap(), "{handshake:[0],ok:'S'}");
    (connection, peer)
}

/// Starts a connection over a stream that keeps so many bytes; gives the other end of that.
fn running_over_bytes(connection: &Connection, kept: usize) -> FramedStream<DuplexStream> {
    let (near, far) = tokio::io::duplex(kept);
    let [near, far] =
        [near, far].map(|stream| FramedStream::new(stream, &TransportOptions::default()));
    let attachment = Connected::new(Box::pin(near), Address::Memory).into();
    attach_as_server(connection, attachment);
    start(connection);
    far
}

#[tokio::test]
async fn a_close_reaches_a_transport_that_the_driver_has_not_seen() {
    let (connection, mut old) = running().await;
    send(&mut old, "{call:[1,'calc'],add:[1,2]}").await;
    let (mut new, attachment) = transport();
    resume_as_server(&connection, attachment, 0);
    close_soon(&connection);
    assert_eq!(receive(&mut new).await.unwrap(), "{handshake:[0],ok:0}");
    assert!(receive(&mut new).await.is_none());
    assert!(receive(&mut old).await.is_none());
    // What came by the old one was not handled behind the count that was told.
    assert_eq!(connection.session().snapshot().received(), 0);
    assert_eq!(connection.status(), Status::Closed);
}

#[tokio::test]
async fn of_two_transports_the_latest_counts() {
    let (connection, mut old) = running().await;
    let (mut first, attachment) = transport();
    resume_as_server(&connection, attachment, 0);
    let (mut second, attachment) = transport();
    resume_as_server(&connection, attachment, 0);
    assert_eq!(receive(&mut second).await.unwrap(), "{handshake:[0],ok:0}");
    assert!(receive(&mut old).await.is_none());
    assert!(receive(&mut first).await.is_none());
    send(&mut second, "{call:[1,'calc'],add:[1,2]}").await;
    assert_eq!(receive(&mut second).await.unwrap(), "{callback:[1],ok:[3]}");
}

#[tokio::test]
async fn a_transport_that_fails_after_it_was_replaced_is_not_spoken_of() {
    let (connection, old) = running().await;
    let mut events = connection.events();
    drop(old);
    let (mut new, attachment) = transport();
    resume_as_server(&connection, attachment, 0);
    assert_eq!(receive(&mut new).await.unwrap(), "{handshake:[0],ok:0}");
    close_soon(&connection);
    assert!(receive(&mut new).await.is_none());
    drop(connection);
    let mut closes = Vec::new();
    while let Some(event) = within(events.recv()).await {
        if let ConnectionEvent::Close(reason) = event {
            closes.push(reason);
        }
    }
    assert!(matches!(closes[..], [CloseReason::Closed]), "{closes:?}");
}

#[tokio::test]
async fn an_attempt_comes_to_nothing_when_the_connection_is_closed_meanwhile() {
    let (connection, _peer) = running().await;
    connection.detach();
    let attempt = Attempt::begin(&connection);
    assert_eq!(attempt.status(), Status::Detached);
    within(connection.close()).await;
    let (_peer, attachment) = transport();
    assert!(resume_as_client(&connection, attachment, 0, attempt).is_err());
    assert_eq!(connection.status(), Status::Closed);
    // One that began after the close is meant to undo it.
    let attempt = Attempt::begin(&connection);
    let (_peer, attachment) = transport();
    assert!(resume_as_client(&connection, attachment, 0, attempt).is_ok());
    assert_eq!(connection.status(), Status::Attached);
}

#[tokio::test]
async fn while_draining_answers_are_taken_and_nothing_new_counts_as_received() {
    let (connection, mut peer) = running().await;
    send(&mut peer, "{call:[1,'calc'],ask:[]}").await;
    assert_eq!(
        receive(&mut peer).await.unwrap(),
        "{call:[-1,'i'],answer:[]}"
    );
    let draining = tokio::spawn({
        let connection = connection.clone();
        async move { drain(&connection).await }
    });
    send(&mut peer, "{ping:[2]}").await;
    assert_eq!(receive(&mut peer).await.unwrap(), "{pong:[2]}");
    while !connection.shared().draining.load(Ordering::Relaxed) {
        tokio::task::yield_now().await;
    }
    for skipped in [
        "{call:[3,'calc'],add:[1,2]}",
        "{ping:[4]}",
        "{event:[5]}",
        "{callback:[-1],ok:[7]}",
    ] {
        send(&mut peer, skipped).await;
    }
    assert_eq!(receive(&mut peer).await.unwrap(), "{callback:[1],ok:[7]}");
    within(draining).await.unwrap();
    within(connection.close()).await;
    assert!(receive(&mut peer).await.is_none());
    assert_eq!(connection.session().snapshot().received(), 2);
}

#[tokio::test]
async fn a_drain_does_not_wait_for_a_driver_that_is_gone() {
    let (connection, _peer) = running().await;
    connection
        .shared()
        .command(|state| state.command.end = true);
    within(drain(&connection)).await;
    within(connection.close()).await;
}

#[tokio::test]
async fn a_change_of_a_session_value_may_use_the_connection_and_is_asked_again_when_others_change_it()
 {
    let connection = connection();
    let mut asked = 0;
    connection.session().update("count", |count| {
        asked += 1;
        if asked == 1 {
            connection.session().set("count", 41);
        }
        Value::from(count.and_then(Value::as_i64).unwrap_or(0) + 1)
    });
    assert_eq!(asked, 2);
    assert_eq!(connection.session().get("count"), Some(Value::from(42)));
}

#[tokio::test]
async fn who_waits_for_the_close_learns_of_it_but_not_of_a_loss() {
    let (connection, peer) = running().await;
    drop(peer);
    within(connection.disconnected()).await;
    assert!(futures_util::poll!(std::pin::pin!(connection.closed())).is_pending());
    give_up(&connection);
    within(connection.closed()).await;
}

#[tokio::test]
async fn what_was_not_written_is_no_longer_counted_when_the_write_timeout_ends_its_transport() {
    let budget = crate::MemoryBudget::new(0);
    let options = ConnectionOptions::default()
        .with_memory_budget(budget.clone())
        .with_write_timeout(Duration::from_millis(50));
    let connection = connection_with(options);
    let (near, _far) = tokio::io::duplex(1024);
    let near = FramedStream::new(near, &TransportOptions::default());
    let attachment = Connected::new(Box::pin(near), Address::Memory).into();
    attach_as_server(&connection, attachment);
    start(&connection);
    let text = "x".repeat(1024 * 1024);
    connection.try_emit("i", "e", (&text,)).unwrap();
    within(connection.disconnected()).await;
    // It is still kept for a resume, but once.
    within(async {
        while budget.held() >= text.len() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_peer_has_read_is_not_counted_although_there_is_always_more_for_it() {
    let budget = crate::MemoryBudget::new(0);
    let options = ConnectionOptions::default().with_memory_budget(budget.clone());
    let connection = connection_with(options);
    let mut far = running_over_bytes(&connection, 16 * 1024);
    let text = "x".repeat(3000);
    let emitting = async {
        for _ in 0..1500 {
            connection.emit("i", "e", (&text,)).await.unwrap();
        }
    };
    let reading = async {
        while let Some(message) = far.next().await {
            let message = message.unwrap();
            if let Some(ping) = message.strip_prefix(b"{ping:") {
                let pong = [b"{pong:", ping].concat();
                far.send(pong.into()).await.unwrap();
            }
        }
    };
    tokio::select! {
        () = within(emitting) => {}
        () = reading => unreachable!(),
    }
    let kept = connection.shared().state().engine.unacknowledged_bytes();
    assert!(kept > 1024 * 1024, "{kept}");
    assert!(
        budget.held() < kept + 128 * 1024,
        "{} {kept}",
        budget.held()
    );
}

#[tokio::test]
async fn what_a_peer_acknowledges_before_it_is_written_is_counted() {
    let budget = crate::MemoryBudget::new(0);
    let options = ConnectionOptions::default().with_memory_budget(budget.clone());
    let connection = connection_with(options);
    let mut far = running_over_bytes(&connection, 16 * 1024);
    let text = "x".repeat(100 * 1024);
    for _ in 0..10 {
        connection.try_emit("i", "e", (&text,)).unwrap();
    }
    far.send(Bytes::from_static(b"{pong:[-1000]}"))
        .await
        .unwrap();
    // This is read behind it.
    far.send(Bytes::from_static(b"{ping:[7]}")).await.unwrap();
    within(async {
        while connection.session().snapshot().received() < 7 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert_eq!(connection.session().snapshot().unacknowledged().count(), 0);
    // But for its first 64 KiB.
    assert!(budget.held() >= 9 * text.len(), "{}", budget.held());
}

#[tokio::test(start_paused = true)]
async fn a_peer_whose_answer_was_not_read_has_time_again_when_it_is_read() {
    let budget = crate::MemoryBudget::new(0);
    let mut other = crate::budget::Share::new(Some(budget.clone()));
    other.set_message(9 * 1024 * 1024);
    let allowed = other.allowance();
    other.set_message(allowed);
    assert!(other.allowance() > allowed);
    let second = Duration::from_secs(1);
    let heartbeat = Heartbeat::every(second).with_timeout(3 * second);
    let options = ConnectionOptions::default()
        .with_memory_budget(budget)
        .with_engine(Config::default().with_heartbeat(heartbeat));
    let connection = connection_with(options);
    let mut far = running_over_bytes(&connection, 1024 * 1024);
    assert_eq!(far.next().await.unwrap().unwrap(), "{handshake:[0],ok:'S'}");
    assert_eq!(far.next().await.unwrap().unwrap(), "{ping:[-1]}");
    let long = format!("{{call:[1,'calc'],add:[1,2{}]}}", " ".repeat(512 * 1024));
    far.send(long.into()).await.unwrap();
    far.send(Bytes::from_static(b"{pong:[-1]}")).await.unwrap();
    tokio::time::sleep(10 * second).await;
    drop(other);
    assert_eq!(far.next().await.unwrap().unwrap(), "{callback:[1],ok:[3]}");
    assert_eq!(connection.status(), Status::Attached);
    // It does not answer any more.
    within(connection.disconnected()).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_not_read_until_it_reads_is_not_taken_for_dead_by_that() {
    let second = Duration::from_secs(1);
    let heartbeat = Heartbeat::every(second).with_timeout(3 * second);
    let engine = Config::default().with_heartbeat(heartbeat);
    let connection = connection_with(ConnectionOptions::default().with_engine(engine));
    let mut far = running_over_bytes(&connection, 64 * 1024);
    assert_eq!(far.next().await.unwrap().unwrap(), "{handshake:[0],ok:'S'}");
    assert_eq!(far.next().await.unwrap().unwrap(), "{ping:[-1]}");
    let call = b"{call:[1,'calc'],text:[1000000]}";
    far.send(Bytes::from_static(call)).await.unwrap();
    far.send(Bytes::from_static(b"{pong:[-1]}")).await.unwrap();
    tokio::time::sleep(10 * second).await;
    assert_eq!(far.next().await.unwrap().unwrap().len(), 1_000_022);
    tokio::time::sleep(2 * second).await;
    assert_eq!(connection.status(), Status::Attached);
    // It does not answer any more.
    within(connection.disconnected()).await;
}

#[tokio::test]
async fn who_drops_a_call_of_a_session_that_has_ended_drops_none_of_the_next_one() {
    let session = |id| Session::new(SessionId::from(id), Direction::Client);
    let api = Arc::new(Application::new("app").unwrap());
    let options = ConnectionOptions::default();
    let connection = prepare(session("S"), api, options, Arc::new(()));
    let (_peer, attachment) = transport();
    attach_as_client(&connection, attachment);
    let mut old = Box::pin(connection.call::<()>("i", "m", ()));
    assert!(futures_util::poll!(&mut old).is_pending());
    let (_peer, attachment) = transport();
    let attempt = Attempt::begin(&connection);
    assert!(restart_as_client(&connection, attachment, session("T"), attempt).is_ok());
    let mut new = Box::pin(connection.call::<()>("i", "m", ()));
    assert!(futures_util::poll!(&mut new).is_pending());
    drop(old);
    assert_eq!(connection.calls_under_way(), 1);
    drop(new);
    assert_eq!(connection.calls_under_way(), 0);
}

#[tokio::test]
async fn answers_keep_their_places_before_what_later_handlers_send() {
    let (_connection, mut peer) = running().await;
    for call in [
        "{call:[1,'calc'],add:[1,2]}",
        "{call:[2,'calc'],tell:[]}",
        "{call:[3,'calc'],none:[]}",
        "{call:[4,'calc'],add:[2,2]}",
    ] {
        send(&mut peer, call).await;
    }
    for answer in [
        "{callback:[1],ok:[3]}",
        "{event:[-1,'i'],told:[]}",
        "{callback:[2],ok:[]}",
        "{callback:[3],error:[14]}",
        "{callback:[4],ok:[4]}",
    ] {
        assert_eq!(receive(&mut peer).await.unwrap(), answer);
    }
}

#[tokio::test]
async fn a_call_behind_an_answer_for_which_there_is_no_room_waits_and_is_told_of_once() {
    let connection = connection();
    let mut events = connection.events();
    let mut far = running_over_bytes(&connection, 1024);
    let length = 2 * Config::default().max_answer_bytes;
    let long = format!("{{call:[1,'calc'],text:[{length}]}}");
    far.feed(long.into()).await.unwrap();
    let behind = Bytes::from_static(b"{call:[2,'calc'],add:[1,2]}");
    far.send(behind).await.unwrap();
    within(async {
        while connection.session().snapshot().received() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(connection.session().snapshot().received(), 1);
    assert_eq!(far.next().await.unwrap().unwrap(), "{handshake:[0],ok:'S'}");
    assert!(far.next().await.unwrap().unwrap().len() > length);
    assert_eq!(far.next().await.unwrap().unwrap(), "{callback:[2],ok:[3]}");
    drop((connection, far));
    let mut incoming = 0;
    while let Some(event) = within(events.recv()).await {
        incoming += usize::from(matches!(event, ConnectionEvent::IncomingMessage(_)));
    }
    assert_eq!(incoming, 2);
}

#[tokio::test]
async fn a_callback_behind_an_answer_for_which_there_is_no_room_waits_for_no_handlers() {
    let budget = crate::MemoryBudget::new(0);
    let options = ConnectionOptions::default().with_memory_budget(budget);
    let connection = connection_with(options);
    let (mut peer, attachment) = transport();
    attach_as_server(&connection, attachment);
    // A handler that holds much, and goes on with the last of these, which are there before anything is read.
    let ask = format!("{{call:[1,'calc'],ask:[{}]}}", " ".repeat(64 * 1024));
    let length = 2 * Config::default().max_answer_bytes;
    let long = format!("{{call:[2,'calc'],text:[{length}]}}");
    for message in [ask, long, "{callback:[-1],ok:[7]}".to_owned()] {
        within(peer.send(message.into())).await.unwrap();
    }
    start(&connection);
    assert_eq!(receive(&mut peer).await.unwrap(), "{handshake:[0],ok:'S'}");
    let asked = receive(&mut peer).await.unwrap();
    assert_eq!(asked, "{call:[-1,'i'],answer:[]}");
    assert!(receive(&mut peer).await.unwrap().len() > length);
    loop {
        let message = receive(&mut peer).await.unwrap();
        if !message.starts_with(b"{ping:") {
            assert_eq!(message, "{callback:[1],ok:[7]}");
            break;
        }
    }
}
