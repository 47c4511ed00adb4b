//! This project, over each of its transports.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jstp::tls::{ClientSettings, Identity, ServerSettings};
use jstp::{
    Application, Client, Connection, Interface, RemoteError, Scheme, Server, ServerOptions,
    SessionLimits, SimpleSessionStorageProvider, TransportOptions, WeakServer, net,
};

use crate::client::Caller;
use crate::{Failure, identity};

/// More than there may be descriptors.
const CONNECTIONS: usize = 100_000;

/// Sessions that a forgetful server stores.
const SESSIONS: usize = 1000;

/// Room for some messages of 1 MiB that are not acknowledged yet; the default takes two of them.
const UNACKNOWLEDGED_BYTES: usize = 16 * 1024 * 1024;

/// What it serves differs by what is measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    /// What is spoken.
    pub(crate) scheme: Scheme,
    /// Forgets clients that have gone after a moment, so that the memory that they may take is full
    /// after a few thousand.
    pub(crate) forgetful: bool,
}

impl Habits {
    /// The same for another scheme.
    pub(crate) fn speaking(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }
}

/// Serves until the process ends.
pub(crate) async fn serve(habits: Habits, announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let server = net::create_server(options(habits)?);
    server.update_applications(application(server.downgrade())?);
    let scheme = habits.scheme;
    server.listen(format!("{scheme}://127.0.0.1:0")).await?;
    let address = server.local_address().and_then(|address| address.as_tcp());
    announce(&address.ok_or("there is no address")?.to_string());
    std::future::pending().await
}

fn options(habits: Habits) -> Result<ServerOptions, Failure> {
    let mut options = ServerOptions::default().with_max_connections(CONNECTIONS);
    if matches!(habits.scheme, Scheme::Tls | Scheme::Wss) {
        let pem = identity::read_or_make()?;
        let identity = Identity::from_pem(pem.certificate.as_bytes(), pem.key.as_bytes())?;
        let settings = ServerSettings::new(&identity)?;
        options = options.with_transport(TransportOptions::default().with_tls_server(settings));
    }
    if habits.forgetful {
        let storage = SimpleSessionStorageProvider::new().with_max_sessions(SESSIONS);
        options = options
            .with_client_expiration_time(Duration::from_millis(100))
            .with_session_storage(Arc::new(storage));
    }
    Ok(options)
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
    connect_by(Client::default(), address).await
}

async fn connect_by(client: Client, address: &str) -> Result<Connection, Failure> {
    let limits = SessionLimits::default().with_max_buffered_bytes(UNACKNOWLEDGED_BYTES);
    let client = client.with_session_limits(limits);
    Ok(net::connect("bench", client, address).await?)
}

/// Trusts our servers. One for all connections of a process, so that they share the server's tickets.
fn trusting() -> Result<TransportOptions, Failure> {
    static SETTINGS: OnceLock<ClientSettings> = OnceLock::new();
    let settings = if let Some(settings) = SETTINGS.get() {
        settings
    } else {
        let identity = identity::read_or_make()?;
        let settings = ClientSettings::default().with_ca_pem(identity.certificate.as_bytes())?;
        SETTINGS.get_or_init(|| settings)
    };
    Ok(TransportOptions::default().with_tls_client(settings.clone()))
}

/// What a connection speaks.
pub(crate) trait Spoken: Send + Sync + 'static {
    const SCHEME: Scheme;
}

pub(crate) struct Tcp;
pub(crate) struct Ws;
pub(crate) struct Tls;
pub(crate) struct Wss;

impl Spoken for Tcp {
    const SCHEME: Scheme = Scheme::Tcp;
}

impl Spoken for Ws {
    const SCHEME: Scheme = Scheme::Ws;
}

impl Spoken for Tls {
    const SCHEME: Scheme = Scheme::Tls;
}

impl Spoken for Wss {
    const SCHEME: Scheme = Scheme::Wss;
}

/// A connection.
pub(crate) struct Jstp<S> {
    connection: Connection,
    spoken: PhantomData<S>,
}

impl<S: Spoken> Caller for Jstp<S> {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let client = Client::default().with_transport(trusting()?);
        let address = format!("{}://{address}", S::SCHEME);
        Ok(Self {
            connection: connect_by(client, &address).await?,
            spoken: PhantomData,
        })
    }

    async fn echo(&self, payload: &str) -> Result<String, Failure> {
        Ok(self.connection.call("bench", "echo", (payload,)).await?)
    }
}
