//! For those who make connections: clients, servers, and tests.
//!
//! A connection is [prepared](prepare) for a session, gets its first transport by [`attach_as_client`]
//! or [`attach_as_server`] once the handshake has been done (see [`jstp_engine`]), is [started](start),
//! goes over to further transports by [`resume_as_client`] or [`resume_as_server`], and is ended by its
//! last handle.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jstp_engine::Engine;
use jstp_session::Session;
use jstp_transport::{Address, BoxTransport};

use crate::api::Api;
use crate::connection::Connection;
use crate::driver::{Driver, Linger};
use crate::event::ConnectionEvent;
use crate::options::ConnectionOptions;
use crate::shared::{Shared, State};

/// A transport whose handshake is done or about to be answered.
pub struct Attachment {
    /// The transport.
    pub transport: BoxTransport,
    /// Who is at its other end.
    pub peer: Address,
}

/// Makes a connection, without a transport and not yet started. `owner` is whatever the layer that
/// makes it wants to find again with [`owner`].
pub fn prepare(
    session: Session,
    application: Arc<dyn Api>,
    options: ConnectionOptions,
    owner: Arc<dyn Any + Send + Sync>,
) -> Connection {
    let engine = Engine::new(session, options.engine.clone());
    Connection::new(Arc::new(Shared::new(engine, application, options, owner)))
}

/// Spawns the connection's driver on the current tokio runtime. To be called once.
pub fn start(connection: &Connection) {
    Driver::spawn(connection);
}

/// What the connection was prepared with, if it is a `T`.
pub fn owner<T: Any + Send + Sync>(connection: &Connection) -> Option<Arc<T>> {
    connection.shared().owner.clone().downcast().ok()
}

/// Goes on with a transport over which the server has just made the session.
pub fn attach_as_client(connection: &Connection, attachment: Attachment) {
    attach(connection, attachment, false, |state| state.engine.attach(Instant::now()));
}

/// Goes on with a transport over which the client has asked for a new session, and answers it.
pub fn attach_as_server(connection: &Connection, attachment: Attachment) {
    attach(connection, attachment, false, |state| state.engine.attach_as_server(Instant::now()));
}

/// Goes on with a transport over which the server has resumed the session; `peer_received` is the
/// server's count. A transport that is still there is closed.
pub fn resume_as_client(connection: &Connection, attachment: Attachment, peer_received: u64) {
    attach(connection, attachment, true, |state| {
        state.engine.resume_as_client(Instant::now(), peer_received);
    });
}

/// Goes on with a transport over which the client asks to resume the session, and answers it;
/// `peer_received` is the client's count. A transport that is still there is closed.
pub fn resume_as_server(connection: &Connection, attachment: Attachment, peer_received: u64) {
    attach(connection, attachment, true, |state| {
        state.engine.resume_as_server(Instant::now(), peer_received);
    });
}

/// Goes on with a transport over which the server has made `session`, since it refused to resume the
/// one before: calls under way fail, what was buffered is lost.
pub fn restart_as_client(connection: &Connection, attachment: Attachment, session: Session) {
    attach(connection, attachment, false, |state| {
        state.engine.restart(session);
        state.engine.attach(Instant::now());
    });
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

/// Ends all calls under way and takes no new ones; the session will not be resumed by this side.
pub fn give_up(connection: &Connection) {
    connection.shared().command(|state| state.engine.close());
}

fn attach(
    connection: &Connection,
    attachment: Attachment,
    resumed: bool,
    begin: impl FnOnce(&mut State),
) {
    let shared = connection.shared();
    let session = shared.command(|state| {
        state.generation += 1;
        state.next_transport = Some(attachment.transport);
        state.peer = attachment.peer;
        // What was asked of the transport before does not concern the new one.
        state.close_waiters.clear();
        state.command.close = false;
        state.command.cut = false;
        state.command.peer_dead = false;
        begin(state);
        state.engine.session().id().clone()
    });
    shared.hub.report(connection, &ConnectionEvent::Client { session, resumed });
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
        if shared.drained.load(Ordering::Relaxed) {
            return;
        }
        settled.await;
    }
}

/// Writes what is left and closes a transport that no connection has, within `timeout`.
pub async fn close_transport(transport: BoxTransport, left: Option<Bytes>, timeout: Duration) {
    Linger::new(transport, VecDeque::from_iter(left), timeout).close().await;
}

/// Reports something of a connection's life to its watchers.
pub fn report(connection: &Connection, event: &ConnectionEvent) {
    connection.shared().hub.report(connection, event);
}
