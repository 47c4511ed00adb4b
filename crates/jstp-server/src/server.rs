//! The handle of a server.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use jstp_connection::lifecycle::{self, Audience, SharedOptions};
use jstp_connection::{Connection, MemoryBudget};
use jstp_session::SessionStorageProvider;
use jstp_transport::{Accepted, Address, IntoListener, TransportOptions};
use tokio::runtime::Handle as Runtime;
use tokio::sync::{Notify, Semaphore, watch};

use crate::accept::{accept, admit};
use crate::admit::Owner;
use crate::applications::{ApplicationIndex, update_request};
use crate::event::{Events, ServerEvents};
use crate::housekeeping;
use crate::observer::ServerObserver;
use crate::options::ServerOptions;
use crate::registry::Registry;
use crate::turns::Turns;

/// A server.
///
/// A cheap handle: clones are the same server. It may listen on any number of addresses, of whatever
/// transports; they share applications, sessions and broadcasts. Dropping the last handle stops it at
/// once, and what has changed in sessions since they were stored is lost;
/// [`shutdown`](Self::shutdown) stops it in an orderly way.
#[derive(Clone)]
pub struct Server {
    handle: Arc<Handle>,
}

struct Handle {
    inner: Arc<Inner>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.inner.stop();
        // Others may hold handles of the connections.
        for (_, live) in self.inner.registry.close() {
            lifecycle::close_soon(&live.connection);
        }
        self.inner.registry.clear();
    }
}

/// What all of a server's tasks share.
pub(crate) struct Inner {
    pub(crate) options: ServerOptions,
    pub(crate) registry: Registry,
    pub(crate) events: Events,
    pub(crate) connections: Arc<Semaphore>,
    /// Wakes the one that expires sessions.
    pub(crate) expiry: Arc<Notify>,
    /// Of all broadcasts together.
    pub(crate) turns: Turns,
    /// Wakes the one who watches over slow clients.
    pub(crate) has_broadcast: Arc<Notify>,
    pub(crate) connection_options: SharedOptions,
    applications: RwLock<Arc<ApplicationIndex>>,
    stop: watch::Sender<bool>,
    addresses: Mutex<Vec<Address>>,
    /// What the housekeeping runs on.
    runtime: OnceLock<Runtime>,
}

/// Makes a server of applications, of an index of them, or of [`ServerOptions`]. It does nothing
/// before it [listens](Server::listen).
#[must_use = "a server stops when its last handle is dropped"]
pub fn create_server(options: impl Into<ServerOptions>) -> Server {
    let mut options = options.into();
    let budget = MemoryBudget::new(options.max_held_bytes);
    options.connection.memory_budget.get_or_insert(budget);
    let inner = Arc::new_cyclic(|server| {
        let connection_options: SharedOptions = options
            .connection_options(Arc::new(ServerObserver {
                server: server.clone(),
                observer: options.observer().cloned(),
            }))
            .into();
        Inner {
            registry: Registry::new(Audience::new(&connection_options)),
            connection_options,
            events: Events::new(options.max_waiting_events),
            connections: Arc::new(Semaphore::new(max_connections(&options) as usize)),
            expiry: Arc::default(),
            turns: Turns::default(),
            has_broadcast: Arc::default(),
            applications: RwLock::new(Arc::new(options.applications.clone())),
            stop: watch::Sender::new(false),
            addresses: Mutex::default(),
            runtime: OnceLock::new(),
            options,
        }
    });
    Server {
        handle: Arc::new(Handle { inner }),
    }
}

/// More than there can be sockets are as good as any number.
fn max_connections(options: &ServerOptions) -> u32 {
    let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize);
    u32::try_from(options.max_connections.min(most)).unwrap_or(u32::MAX)
}

impl Server {
    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.handle.inner
    }

    /// A handle that does not keep the server going, for handlers that need it: a server owns its
    /// applications, so a [`Server`] in a handler would own itself.
    ///
    /// Applications whose handlers broadcast are given to a server that is there already:
    ///
    /// ```
    /// use jstp_connection::{Application, Interface};
    /// use jstp_server::{ServerOptions, create_server};
    ///
    /// let server = create_server(ServerOptions::default());
    /// let weak = server.downgrade();
    /// let lobby = Interface::new().method("clients", move || {
    ///     weak.upgrade().map_or(0, |server| server.get_clients().len())
    /// });
    /// server.update_applications(Application::new("chat")?.interface("lobby", lobby));
    ///
    /// let weak = server.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(server);
    /// assert!(weak.upgrade().is_none());
    /// # Ok::<_, jstp_connection::ApplicationError>(())
    /// ```
    pub fn downgrade(&self) -> WeakServer {
        WeakServer {
            handle: Arc::downgrade(&self.handle),
        }
    }

    /// Listens on an address: a host and port (port 0 picks a free one), a path of a Unix socket, or
    /// any [`Listener`](jstp_transport::Listener). May be called again for further addresses.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, or the server was shut down.
    pub async fn listen(&self, address: impl IntoListener) -> Result<Self, jstp_transport::Error> {
        let inner = self.inner();
        if *inner.stop.borrow() {
            return Err(jstp_transport::Error::Closed);
        }
        let listener = address.into_listener(&inner.options.transport).await?;
        inner.lock_addresses().push(listener.local_address());
        inner.keep_house();
        tokio::spawn(accept(
            Arc::downgrade(inner),
            listener,
            inner.stop.subscribe(),
        ));
        Ok(self.clone())
    }

    /// Takes a connection that somebody else has accepted, as if it had come by a listener: it counts
    /// towards [`max_connections`](ServerOptions::max_connections) and has to shake hands within
    /// [`handshake_timeout`](ServerOptions::handshake_timeout) from now on, the upgrade of a pending one
    /// included. A web server hands over connections like this that it has upgraded to WebSocket.
    /// Returns at once; must be called within a tokio runtime.
    ///
    /// ```
    /// use jstp_connection::Application;
    /// use jstp_server::{ServerOptions, create_server};
    /// use jstp_transport::{Accepted, Address, FramedStream};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = create_server([Application::new("app")?]);
    /// let (near, _far) = tokio::io::duplex(4096);
    /// let transport = FramedStream::new(near, server.transport_options());
    /// server.admit(Accepted::ready(Address::Other("tunnel".to_owned()), Box::pin(transport)))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Closed`](jstp_transport::Error::Closed) when the server was shut down or has as many
    /// connections as it may ([`ServerEvent::ConnectionLimit`](crate::ServerEvent::ConnectionLimit));
    /// the connection is closed then.
    pub fn admit(&self, accepted: Accepted) -> Result<(), jstp_transport::Error> {
        let inner = self.inner();
        if *inner.stop.borrow() || !admit(inner, accepted) {
            return Err(jstp_transport::Error::Closed);
        }
        inner.keep_house();
        Ok(())
    }

    /// The options of its transports, for those who make transports for it.
    pub fn transport_options(&self) -> &TransportOptions {
        &self.inner().options.transport
    }

    /// The addresses that it listens on, in the order in which they were given.
    pub fn local_addresses(&self) -> Vec<Address> {
        self.inner().lock_addresses().clone()
    }

    /// The address that it was first told to listen on.
    pub fn local_address(&self) -> Option<Address> {
        self.inner().lock_addresses().first().cloned()
    }

    /// The clients that are connected, in no particular order; those whose sessions wait for a resume
    /// are not among them.
    pub fn get_clients(&self) -> Vec<Connection> {
        self.inner().registry.clients()
    }

    /// What happens on the server from now on.
    pub fn events(&self) -> ServerEvents {
        self.inner().events.watch()
    }

    /// Replaces the applications that clients may connect to from now on. Those that are connected keep
    /// what they have until [`update_connections_api`](Self::update_connections_api).
    pub fn update_applications(&self, applications: impl Into<ApplicationIndex>) {
        let applications = Arc::new(applications.into());
        *self
            .inner()
            .applications
            .write()
            .unwrap_or_else(PoisonError::into_inner) = applications;
    }

    /// Moves every client that is connected to the newest version that fits what it asked for: one that
    /// asked for an exact version stays with that, one that asked for none stays within its major
    /// version. Calls that are running are finished by what they began with.
    pub fn update_connections_api(&self) {
        let applications = self.inner().applications();
        for client in self.get_clients() {
            let Some(owner) = lifecycle::owner::<Owner>(&client) else {
                continue;
            };
            let current = client.application();
            let newer = update_request(owner.asked.as_deref(), current.version())
                .and_then(|request| applications.pick(current.name(), &request).cloned());
            if let Some(newer) = newer {
                client.set_application(newer);
            }
        }
    }

    /// Ends a client's session for good: closes its connection and forgets the session, so that it
    /// cannot be resumed. That is done to its end even if the future is dropped once it was polled.
    pub async fn end_session(&self, client: &Connection) {
        let (inner, client) = (self.inner().clone(), client.clone());
        let ending = async move { inner.forget(&client).await };
        self.inner().to_the_end(ending).await;
    }

    /// Stops in an orderly way: takes no further connections and calls, lets running calls finish and
    /// their answers be written for `deadline` at most, stores every session, and closes. Returns when all
    /// clients have closed as well (over WebSocket, have answered the close frame), those that have not
    /// shaken hands included, or have had their
    /// [`close_timeout`](jstp_connection::ConnectionOptions::close_timeout). Clients resume where they were
    /// when a server with the same storage is there again.
    pub async fn shutdown(&self, deadline: Duration) {
        let inner = self.inner();
        inner.stop();
        let sessions = inner.registry.close();
        let drained = join_all(
            sessions
                .iter()
                .map(|(_, live)| lifecycle::drain(&live.connection)),
        );
        if tokio::time::timeout(deadline, drained).await.is_err() {
            tracing::warn!("calls were still running at the deadline of the shutdown");
        }
        join_all(sessions.iter().map(|(session, live)| async move {
            lifecycle::close_written(&live.connection).await;
            inner.store_finally(session, live).await;
        }))
        .await;
        inner.registry.clear();
        inner.wait_for_farewells().await;
    }

    /// As [`shutdown`](Self::shutdown) with no time for running calls.
    pub async fn close(&self) {
        self.shutdown(Duration::ZERO).await;
    }
}

/// A handle of a server that does not keep it going.
#[derive(Clone)]
pub struct WeakServer {
    handle: Weak<Handle>,
}

impl WeakServer {
    /// The server, unless its last handle was dropped.
    pub fn upgrade(&self) -> Option<Server> {
        self.handle.upgrade().map(|handle| Server { handle })
    }
}

impl fmt::Debug for WeakServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakServer").finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn applications(&self) -> Arc<ApplicationIndex> {
        self.applications
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// All storages there are.
    pub(crate) fn storages(&self) -> Vec<Arc<dyn SessionStorageProvider>> {
        let mut storages = vec![self.options.session_storage.clone()];
        let own = self.applications();
        for storage in own
            .iter()
            .filter_map(|application| application.session_storage())
        {
            if !storages.iter().any(|known| Arc::ptr_eq(known, &storage)) {
                storages.push(storage);
            }
        }
        storages
    }

    /// Starts the housekeeping, once.
    fn keep_house(self: &Arc<Self>) {
        self.runtime.get_or_init(|| housekeeping::start(self));
    }

    /// Waits until something is done, which it will be whether this is waited for or not, and whatever it is
    /// polled on.
    pub(crate) async fn to_the_end(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Without it there is no client yet.
        if let Some(runtime) = self.runtime.get() {
            // Fails where the runtime is going down.
            let _ = runtime.spawn(work).await;
        }
    }

    /// Waits until no transport is left. Each has its own time to close, which has begun.
    async fn wait_for_farewells(&self) {
        let closing = self
            .connections
            .acquire_many(max_connections(&self.options));
        let timeout = self.options.connection.close_timeout;
        if tokio::time::timeout(timeout, closing).await.is_err() {
            tracing::debug!("transports were left at the end of a shutdown");
        }
    }

    fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Turns true when the server stops.
    pub(crate) fn subscribe_stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    fn lock_addresses(&self) -> std::sync::MutexGuard<'_, Vec<Address>> {
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.local_addresses())
            .field("clients", &self.get_clients().len())
            .finish_non_exhaustive()
    }
}
