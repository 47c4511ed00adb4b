//! This project, over TCP and over WebSocket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jstp::{
    Application, Client, Connection, Interface, RemoteError, Server, ServerOptions, SessionLimits,
    SimpleSessionStorageProvider, WeakServer, net,
};

use crate::Failure;
use crate::client::Caller;

/// More than there may be descriptors.
const CONNECTIONS: usize = 100_000;

/// Sessions that a forgetful server stores.
const SESSIONS: usize = 1000;

/// Room for some messages of 1 MiB that are not acknowledged yet; the default takes two of them.
const UNACKNOWLEDGED_BYTES: usize = 16 * 1024 * 1024;

/// What it serves differs by what is measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    /// Listens for WebSocket instead of TCP.
    pub(crate) ws: bool,
    /// Forgets clients that have gone after a moment, so that the memory that they may take is full
    /// after a few thousand.
    pub(crate) forgetful: bool,
}

/// Serves until the process ends.
pub(crate) async fn serve(habits: Habits, announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let server = net::create_server(options(habits));
    server.update_applications(application(server.downgrade())?);
    let scheme = if habits.ws { "ws" } else { "jstp" };
    server.listen(format!("{scheme}://127.0.0.1:0")).await?;
    let address = server.local_address().and_then(|address| address.as_tcp());
    announce(&address.ok_or("there is no address")?.to_string());
    std::future::pending().await
}

fn options(habits: Habits) -> ServerOptions {
    let options = ServerOptions::default().with_max_connections(CONNECTIONS);
    if !habits.forgetful {
        return options;
    }
    let storage = SimpleSessionStorageProvider::new().with_max_sessions(SESSIONS);
    options
        .with_client_expiration_time(Duration::from_millis(100))
        .with_session_storage(Arc::new(storage))
}

fn application(server: WeakServer) -> Result<Application, Failure> {
    let seen = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&seen);
    let interface = Interface::new()
        .method("echo", |value: String| value)
        .method("seen", move || seen.load(Ordering::Relaxed))
        .method("burst", move |events: usize, size: usize| {
            burst(server.upgrade(), events, size)
        })
        .event("tick", move |_: String| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
    Ok(Application::new("bench")?.interface("bench", interface))
}

/// Emits so many events of so many bytes to every client.
async fn burst(server: Option<Server>, events: usize, size: usize) -> Result<(), RemoteError> {
    let server = server.ok_or_else(|| RemoteError::new(1, "the server is not ready"))?;
    let payload = "x".repeat(size);
    for _ in 0..events {
        let report = server.broadcast("bench", "tick", (&payload,)).await;
        report.map_err(|error| RemoteError::new(1, error.to_string()))?;
    }
    Ok(())
}

/// Connects with room for large messages.
pub(crate) async fn connect(address: &str) -> Result<Connection, Failure> {
    let limits = SessionLimits::default().with_max_buffered_bytes(UNACKNOWLEDGED_BYTES);
    let client = Client::default().with_session_limits(limits);
    Ok(net::connect("bench", client, address).await?)
}

/// A connection over TCP.
pub(crate) struct Jstp(Connection);

/// A connection over WebSocket.
pub(crate) struct JstpWs(Connection);

impl Caller for Jstp {
    async fn connect(address: &str) -> Result<Self, Failure> {
        Ok(Self(connect(address).await?))
    }

    async fn echo(&self, payload: &str) -> Result<String, Failure> {
        Ok(self.0.call("bench", "echo", (payload,)).await?)
    }
}

impl Caller for JstpWs {
    async fn connect(address: &str) -> Result<Self, Failure> {
        Ok(Self(connect(&format!("ws://{address}")).await?))
    }

    async fn echo(&self, payload: &str) -> Result<String, Failure> {
        Ok(self.0.call("bench", "echo", (payload,)).await?)
    }
}
