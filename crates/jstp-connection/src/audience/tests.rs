use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use jstp_session::{Direction, Session, SessionId, SessionLimits};
use jstp_transport::memory::{self, MemoryTransport};
use jstp_transport::{Address, Connected};

use super::*;
use crate::lifecycle::{Attachment, attach_as_server, prepare, resume_as_server, start};
use crate::{Application, ConnectionOptions};

/// Sessions hold 50 messages, and 10 events may wait.
fn options() -> SharedOptions {
    let engine = Config::default().with_max_waiting(10, usize::MAX);
    ConnectionOptions::default().with_engine(engine).into()
}

fn attachment() -> (Attachment, MemoryTransport) {
    let (near, far) = memory::pair();
    let connected = Connected::new(Box::pin(near), Address::Memory);
    (connected.into(), far)
}

/// A member that does not run yet, and the other end of its transport.
fn member(audience: &Audience) -> (Connection, MemoryTransport) {
    let application = Arc::new(Application::new("app").unwrap());
    let limits = SessionLimits::default().with_max_buffered_messages(50);
    let session = Session::new(SessionId::from("S"), Direction::Server).with_limits(limits);
    let connection = prepare(session, application, options(), Arc::new(()));
    audience.enter(&connection);
    let (attachment, far) = attachment();
    attach_as_server(&connection, attachment);
    (connection, far)
}

fn event(number: usize) -> PreparedEvent {
    PreparedEvent::new("i", "e", (number,)).unwrap()
}

/// Emits events until somebody has no room; gives how many.
fn emit_until_full(audience: &Audience) -> usize {
    let has_room = |number| {
        let event = event(number);
        let doubtful = audience.doubtful(&event).unwrap();
        let ask = |connection| audience.ask(connection, &event, &doubtful);
        let asked: Vec<_> = doubtful.connections.iter().map(ask).collect();
        audience.note_asked(&doubtful);
        !asked.contains(&Err(SendError::Full))
    };
    let mut emitted = 0;
    while has_room(emitted) {
        audience.emit(&event(emitted)).unwrap();
        emitted += 1;
    }
    emitted
}

/// The next event, with its number.
async fn next_event(far: &mut MemoryTransport) -> String {
    loop {
        let message = far.next().await.unwrap().unwrap();
        let text = String::from_utf8(message.to_vec()).unwrap();
        if let Some(ping) = text.strip_prefix("{ping:") {
            far.send(Bytes::from(format!("{{pong:{ping}")))
                .await
                .unwrap();
        } else if text.starts_with("{event:") {
            return text;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_no_room_is_found_before_it_is_further_behind_than_it_may() {
    let audience = Audience::new(&options());
    let (one, mut far) = member(&audience);
    let (other, _) = member(&audience);
    assert_eq!(emit_until_full(&audience), 60);
    audience.leave(&other);
    // It gets all of that, and what comes then.
    start(&one);
    for number in 0..60 {
        let expected = format!("e:[{number}]}}");
        assert!(next_event(&mut far).await.ends_with(&expected));
    }
    audience.emit(&event(60)).unwrap();
    assert!(next_event(&mut far).await.ends_with("e:[60]}"));
}

#[test]
fn who_comes_and_goes_has_no_more_wait_for_it_than_may() {
    let audience = Audience::new(&options());
    let (connection, _far) = member(&audience);
    assert_eq!(emit_until_full(&audience), 60);
    for _ in 0..10 {
        audience.leave(&connection);
        // All are asked while it is away.
        let (other, _) = member(&audience);
        assert!(emit_until_full(&audience) > 0);
        audience.leave(&other);
        audience.enter(&connection);
        assert_eq!(emit_until_full(&audience), 0);
    }
    assert_eq!(crate::lifecycle::backlog(&connection).waiting, 10);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_keeps_what_came_before_and_nothing_later_until_it_enters_again() {
    let audience = Audience::new(&options());
    let (connection, mut far) = member(&audience);
    start(&connection);
    audience.emit(&event(1)).unwrap();
    assert!(
        next_event(&mut far)
            .await
            .ends_with("{event:[-1,'i'],e:[1]}")
    );
    audience.emit(&event(2)).unwrap();
    audience.leave(&connection);
    audience.leave(&connection);
    assert_eq!(audience.emit(&event(3)).unwrap().taken, 0);
    audience.enter(&connection);
    // Twice is once.
    audience.enter(&connection);
    assert_eq!(audience.emit(&event(4)).unwrap().taken, 1);
    let (attachment, mut far) = attachment();
    resume_as_server(&connection, attachment, 1);
    for (id, number) in [(2, 2), (3, 4)] {
        let expected = format!("{{event:[-{id},'i'],e:[{number}]}}");
        assert_eq!(next_event(&mut far).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn who_rested_before_it_left_is_woken_when_it_has_entered_again() {
    let audience = Audience::new(&options());
    let (connection, mut far) = member(&audience);
    start(&connection);
    audience.emit(&event(1)).unwrap();
    next_event(&mut far).await;
    // In the same place of the log.
    audience.leave(&connection);
    audience.enter(&connection);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(audience.awake().is_empty());
    audience.emit(&event(2)).unwrap();
    assert!(next_event(&mut far).await.ends_with("e:[2]}"));
}

#[tokio::test(start_paused = true)]
async fn one_that_has_gone_is_in_nobodys_way() {
    let audience = Audience::new(&options());
    let (connection, _far) = member(&audience);
    start(&connection);
    connection.close().await;
    drop(connection);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(audience.awake().is_empty());
    assert_eq!(audience.emit(&event(1)).unwrap().taken, 0);
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn those_who_rest_are_woken_whatever_becomes_of_who_wakes_them() {
    let count = Arc::new(Count::default());
    let five = || {
        let wakers: HashMap<_, _> = (0..5).map(|id| (id, Waker::from(count.clone()))).collect();
        Sleepers(wakers.into_values())
    };
    let mut sleepers = five();
    assert!(sleepers.wake(2));
    assert_eq!(count.0.load(Ordering::Relaxed), 2);
    drop(sleepers);
    assert_eq!(count.0.load(Ordering::Relaxed), 5);
    let mut sleepers = five();
    assert!(!sleepers.wake(6));
    assert_eq!(count.0.load(Ordering::Relaxed), 10);
}
