//! A client that wants to go on with its session.

use std::sync::Arc;

use jstp_connection::lifecycle::{self, Attachment};
use jstp_connection::{Api, Connection};
use jstp_session::{Direction, SessionId, StorageError};
use jstp_wire::RemoteError;

use crate::admit::Rejection;
use crate::event::ServerEvent;
use crate::registry::{Claim, RestoreRight};
use crate::server::Inner;

impl Inner {
    /// Resumes a session from memory or from its storage. On refusal leaves the transport where it is.
    pub(crate) async fn restore(
        self: &Arc<Self>,
        session: SessionId,
        received: u64,
        application: Arc<dyn Api>,
        version: Option<&str>,
        attachment: &mut Option<Attachment>,
    ) -> Result<(), Rejection> {
        let refused = || Err(Rejection::Refused(RemoteError::auth_failed()));
        loop {
            match self.registry.claim(&session) {
                Claim::Live(connection) => {
                    if connection.session().application().as_deref() != Some(application.name()) {
                        self.release(&session, &connection);
                        return refused();
                    }
                    self.resume(&connection, attachment, received);
                    self.release(&session, &connection);
                    return Ok(());
                }
                Claim::Wait(mut decided) => {
                    // Ends with an error when it is decided.
                    let _ = decided.changed().await;
                }
                Claim::Restore(right) => {
                    let loaded = self.load_connection(&session, &application, version).await;
                    let connection = match loaded {
                        Ok(Some(connection)) => connection,
                        Ok(None) => return refused(),
                        // The session may be there again when its storage is.
                        Err(_) => return Err(Rejection::Later),
                    };
                    if !self.go_on(right, &connection, &application) {
                        self.leave(&session, &*application).await;
                        return Err(Rejection::Later);
                    }
                    self.resume(&connection, attachment, received);
                    lifecycle::start(&connection);
                    return Ok(());
                }
                // The session is not lost: another server has it, or this one when it is back.
                Claim::Closed => return Err(Rejection::Later),
            }
        }
    }

    /// Gives up the claim of a live session. A loss meanwhile was not taken notice of.
    fn release(self: &Arc<Self>, session: &SessionId, connection: &Connection) {
        self.registry.release(session, connection);
        if !connection.is_connected() {
            self.disconnected(connection);
        }
    }

    fn resume(
        self: &Arc<Self>,
        connection: &Connection,
        attachment: &mut Option<Attachment>,
        received: u64,
    ) {
        let Some(attachment) = attachment.take() else {
            return;
        };
        lifecycle::resume_as_server(connection, attachment, received);
        self.has_broadcast.notify_one();
        self.events.send(ServerEvent::Reconnect(connection.clone()));
    }

    async fn load_connection(
        self: &Arc<Self>,
        id: &SessionId,
        application: &Arc<dyn Api>,
        version: Option<&str>,
    ) -> Result<Option<Connection>, StorageError> {
        let Some(session) = self.load(id, &**application).await? else {
            return Ok(None);
        };
        // A session that the npm peer has stored does not say which application it is for.
        if session
            .application()
            .is_some_and(|name| name != application.name())
        {
            self.leave(id, &**application).await;
            return Ok(None);
        }
        let session = session
            .with_application(application.name())
            .with_direction(Direction::Server)
            .with_limits(self.options.session_limits);
        Ok(Some(self.prepare(session, application.clone(), version)))
    }

    fn go_on(
        &self,
        right: RestoreRight<'_>,
        connection: &Connection,
        application: &Arc<dyn Api>,
    ) -> bool {
        let entered = right.restore(connection);
        if entered {
            self.events.send(ServerEvent::RestoreSession {
                session: connection.session_id(),
                connection: connection.clone(),
                application: application.name().to_owned(),
            });
        }
        entered
    }
}
