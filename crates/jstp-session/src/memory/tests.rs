use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::SimpleSessionStorageProvider;
use crate::testing::block_on;
use crate::{Direction, Session, SessionId, SessionStorageProvider, conformance};

const HOUR: Duration = Duration::from_secs(3_600);

/// A provider and the hand of its clock.
fn provider() -> (SimpleSessionStorageProvider, impl Fn(Duration)) {
    let now = Arc::new(Mutex::new(Instant::now()));
    let mut provider = SimpleSessionStorageProvider::new();
    let clock = Arc::clone(&now);
    provider.clock = Arc::new(move || *clock.lock().unwrap());
    (provider, move |time| *now.lock().unwrap() += time)
}

fn id(name: &str) -> SessionId {
    SessionId::from(name)
}

fn store(provider: &SimpleSessionStorageProvider, name: &str) {
    block_on(provider.set(Session::new(id(name), Direction::Server))).unwrap();
}

fn store_inactive(provider: &SimpleSessionStorageProvider, name: &str) {
    store(provider, name);
    block_on(provider.set_inactive(&id(name))).unwrap();
}

fn finds(provider: &SimpleSessionStorageProvider, name: &str) -> bool {
    block_on(provider.get(&id(name))).unwrap().is_some()
}

fn purge(provider: &SimpleSessionStorageProvider) -> usize {
    block_on(provider.purge()).unwrap()
}

#[test]
fn the_memory_provider_conforms() {
    let (provider, _) = provider();
    block_on(conformance::run(&provider)).unwrap();
    assert!(provider.is_empty());
}

#[test]
fn the_defaults_are_a_day_and_an_hour() {
    let (provider, advance) = provider();
    assert_eq!(provider.purge_interval(), Some(HOUR));
    store_inactive(&provider, "a");
    advance(23 * HOUR + Duration::from_nanos(3_599_999_999_999));
    assert_eq!(purge(&provider), 0);
    advance(Duration::from_nanos(1));
    assert_eq!(purge(&provider), 1);
    assert!(provider.is_empty());
}

#[test]
fn an_expired_session_is_not_found_even_before_the_purge() {
    let (provider, advance) = provider();
    store_inactive(&provider, "a");
    advance(24 * HOUR);
    assert!(!finds(&provider, "a"));
    assert!(provider.is_empty());
}

#[test]
fn active_sessions_do_not_expire() {
    let (provider, advance) = provider();
    store(&provider, "a");
    advance(1_000 * HOUR);
    assert_eq!(purge(&provider), 0);
    assert!(finds(&provider, "a"));
}

#[test]
fn a_session_that_was_fetched_is_active_again() {
    let (provider, advance) = provider();
    store_inactive(&provider, "a");
    advance(23 * HOUR);
    assert!(finds(&provider, "a"));
    advance(1_000 * HOUR);
    assert_eq!(purge(&provider), 0);
    block_on(provider.set_inactive(&id("a"))).unwrap();
    advance(23 * HOUR);
    assert!(finds(&provider, "a"));
}

#[test]
fn a_purge_drops_only_what_has_expired() {
    let (provider, advance) = provider();
    let provider = provider.with_inactive_lifetime(2 * HOUR);
    for name in ["a", "b", "c", "d"] {
        store_inactive(&provider, name);
        advance(HOUR);
    }
    assert_eq!(purge(&provider), 3);
    assert!(!finds(&provider, "c"));
    assert!(finds(&provider, "d"));
}

#[test]
fn the_longest_inactive_session_makes_room() {
    let (provider, advance) = provider();
    let provider = provider.with_max_sessions(3);
    store(&provider, "active");
    store_inactive(&provider, "older");
    advance(HOUR);
    store_inactive(&provider, "newer");
    store(&provider, "one more");
    assert_eq!(provider.len(), 3);
    assert!(!finds(&provider, "older"));
    assert!(finds(&provider, "active") && finds(&provider, "newer"));
}

#[test]
fn storing_fails_when_all_places_are_taken_by_active_sessions() {
    let (provider, _) = provider();
    let provider = provider.with_max_sessions(0);
    store(&provider, "a");
    store(&provider, "a");
    let refused = block_on(provider.set(Session::new(id("b"), Direction::Server)));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "there are already 1 active sessions"
    );
    assert!(finds(&provider, "a") && !finds(&provider, "b"));
    block_on(provider.remove(&id("a"))).unwrap();
    store(&provider, "b");
}
