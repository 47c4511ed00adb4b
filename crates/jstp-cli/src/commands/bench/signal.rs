//! How the threads of a run learn that it is over.

use tokio::sync::watch;

/// Whether a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Stop {
    No,
    /// No calls are made any longer; those under way are waited for.
    WhenAnswered,
    /// Nothing is waited for.
    AtOnce,
}

/// Ends a run.
#[derive(Debug, Clone)]
pub(crate) struct Switch(watch::Sender<Stop>);

/// Tells when a run is over.
#[derive(Debug, Clone)]
pub(crate) struct Signal(watch::Receiver<Stop>);

impl Switch {
    /// Stops the run; a stop is never taken back.
    pub(crate) fn set(&self, stop: Stop) {
        self.0.send_if_modified(|current| {
            let is_more = stop > *current;
            if is_more {
                *current = stop;
            }
            is_more
        });
    }
}

impl Signal {
    /// A switch and what it switches.
    pub(crate) fn new() -> (Switch, Self) {
        let (switch, signal) = watch::channel(Stop::No);
        (Switch(switch), Self(signal))
    }

    pub(crate) fn now(&self) -> Stop {
        *self.0.borrow()
    }

    /// Waits until the run is over that far. A run whose switch is gone is over.
    pub(crate) async fn reached(&mut self, stop: Stop) {
        let _ = self.0.wait_for(|current| *current >= stop).await;
    }
}
