//! Checks that a [`SessionStorageProvider`] does what the server relies on.
//!
//! Run it in the tests of a provider of your own, with whatever runtime the provider needs:
//!
//! ```
//! use jstp_session::{SimpleSessionStorageProvider, conformance};
//!
//! # fn block_on<T>(future: impl Future<Output = T>) -> T {
//! #     let mut future = std::pin::pin!(future);
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     loop {
//! #         if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
//! #             return value;
//! #         }
//! #     }
//! # }
//! # block_on(async {
//! conformance::run(&SimpleSessionStorageProvider::new()).await?;
//! # Ok::<(), conformance::Failure>(())
//! # }).unwrap();
//! ```

use bytes::Bytes;
use jstp_wire::{Object, Value};

use crate::{BufferFull, Direction, Session, SessionId, SessionStorageProvider, StorageError};

/// A rule that a provider breaks, or an error that it gave.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The provider did something else than it should.
    #[error("{0}")]
    Broken(String),
    /// A call of the provider failed.
    #[error("the storage failed: {0}")]
    Storage(#[from] StorageError),
    /// A session of the suite could not be made.
    #[error("a session of the suite could not be made: {0}")]
    Setup(#[from] BufferFull),
}

/// Runs all checks and stops at the first that fails.
///
/// The provider may hold other sessions; those made here have random ids and are removed again,
/// unless a check fails. The inactive lifetime of the provider must be longer than the run.
///
/// # Errors
///
/// The first [`Failure`]. It may show the whole text of sessions that the suite has made.
pub async fn run(provider: &dyn SessionStorageProvider) -> Result<(), Failure> {
    unknown_ids_are_no_errors(provider).await?;
    sessions_come_back_as_they_were(provider).await?;
    a_later_state_replaces_the_earlier(provider).await?;
    inactive_sessions_are_found_until_they_expire(provider).await?;
    purging_spares_sessions_that_have_not_expired(provider).await?;
    sessions_do_not_mix(provider).await
}

async fn unknown_ids_are_no_errors(provider: &dyn SessionStorageProvider) -> Result<(), Failure> {
    let id = SessionId::random();
    absent(
        provider,
        &id,
        "an id that was never stored must not be found",
    )
    .await?;
    provider.set_inactive(&id).await?;
    provider.remove(&id).await?;
    absent(
        provider,
        &id,
        "marking or removing an unknown id must not create it",
    )
    .await
}

async fn sessions_come_back_as_they_were(
    provider: &dyn SessionStorageProvider,
) -> Result<(), Failure> {
    for direction in [Direction::Client, Direction::Server] {
        let plain = Session::new(SessionId::random(), direction);
        for session in [plain, full_session(direction)?] {
            provider.set(session.clone()).await?;
            same(
                provider,
                &session,
                "a stored session must come back as it was",
            )
            .await?;
            same(provider, &session, "reading a session must not use it up").await?;
            provider.remove(session.id()).await?;
            absent(
                provider,
                session.id(),
                "a removed session must not be found",
            )
            .await?;
        }
    }
    Ok(())
}

async fn a_later_state_replaces_the_earlier(
    provider: &dyn SessionStorageProvider,
) -> Result<(), Failure> {
    let mut session = full_session(Direction::Server)?;
    provider.set(session.clone()).await?;
    session.record_received(session.received() + 1);
    session.acknowledge(2);
    session.remove("nested");
    provider.set(session.clone()).await?;
    same(
        provider,
        &session,
        "storing again must replace the earlier state",
    )
    .await?;
    provider.remove(session.id()).await?;
    Ok(())
}

async fn inactive_sessions_are_found_until_they_expire(
    provider: &dyn SessionStorageProvider,
) -> Result<(), Failure> {
    let session = full_session(Direction::Server)?;
    provider.set(session.clone()).await?;
    for _ in 0..2 {
        provider.set_inactive(session.id()).await?;
        provider.set_inactive(session.id()).await?;
        same(
            provider,
            &session,
            "an inactive session must be found until it expires",
        )
        .await?;
    }
    provider.set_inactive(session.id()).await?;
    provider.set(session.clone()).await?;
    same(
        provider,
        &session,
        "an inactive session must be found when stored again",
    )
    .await?;
    provider.remove(session.id()).await?;
    Ok(())
}

async fn purging_spares_sessions_that_have_not_expired(
    provider: &dyn SessionStorageProvider,
) -> Result<(), Failure> {
    let active = Session::new(SessionId::random(), Direction::Server);
    let inactive = Session::new(SessionId::random(), Direction::Server);
    provider.set(active.clone()).await?;
    provider.set(inactive.clone()).await?;
    provider.set_inactive(inactive.id()).await?;
    provider.purge().await?;
    same(provider, &active, "purging must spare active sessions").await?;
    same(
        provider,
        &inactive,
        "purging must spare sessions that have not expired",
    )
    .await?;
    provider.remove(active.id()).await?;
    provider.remove(inactive.id()).await?;
    Ok(())
}

async fn sessions_do_not_mix(provider: &dyn SessionStorageProvider) -> Result<(), Failure> {
    let one = full_session(Direction::Server)?;
    let two = Session::new(SessionId::random(), Direction::Server);
    provider.set(one.clone()).await?;
    provider.set(two.clone()).await?;
    same(
        provider,
        &one,
        "a session must not change when another is stored",
    )
    .await?;
    provider.remove(two.id()).await?;
    same(
        provider,
        &one,
        "a session must stay when another is removed",
    )
    .await?;
    absent(provider, two.id(), "a removed session must not be found").await?;
    provider.remove(one.id()).await?;
    Ok(())
}

async fn same(
    provider: &dyn SessionStorageProvider,
    expected: &Session,
    rule: &str,
) -> Result<(), Failure> {
    let found = provider.get(expected.id()).await?;
    match found.map(|session| session.to_string()) {
        Some(text) if text == expected.to_string() => Ok(()),
        Some(text) => Err(Failure::Broken(format!(
            "{rule}: expected {expected}, got {text}"
        ))),
        None => Err(Failure::Broken(format!("{rule}: it was not found"))),
    }
}

async fn absent(
    provider: &dyn SessionStorageProvider,
    id: &SessionId,
    rule: &str,
) -> Result<(), Failure> {
    match provider.get(id).await? {
        None => Ok(()),
        Some(session) => Err(Failure::Broken(format!("{rule}: got {session}"))),
    }
}

/// A session with something of everything that a store might lose.
fn full_session(direction: Direction) -> Result<Session, BufferFull> {
    let mut session = Session::new(SessionId::random(), direction)
        .with_username(Some("Jürgen 'the \"quote\"' 😀".to_owned()))
        .with_application("an app");
    session.record_received(41);
    for item in ["'one'", "'it\\'s \\u0000'", "'日本\u{2028}'"] {
        let message = format!("{{event:[{},'feed'],item:[{item}]}}", session.next_id());
        session.buffer(session.next_id(), Bytes::from(message))?;
    }
    session.acknowledge(1);
    session.set("", Value::Undefined);
    session.set("not a number", f64::NAN);
    session.set("minus zero", -0.0);
    session.set("large", 9_007_199_254_740_993_u64);
    session.set("text", "line\nend \u{0} \u{2029}");
    session.set(
        "buffer",
        Value::Array(vec![Value::Null, Value::Undefined, Value::Bool(true)]),
    );
    session.set(
        "nested",
        [("storage", 1), ("connection", 2)]
            .into_iter()
            .collect::<Object>(),
    );
    Ok(session)
}

#[cfg(test)]
mod tests;
