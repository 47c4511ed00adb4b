//! For those who make connections: clients, servers, and tests.
//!
//! A connection is [prepared](prepare) for a session, gets its first transport by [`attach_as_client`]
//! or [`attach_as_server`] once the handshake has been done (see [`jstp_engine`]), is [started](start),
//! goes over to further transports by [`resume_as_client`] or [`resume_as_server`], and is ended by its
//! last handle.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use jstp_engine::{Config, Engine, Status};
use jstp_session::Session;
use jstp_transport::{Address, BoxTransport, Certificates, Connected};
use tokio::sync::{oneshot, watch};

pub use crate::audience::{Audience, Doubtful, Emission, Sleepers};
pub use crate::budget::newcomer::Newcomer;

use crate::api::Api;
use crate::budget::FREE;
use crate::connection::Connection;
use crate::driver::{Driver, Linger, Waiter};
use crate::event::{ConnectionEvent, Observer};
use crate::hub;
use crate::options::ConnectionOptions;
use crate::shared::{Shared, State};
use crate::sync::now;

/// A transport whose handshake is done or about to be answered.
pub struct Attachment {
    /// The transport.
    pub transport: BoxTransport,
    /// Who is at its other end.
    pub peer: Address,
    /// The certificates that the other end has shown.
    pub certificates: Certificates,
}

impl From<Connected> for Attachment {
    fn from(connected: Connected) -> Self {
        Self {
            transport: connected.transport,
            peer: connected.peer,
            certificates: connected.certificates,
        }
    }
}

/// Makes a connection, without a transport and not yet started. `owner` is whatever the layer that
/// makes it wants to find again with [`owner`].
pub fn prepare(
    session: Session,
    application: Arc<dyn Api>,
    options: impl Into<SharedOptions>,
    owner: Arc<dyn Any + Send + Sync>,
) -> Connection {
    let SharedOptions { connection, engine } = options.into();
    let engine = Engine::new(session, engine);
    let shared = Shared::new(engine, application, connection, owner);
    Connection::new(Arc::new(shared))
}

/// Options of connections that are alike. They share them: options are looked at with every message, and those
/// of each connection would not be in the cache.
#[derive(Debug, Clone)]
pub struct SharedOptions {
    connection: Arc<ConnectionOptions>,
    engine: Arc<Config>,
}

impl SharedOptions {
    pub(crate) fn engine(&self) -> &Arc<Config> {
        &self.engine
    }
}

impl From<ConnectionOptions> for SharedOptions {
    fn from(options: ConnectionOptions) -> Self {
        let mut engine = options.engine.clone();
        if options.memory_budget.is_some() {
            // A peer has to be asked before it counts as one that acknowledges nothing.
            engine.ping_after_bytes = engine.ping_after_bytes.min(FREE);
        }
        Self {
            connection: Arc::new(options),
            engine: Arc::new(engine),
        }
    }
}

/// Spawns the connection's driver on the current tokio runtime. To be called once.
pub fn start(connection: &Connection) {
    Driver::spawn(connection);
}

/// What the connection was prepared with, if it is a `T`.
pub fn owner<T: Any + Send + Sync>(connection: &Connection) -> Option<Arc<T>> {
    connection.shared().owner.clone().downcast().ok()
}

/// What an attempt to connect again begins with. It comes to nothing when the connection is closed on
/// purpose meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    closes: u64,
    status: Status,
}

impl Attempt {
    /// Begins an attempt.
    pub fn begin(connection: &Connection) -> Self {
        let state = connection.shared().state();
        Self {
            closes: state.closes,
            status: state.engine.status(),
        }
    }

    /// The connection's status at the beginning.
    pub fn status(&self) -> Status {
        self.status
    }
}

/// The status of a connection as it changes. Does not keep the connection open; ends with it.
pub fn watch_status(connection: &Connection) -> watch::Receiver<Status> {
    connection.shared().status.subscribe()
}

/// Goes on with a transport over which the server has just made the session.
pub fn attach_as_client(connection: &Connection, attachment: Attachment) {
    handshake_succeeded(connection);
    attach(connection, attachment, false, |state| {
        state.engine.attach(now());
    });
}

/// Goes on with a transport over which the client has asked for a new session, and answers it.
pub fn attach_as_server(connection: &Connection, attachment: Attachment) {
    attach(connection, attachment, false, |state| {
        state.engine.attach_as_server(now());
    });
}

/// Goes on with a transport over which the server has resumed the session; `peer_received` is the
/// server's count. A transport that is still there is closed.
///
/// # Errors
///
/// Gives the transport back when the connection was closed since the attempt began.
pub fn resume_as_client(
    connection: &Connection,
    attachment: Attachment,
    peer_received: u64,
    attempt: Attempt,
) -> Result<(), Attachment> {
    handshake_succeeded(connection);
    try_attach(connection, attachment, true, Some(attempt), |state| {
        state.engine.resume_as_client(now(), peer_received);
    })
}

/// Goes on with a transport over which the client asks to resume the session, and answers it;
/// `peer_received` is the client's count. A transport that is still there is closed.
pub fn resume_as_server(connection: &Connection, attachment: Attachment, peer_received: u64) {
    attach(connection, attachment, true, |state| {
        state.engine.resume_as_server(now(), peer_received);
    });
}

/// Goes on with a transport over which the server has made `session`, since it refused to resume the
/// one before: calls under way fail, what was buffered is lost.
///
/// # Errors
///
/// Gives the transport back when the connection was closed since the attempt began.
pub fn restart_as_client(
    connection: &Connection,
    attachment: Attachment,
    session: Session,
    attempt: Attempt,
) -> Result<(), Attachment> {
    handshake_succeeded(connection);
    try_attach(connection, attachment, false, Some(attempt), |state| {
        state.engine.restart(session);
        state.restarts += 1;
        state.session_writes += 1;
        state.engine.attach(now());
    })
}

/// Takes the transport away without a word to the watchers, so that nothing more is received before
/// the session's count is told to the other side. Gives that count.
pub fn suspend(connection: &Connection) -> u64 {
    connection.shared().command(|state| {
        state.generation += 1;
        state.next_transport = None;
        state.engine.detach();
        state.engine.session().received()
    })
}

/// As [`Connection::close`], without waiting for it.
pub fn close_soon(connection: &Connection) {
    connection.begin_close(None);
}

/// As [`Connection::close`], but returns as soon as what was left is written: the session does not change
/// any longer, while the other side may take its time to close.
pub async fn close_written(connection: &Connection) {
    let (done, written) = oneshot::channel();
    connection.begin_close(Some(Waiter::Written(done)));
    // An error means that the transport is gone already.
    let _ = written.await;
}

/// Ends all calls under way and takes no new ones; the session will not be resumed by this side.
pub fn give_up(connection: &Connection) {
    connection.shared().command(|state| state.engine.close());
}

/// How far a connection is behind with events that were [queued](crate::PreparedEvent::queue_to) for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many wait for room, or to be written with the next that the transport takes.
    pub waiting: usize,
    /// How many have ever waited for either, and left.
    pub taken: u64,
    /// How often a transport that took nothing for a while has taken more, though perhaps no whole message.
    pub progress: u64,
    /// Whether there is a transport.
    pub attached: bool,
}

/// How far the connection is behind.
pub fn backlog(connection: &Connection) -> Backlog {
    let state = connection.shared().state();
    Backlog {
        waiting: state.engine.waiting_events(),
        taken: state.engine.taken_events(),
        progress: connection.shared().progress.load(Ordering::Relaxed),
        attached: state.engine.status() == Status::Attached,
    }
}

/// Drops the events that wait for room: the session is about to be ended.
pub fn drop_backlog(connection: &Connection) {
    connection
        .shared()
        .command(|state| state.engine.drop_waiting());
}

fn handshake_succeeded(connection: &Connection) {
    report(connection, &ConnectionEvent::Handshake { error: None });
}

fn attach(
    connection: &Connection,
    attachment: Attachment,
    resumed: bool,
    begin: impl FnOnce(&mut State),
) {
    // Fails for attempts, and where the runtime is going down: then the transport is dropped.
    let _ = try_attach(connection, attachment, resumed, None, begin);
}

fn try_attach(
    connection: &Connection,
    attachment: Attachment,
    resumed: bool,
    attempt: Option<Attempt>,
    begin: impl FnOnce(&mut State),
) -> Result<(), Attachment> {
    let shared = connection.shared();
    let session = shared.command(|state| {
        let closed = attempt.is_some_and(|attempt| attempt.closes != state.closes);
        if closed || state.driver_gone {
            return Err(attachment);
        }
        state.generation += 1;
        state.next_transport = Some(attachment.transport);
        state.peer = attachment.peer;
        state.certificates = attachment.certificates;
        state.announcing += 1;
        // What was asked of the transport before does not concern the new one.
        state.close_waiters.clear();
        state.command.close = false;
        state.command.cut = false;
        state.command.peer_dead = false;
        begin(state);
        Ok(state.engine.session().id().clone())
    })?;
    shared
        .hub
        .report(connection, &ConnectionEvent::Client { session, resumed });
    // Only now does the driver go on, so that the watchers hear of the transport before its messages.
    shared.command(|state| state.announcing -= 1);
    Ok(())
}

/// Takes no further calls and events, and waits until the handlers that are running have ended.
/// Messages that come meanwhile count as not received, so that the other side sends them again when it
/// resumes. To be followed by [`Connection::close`].
pub async fn drain(connection: &Connection) {
    let shared = connection.shared();
    shared.draining.store(true, Ordering::Relaxed);
    // Has the driver look.
    shared.command(|_| ());
    loop {
        let settled = shared.settled.notified();
        tokio::pin!(settled);
        settled.as_mut().enable();
        if shared.drained.load(Ordering::Relaxed) || shared.state().driver_gone {
            return;
        }
        settled.await;
    }
}

/// Writes what is left and closes a transport that no connection has, within `timeout`.
pub async fn close_transport(transport: BoxTransport, left: Option<Bytes>, timeout: Duration) {
    Linger::new(transport, left.into_iter().collect(), timeout)
        .close()
        .await;
}

/// Reports something of a connection's life to its watchers.
pub fn report(connection: &Connection, event: &ConnectionEvent) {
    connection.shared().hub.report(connection, event);
}

/// Tells an observer of its own of an event; a panic of it is logged and goes no further.
pub fn observe(observer: &dyn Observer, connection: &Connection, event: &ConnectionEvent) {
    hub::observe(observer, connection, event);
}

#[cfg(test)]
mod tests;
