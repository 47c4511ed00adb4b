use std::time::Duration;

use async_trait::async_trait;

use super::{Failure, run};
use crate::testing::block_on;
use crate::{
    Session, SessionId, SessionStorageProvider, SimpleSessionStorageProvider, StorageError,
};

/// A provider with one fault.
#[derive(Debug)]
struct Faulty {
    fault: Fault,
    inner: SimpleSessionStorageProvider,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    KeepsRemoved,
    KeepsTheFirstState,
    LosesTheBuffer,
    ForgetsInactive,
    ExpiresAtOnce,
    Fails,
}

#[async_trait]
impl SessionStorageProvider for Faulty {
    async fn get(&self, id: &SessionId) -> Result<Option<Session>, StorageError> {
        let mut session = self.inner.get(id).await?;
        if let (Fault::LosesTheBuffer, Some(session)) = (self.fault, &mut session) {
            session.acknowledge(u64::MAX);
        }
        Ok(session)
    }

    async fn set(&self, session: Session) -> Result<(), StorageError> {
        if self.fault == Fault::KeepsTheFirstState && self.inner.get(session.id()).await?.is_some()
        {
            return Ok(());
        }
        self.inner.set(session).await
    }

    async fn set_inactive(&self, id: &SessionId) -> Result<(), StorageError> {
        match self.fault {
            Fault::Fails => Err(StorageError::new("no connection")),
            Fault::ForgetsInactive => self.inner.remove(id).await,
            _ => self.inner.set_inactive(id).await,
        }
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StorageError> {
        match self.fault {
            Fault::KeepsRemoved => Ok(()),
            _ => self.inner.remove(id).await,
        }
    }
}

fn verdict(fault: Fault) -> Result<(), Failure> {
    let mut inner = SimpleSessionStorageProvider::new();
    if fault == Fault::ExpiresAtOnce {
        inner = inner.with_inactive_lifetime(Duration::ZERO);
    }
    block_on(run(&Faulty { fault, inner }))
}

#[test]
fn a_provider_without_faults_passes() {
    verdict(Fault::None).unwrap();
}

#[test]
fn faults_of_a_provider_are_found() {
    for (fault, rule) in [
        (Fault::KeepsRemoved, "a removed session must not be found"),
        (
            Fault::KeepsTheFirstState,
            "storing again must replace the earlier state",
        ),
        (
            Fault::LosesTheBuffer,
            "a stored session must come back as it was",
        ),
        (
            Fault::ForgetsInactive,
            "an inactive session must be found until it expires",
        ),
        (
            Fault::ExpiresAtOnce,
            "an inactive session must be found until it expires",
        ),
        (Fault::Fails, "the storage failed: no connection"),
    ] {
        let failure = verdict(fault).unwrap_err().to_string();
        assert!(failure.starts_with(rule), "{fault:?}: {failure}");
    }
}
