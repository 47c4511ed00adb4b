//! A client that wants to go on with its session.

use std::sync::Arc;

use jstp_connection::lifecycle::{self, Attachment};
use jstp_connection::{Api, Connection};
use jstp_session::{Direction, SessionId};
use jstp_wire::RemoteError;

use crate::event::ServerEvent;
use crate::registry::{Claim, RestoreRight};
use crate::server::Inner;

impl Inner {
    /// Resumes a session from memory or from its storage. On refusal gives the transport back.
    pub(crate) async fn restore(
        self: &Arc<Self>,
        session: SessionId,
        received: u64,
        application: Arc<dyn Api>,
        version: Option<&str>,
        attachment: Attachment,
    ) -> Result<(), (Attachment, RemoteError)> {
        let refused = |attachment| Err((attachment, RemoteError::auth_failed()));
        loop {
            match self.registry.claim(&session) {
                Claim::Live(connection) => {
                    if connection.session().application().as_deref() != Some(application.name()) {
                        self.unclaim(&connection);
                        return refused(attachment);
                    }
                    self.resume(&connection, attachment, received);
                    return Ok(());
                }
                Claim::Wait(mut decided) => {
                    // Ends with an error when it is decided.
                    let _ = decided.changed().await;
                }
                Claim::Restore(right) => {
                    let Some(connection) = self.load_connection(&session, &application, version).await
                    else {
                        return refused(attachment);
                    };
                    return match self.go_on(right, &connection, &application) {
                        true => {
                            self.resume(&connection, attachment, received);
                            lifecycle::start(&connection);
                            Ok(())
                        }
                        false => refused(attachment),
                    };
                }
                Claim::Closed => return refused(attachment),
            }
        }
    }

    /// A claim that came to nothing: the client that was there goes on, or stays away.
    fn unclaim(self: &Arc<Self>, connection: &Connection) {
        if !connection.is_connected() {
            let expires = tokio::time::Instant::now() + self.options.client_expiration_time;
            self.registry.detach(&connection.session_id(), connection, expires);
        }
    }

    fn resume(&self, connection: &Connection, attachment: Attachment, received: u64) {
        lifecycle::resume_as_server(connection, attachment, received);
        self.events.send(ServerEvent::Reconnect(connection.clone()));
    }

    async fn load_connection(
        self: &Arc<Self>,
        id: &SessionId,
        application: &Arc<dyn Api>,
        version: Option<&str>,
    ) -> Option<Connection> {
        let session = self.load(id, &**application).await?;
        // A session that the npm peer has stored does not say which application it is for.
        if session.application().is_some_and(|name| name != application.name()) {
            return None;
        }
        let session = session
            .with_application(application.name())
            .with_direction(Direction::Server)
            .with_limits(self.options.session_limits);
        Some(self.prepare(session, application.clone(), version))
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
