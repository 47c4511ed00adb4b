//! A way to a server that fails on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jstp::transport::{Connected, Error, TransportOptions};
use jstp::{Client, Connection, Connector, net};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::support::Site;

/// A way to a server that can be out of order, slow, and remembers when it was tried.
#[derive(Debug, Clone)]
pub(crate) struct Flaky {
    inner: Arc<dyn Connector>,
    state: Arc<FlakyState>,
}

#[derive(Debug, Default)]
struct FlakyState {
    broken: AtomicBool,
    stuck: AtomicBool,
    tries: std::sync::Mutex<Vec<Instant>>,
    tried: Notify,
}

impl Flaky {
    pub(crate) fn new(site: &Site) -> Self {
        Self {
            inner: site.target.clone(),
            state: Arc::default(),
        }
    }

    /// A client with the default options that goes this way.
    pub(crate) async fn connect(&self) -> Connection {
        net::connect("app", Client::default(), self.clone())
            .await
            .unwrap()
    }

    pub(crate) fn set_broken(&self, broken: bool) {
        self.state.broken.store(broken, Ordering::SeqCst);
    }

    pub(crate) fn set_stuck(&self, stuck: bool) {
        self.state.stuck.store(stuck, Ordering::SeqCst);
    }

    pub(crate) fn tries(&self) -> Vec<Instant> {
        self.state.tries.lock().unwrap().clone()
    }

    pub(crate) fn forget_tries(&self) {
        self.state.tries.lock().unwrap().clear();
    }

    /// How many have it, attempts under way included.
    pub(crate) fn users(&self) -> usize {
        Arc::strong_count(&self.state)
    }

    /// Waits until it was tried so many times.
    pub(crate) async fn tried(&self, times: usize) {
        loop {
            let tried = self.state.tried.notified();
            if self.tries().len() >= times {
                return;
            }
            tried.await;
        }
    }
}

#[async_trait]
impl Connector for Flaky {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
        self.state.tries.lock().unwrap().push(Instant::now());
        self.state.tried.notify_waiters();
        if self.state.stuck.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.state.broken.load(Ordering::SeqCst) {
            return Err(Error::other("out of order"));
        }
        self.inner.connect(options).await
    }

    fn target(&self) -> String {
        "flaky".to_owned()
    }
}
