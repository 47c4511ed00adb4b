//! The handle of a connection.

mod calls;
mod queued;
mod session;

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jstp_engine::{Heartbeat, SendError, Status};
use jstp_session::SessionId;
use jstp_transport::{Address, Certificates};
use serde::Serialize;
use tokio::sync::oneshot;

pub use session::SessionHandle;

use crate::api::Api;
use crate::args::into_arguments_text;
use crate::driver::Waiter;
use crate::error::EmitError;
use crate::hub::ConnectionEvents;
use crate::proxy::{ProxyCore, RemoteProxy};
use crate::shared::{Shared, State};
use crate::sync::{lock, now};
use queued::Queued;

/// A connection to another side that calls methods, emits events and inspects interfaces, as we do of
/// it.
///
/// A cheap handle: clones are the same connection. It stands for a session rather than for a socket:
/// when the transport is lost, the connection waits for the next one, buffers what is sent and sends
/// again what was not received. Dropping the last handle closes it.
///
/// Calls and events are sent in the order in which their futures are first polled, but for those that
/// have to wait for room.
///
/// ```
/// use jstp_connection::{CallError, Connection};
///
/// async fn order(connection: &Connection) -> Result<(), CallError> {
///     let price: f64 = connection.call("shop", "price", ("tea", 2)).await?;
///     let (number, day): (u64, String) = connection.call_many("shop", "order", ("tea", 2)).await?;
///     tracing::info!("order {number} for {price} arrives on {day}");
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Connection {
    handle: Arc<Handle>,
}

/// Dropped with the last handle; the driver has none.
pub(crate) struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.command(|state| {
            state.engine.close();
            state.command.close = true;
            state.command.end = true;
        });
    }
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            handle: Arc::new(Handle { shared }),
        }
    }

    /// A handle that does not keep the connection open.
    pub fn downgrade(&self) -> WeakConnection {
        WeakConnection {
            handle: Arc::downgrade(&self.handle),
        }
    }

    pub(crate) fn from_handle(handle: Arc<Handle>) -> Self {
        Self { handle }
    }

    pub(crate) fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.shared
    }

    // ---- events

    /// Emits an event to the other side, waiting for room while the session's buffer is full.
    ///
    /// `args` as for [`call`](Self::call). `Ok` means that the session has the event: it is sent now
    /// or after the next resume. Events are not answered; only an acknowledgement drops them from the
    /// buffer.
    pub async fn emit(
        &self,
        interface: &str,
        event: &str,
        args: impl Serialize,
    ) -> Result<(), EmitError> {
        let args = into_arguments_text(args)?;
        self.emit_text(interface, event, &args).await?;
        Ok(())
    }

    /// As [`emit`](Self::emit), but fails with [`SendError::Full`] instead of waiting, or when there is no room
    /// beside a message that waits.
    pub fn try_emit(
        &self,
        interface: &str,
        event: &str,
        args: impl Serialize,
    ) -> Result<(), EmitError> {
        let args = into_arguments_text(args)?;
        self.try_emit_text(interface, event, &args)?;
        Ok(())
    }

    pub(crate) async fn emit_text(
        &self,
        interface: &str,
        event: &str,
        args: &str,
    ) -> Result<(), SendError> {
        self.send_when_room(|state| state.engine.emit(state.time(), interface, event, args))
            .await
    }

    pub(crate) fn try_emit_text(
        &self,
        interface: &str,
        event: &str,
        args: &str,
    ) -> Result<(), SendError> {
        self.shared()
            .command(|state| state.engine.emit(state.time(), interface, event, args))
    }

    /// Everything that happens on the connection from now on, every message included.
    pub fn events(&self) -> ConnectionEvents {
        self.shared().hub.watch()
    }

    // ---- heartbeat

    /// Sends a ping every `interval` while connected. A peer that leaves one unanswered for three
    /// intervals, but at least 3 s, is taken for dead and its transport closed.
    pub fn start_heartbeat(&self, interval: Duration) {
        self.set_heartbeat(Some(Heartbeat::every(interval)));
    }

    /// Stops the heartbeat.
    pub fn stop_heartbeat(&self) {
        self.set_heartbeat(None);
    }

    /// Starts, changes or stops the heartbeat.
    pub fn set_heartbeat(&self, heartbeat: Option<Heartbeat>) {
        self.shared()
            .command(|state| state.engine.set_heartbeat(now(), heartbeat));
    }

    // ---- closing

    /// Closes the connection on purpose: calls under way fail with
    /// [`CallError::Closed`](crate::CallError::Closed), running handlers are dropped, what waits for the
    /// transport is written, the transport closed. Returns when the other side has closed as well (over
    /// WebSocket, has answered the close frame), after
    /// [`close_timeout`](crate::ConnectionOptions::close_timeout) at the most; what closing begins with is
    /// done also when the future is dropped.
    ///
    /// The session is left as it is and can be resumed.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        self.begin_close(Some(Waiter::Gone(done)));
        // An error means that the driver is gone, and the transport with it.
        let _ = closed.await;
    }

    /// Has the driver close the connection, and tell `done` afterwards.
    pub(crate) fn begin_close(&self, done: Option<Waiter>) {
        self.shared().command(|state| {
            state.engine.close();
            state.closes += 1;
            state.command.close = true;
            if !state.driver_gone {
                state.close_waiters.extend(done);
            }
        });
    }

    /// Cuts the transport at once, without writing what waits for it. The session stays and waits for
    /// a resume. Calls that have not arrived are sent then; one that has, and is not answered yet, fails
    /// with [`CallError::CallbackLost`](crate::CallError::CallbackLost) or is made again.
    pub fn detach(&self) {
        self.shared().command(|state| {
            state.generation += 1;
            state.next_transport = None;
            state.engine.detach();
            state.command.cut = true;
        });
    }

    /// Waits until the connection has no transport.
    pub async fn disconnected(&self) {
        self.wait_for(|status| status != Status::Attached).await;
    }

    /// Waits until the connection has a transport and its handshake is done. One that was closed has
    /// none before it is reconnected.
    pub async fn connected(&self) {
        self.wait_for(|status| status == Status::Attached).await;
    }

    /// Waits until the connection is closed: by [`close`](Self::close), or because nobody tries to
    /// resume its session any longer.
    pub async fn closed(&self) {
        self.wait_for(|status| status == Status::Closed).await;
    }

    // ---- getters

    /// A number that tells the connections of this process apart.
    pub fn id(&self) -> u64 {
        self.shared().id
    }

    /// Whether a transport is there.
    pub fn status(&self) -> Status {
        self.shared().state().engine.status()
    }

    /// Whether a transport is there and its handshake is done.
    pub fn is_connected(&self) -> bool {
        self.status() == Status::Attached
    }

    /// How many calls, introspections and pings of this side wait for their answers. One whose future
    /// was dropped waits no longer.
    pub fn calls_under_way(&self) -> usize {
        self.shared().state().engine.calls_under_way()
    }

    /// The user name that authentication gave; `None` for an anonymous one.
    pub fn username(&self) -> Option<String> {
        self.shared()
            .state()
            .engine
            .session()
            .username()
            .map(ToOwned::to_owned)
    }

    /// The address of the other side, by the latest transport.
    pub fn remote_address(&self) -> Address {
        self.shared().state().peer.clone()
    }

    /// The certificates that the other side has shown over the present transport, or the last one: a
    /// server's, or those that a client was asked for. None where there is no TLS.
    pub fn peer_certificates(&self) -> Certificates {
        self.shared().state().certificates.clone()
    }

    /// The session.
    pub fn session(&self) -> SessionHandle {
        SessionHandle::new(self.clone())
    }

    /// The session's id.
    pub fn session_id(&self) -> SessionId {
        self.shared().state().engine.session().id().clone()
    }

    /// What this side serves.
    pub fn application(&self) -> Arc<dyn Api> {
        self.shared().application()
    }

    /// Changes what this side serves. Calls under way are finished by what they began with.
    pub fn set_application(&self, application: Arc<dyn Api>) {
        self.shared().set_application(application);
    }

    /// The proxy of an interface of the other side, whether it was inspected or not.
    pub fn proxy(&self, interface: &str) -> RemoteProxy {
        self.proxy_with_methods(interface, None)
    }

    /// The proxies of all interfaces that were inspected or asked for.
    pub fn proxies(&self) -> Vec<RemoteProxy> {
        let proxies = lock(&self.shared().proxies);
        proxies
            .values()
            .map(|core| RemoteProxy::new(self.clone(), core.clone()))
            .collect()
    }

    // ---- helpers

    async fn wait_for(&self, wanted: impl Fn(Status) -> bool) {
        let mut status = self.shared().status.subscribe();
        // Fails when the connection is gone, which this handle prevents.
        let _ = status.wait_for(|status| wanted(*status)).await;
    }

    /// Sends, as soon as there is room.
    pub(crate) async fn send_when_room<T>(
        &self,
        send: impl Fn(&mut State) -> Result<T, SendError>,
    ) -> Result<T, SendError> {
        // As a rule there is room, and waiting for it need not be prepared.
        match self.shared().command(&send) {
            Err(SendError::Full) => {}
            other => return other,
        }
        let mut queued = Queued::new(self.shared());
        poll_fn(|cx| queued.poll(cx, &send)).await
    }

    fn proxy_with_methods(&self, interface: &str, methods: Option<Vec<String>>) -> RemoteProxy {
        let mut proxies = lock(&self.shared().proxies);
        let core = proxies.entry(interface.to_owned()).or_insert_with(|| {
            Arc::new(ProxyCore::new(
                interface,
                self.shared().options.subscriber_queue,
            ))
        });
        if let Some(methods) = methods {
            core.set_methods(methods);
        }
        RemoteProxy::new(self.clone(), core.clone())
    }
}

/// A handle of a connection that does not keep it open.
#[derive(Clone)]
pub struct WeakConnection {
    handle: Weak<Handle>,
}

impl WeakConnection {
    /// The connection, unless its last handle was dropped.
    pub fn upgrade(&self) -> Option<Connection> {
        self.handle.upgrade().map(Connection::from_handle)
    }
}

impl fmt::Debug for WeakConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakConnection").finish_non_exhaustive()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared().state();
        f.debug_struct("Connection")
            .field("id", &self.shared().id)
            .field("status", &state.engine.status())
            .field("peer", &state.peer)
            .field("username", &state.engine.session().username())
            .finish_non_exhaustive()
    }
}
