use std::time::Duration;

use jstp_connection::lifecycle;
use jstp_connection::{Application, ConnectionOptions};
use jstp_session::{Direction, Session};
use jstp_transport::{Address, Connected, memory};

use super::*;

/// A connection without a transport, and its session.
fn registry() -> Registry {
    let options = ConnectionOptions::default().into();
    Registry::new(Audience::new(&options))
}

fn connection(id: &str) -> (SessionId, Connection) {
    let id = SessionId::from(id);
    let session = Session::new(id.clone(), Direction::Server);
    let application = Arc::new(Application::default());
    let options = ConnectionOptions::default();
    (
        id,
        lifecycle::prepare(session, application, options, Arc::new(())),
    )
}

fn attach(connection: &Connection) {
    let (transport, _peer) = memory::pair();
    let connected = Connected::new(Box::pin(transport), Address::Memory);
    lifecycle::attach_as_server(connection, connected.into());
}

fn in_a_minute() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[test]
fn a_loss_counts_once() {
    let registry = registry();
    let (id, client) = connection("a");
    assert!(registry.enter(id.clone(), &client));
    assert_eq!(registry.clients().len(), 1);
    assert!(registry.detach(&id, &client, in_a_minute()));
    assert!(!registry.detach(&id, &client, in_a_minute()));
    assert!(registry.clients().is_empty());
}

#[test]
fn a_loss_that_is_noticed_late_does_not_count_against_the_client_that_is_back() {
    let registry = registry();
    let (id, client) = connection("a");
    registry.enter(id.clone(), &client);
    assert!(matches!(registry.claim(&id), Claim::Live(_)));
    // The old transport is known to be gone, the new one is not attached yet.
    assert!(!registry.detach(&id, &client, in_a_minute()));
    attach(&client);
    registry.release(&id, &client);
    assert!(!registry.detach(&id, &client, in_a_minute()));
    assert_eq!(
        (registry.clients().len(), registry.next_expiry()),
        (1, None)
    );
}

#[test]
fn a_loss_during_a_claim_counts_when_the_claim_is_released() {
    let registry = registry();
    let (id, client) = connection("a");
    registry.enter(id.clone(), &client);
    registry.detach(&id, &client, in_a_minute());
    assert!(matches!(registry.claim(&id), Claim::Live(_)));
    assert!(matches!(registry.claim(&id), Claim::Live(_)));
    registry.release(&id, &client);
    assert!(!registry.detach(&id, &client, in_a_minute()));
    registry.release(&id, &client);
    assert!(registry.detach(&id, &client, in_a_minute()));
}

#[test]
fn a_client_that_comes_and_goes_leaves_no_traces() {
    let registry = registry();
    let (id, client) = connection("a");
    registry.enter(id.clone(), &client);
    for _ in 0..100 {
        assert!(registry.detach(&id, &client, in_a_minute()));
        assert!(matches!(registry.claim(&id), Claim::Live(_)));
        registry.release(&id, &client);
    }
    assert!(registry.lock().detached.is_empty());
}

#[test]
fn sessions_expire_by_time_and_for_want_of_room() {
    let registry = registry();
    let now = Instant::now();
    for (n, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let (id, client) = connection(name);
        registry.enter(id.clone(), &client);
        registry.detach(&id, &client, now + Duration::from_secs(n as u64));
    }
    let expired = |after: u64, max| {
        let taken = registry.take_expired(now + Duration::from_secs(after), max);
        taken.map(|(session, _, _)| session.to_string())
    };
    assert_eq!(expired(0, 10).as_deref(), Some("a"));
    assert_eq!(expired(0, 10), None);
    assert_eq!(expired(0, 2).as_deref(), Some("b"));
    assert_eq!(expired(0, 2), None);
    assert_eq!(registry.next_expiry(), Some(now + Duration::from_secs(2)));
    assert_eq!(expired(9, 10).as_deref(), Some("c"));
    assert_eq!(expired(9, 10).as_deref(), Some("d"));
    assert_eq!((expired(9, 0), registry.next_expiry()), (None, None));
}

#[test]
fn nobody_restores_a_session_that_is_being_taken_out_of_memory() {
    let registry = registry();
    let (id, client) = connection("a");
    registry.enter(id.clone(), &client);
    let (_live, right) = registry.remove(&id).unwrap();
    let Claim::Wait(decided) = registry.claim(&id) else {
        panic!("it has to wait")
    };
    assert!(decided.has_changed().is_ok());
    drop(right);
    assert!(decided.has_changed().is_err());
    let Claim::Restore(right) = registry.claim(&id) else {
        panic!("it is the first to come")
    };
    assert!(right.restore(&client));
    assert!(matches!(registry.claim(&id), Claim::Live(_)));
}

#[test]
fn a_closed_registry_takes_nobody_in() {
    let registry = registry();
    let (id, client) = connection("a");
    registry.enter(id.clone(), &client);
    assert_eq!(registry.close().len(), 1);
    assert!(registry.is_closed());
    assert!(matches!(registry.claim(&id), Claim::Closed));
    assert!(!registry.enter(SessionId::from("b"), &client));
    registry.clear();
    assert!(registry.is_closed() && registry.clients().is_empty());
}
