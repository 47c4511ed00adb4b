//! When and where to connect again.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jstp_connection::WeakConnection;
use jstp_transport::{Connector, IntoConnector};

use crate::error::ConnectError;

/// Decides what to do after a connection was lost.
///
/// It is asked after every loss that was not asked for and after every attempt that failed; it waits as
/// long as it sees fit, then says what to do. It is never asked after a close on purpose, before a
/// first success, or after the server refused to resume the session.
///
/// ```
/// use std::time::Duration;
/// use async_trait::async_trait;
/// use jstp_client::{Client, Reconnect, ReconnectContext, Reconnector};
///
/// /// Tries at once, then every second by another address, ten times in all.
/// struct Standby;
///
/// #[async_trait]
/// impl Reconnector for Standby {
///     async fn next(&self, context: ReconnectContext<'_>) -> Reconnect {
///         match context.failures {
///             0 => return Reconnect::Again,
///             1..10 => tokio::time::sleep(Duration::from_secs(1)).await,
///             _ => return Reconnect::GiveUp,
///         }
///         Reconnect::to("standby.example:3000").unwrap_or(Reconnect::GiveUp)
///     }
/// }
///
/// let client = Client::default().with_reconnector(Standby);
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reconnector",
    note = "implement `Reconnector` with `#[async_trait]`, or use `Backoff::new`"
)]
pub trait Reconnector: Send + Sync + 'static {
    /// What to do next. May be dropped while it waits, when the connection is closed or was resumed by
    /// [`reconnect`](crate::reconnect()).
    async fn next(&self, context: ReconnectContext<'_>) -> Reconnect;
}

/// What a reconnector may want to know.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReconnectContext<'a> {
    /// How many attempts have failed since the loss.
    pub failures: u32,
    /// Why the last one failed.
    pub error: Option<&'a ConnectError>,
    /// Where the last attempt that succeeded went to.
    pub target: &'a str,
    /// The connection.
    pub connection: WeakConnection,
}

impl<'a> ReconnectContext<'a> {
    pub(crate) fn new(
        failures: u32,
        error: Option<&'a ConnectError>,
        target: &'a str,
        connection: WeakConnection,
    ) -> Self {
        Self {
            failures,
            error,
            target,
            connection,
        }
    }
}

/// What to do after a loss.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reconnect {
    /// Connect to where the last successful attempt went.
    Again,
    /// Connect elsewhere, perhaps over another transport.
    To(Arc<dyn Connector>),
    /// Do nothing more: calls under way fail.
    GiveUp,
}

impl Reconnect {
    /// Connect to an address, in any form that [`connect`](crate::connect()) takes.
    pub fn to(address: impl IntoConnector) -> Result<Self, jstp_transport::Error> {
        address.into_connector().map(Self::To)
    }
}

/// The default: waits longer after every failure, and never gives up.
///
/// The first wait is 1 s, doubling up to 32 s, each with up to 1 s of jitter, so that the clients of a
/// server that was restarted do not come back all at once.
#[derive(Debug, Clone)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    jitter: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(1),
            max: Duration::from_secs(32),
            jitter: Duration::from_secs(1),
        }
    }
}

impl Backoff {
    /// Waits `initial` before the first attempt, twice as long after each failure, at most `max`, and
    /// each time up to `jitter` longer.
    pub fn new(initial: Duration, max: Duration, jitter: Duration) -> Self {
        Self {
            initial,
            max,
            jitter,
        }
    }

    fn delay(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
        self.initial.saturating_mul(factor).min(self.max)
    }

    /// Somewhere up to the jitter. Randomness of this kind needs no generator of its own.
    fn random_jitter(&self) -> Duration {
        let random = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(0);
        self.jitter.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

#[async_trait]
impl Reconnector for Backoff {
    async fn next(&self, context: ReconnectContext<'_>) -> Reconnect {
        tokio::time::sleep(self.delay(context.failures) + self.random_jitter()).await;
        Reconnect::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_maximum() {
        let backoff = Backoff::default();
        let waits: Vec<u64> = (0..8)
            .map(|failures| backoff.delay(failures).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 32, 32]);
        assert_eq!(backoff.delay(u32::MAX).as_secs(), 32);
    }

    #[test]
    fn the_jitter_stays_within_its_bound() {
        let backoff = Backoff::default();
        let jitters: Vec<Duration> = (0..100).map(|_| backoff.random_jitter()).collect();
        assert!(
            jitters
                .iter()
                .all(|jitter| *jitter <= Duration::from_secs(1))
        );
        assert!(jitters.iter().any(|jitter| *jitter != jitters[0]));
    }
}
