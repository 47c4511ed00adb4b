//! Locks that survive a panic of a user's code, and the clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Locks `mutex`. A poisoned one is used all the same: what the mutexes of this crate guard is changed
/// by this crate's code alone, which leaves it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time by the runtime's clock, which tests may pause. Outside of a runtime it is the system's.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// A user's code has panicked.
pub(crate) struct Panicked;

/// Runs a user's code; a panic ends it and nothing else.
pub(crate) fn caught<T>(what: &str, code: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|_| {
        tracing::error!("{what} panicked");
        Panicked
    })
}
