//! Events that are emitted again and again.

use std::sync::Arc;

use jstp_connection::{Api, Version};
use jstp_server::WeakServer;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::mock::{Mock, Shared, emit_to_all};
use super::spec::{Spec, Timer};

/// Timers that run until this is dropped.
#[derive(Debug)]
pub(super) struct Timers {
    _tasks: JoinSet<()>,
}

impl Timers {
    /// Starts all timers of a file.
    pub(super) fn start(spec: &Spec, shared: &Arc<Shared>, server: &WeakServer) -> Self {
        let mut tasks = JoinSet::new();
        for application in &spec.applications {
            for timer in application.interfaces.values().flat_map(|i| &i.timers) {
                let mock = mock(&application.name, &application.version, shared);
                tasks.spawn(run(timer.clone(), mock, server.clone()));
            }
        }
        Self { _tasks: tasks }
    }
}

fn mock(name: &str, version: &Version, shared: &Arc<Shared>) -> Mock {
    Mock {
        name: name.to_owned(),
        version: version.clone(),
        shared: Arc::clone(shared),
    }
}

async fn run(timer: Timer, application: impl Api, server: WeakServer) {
    let mut ticks = interval_at(Instant::now() + timer.every, timer.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = timer.count.unwrap_or(u64::MAX);
    while left > 0 {
        ticks.tick().await;
        emit_to_all(server.upgrade().as_ref(), &application, &timer.event);
        if timer.count.is_some() {
            left -= 1;
        }
    }
}
