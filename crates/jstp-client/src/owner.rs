//! What a client keeps with each of its connections.

use std::sync::{Arc, Mutex, PoisonError};

use jstp_auth::{ConnectRequest, Strategy};
use jstp_engine::ClientHandshake;
use jstp_session::{Session, SessionId};
use jstp_transport::Connector;

use crate::client::{ApplicationName, Client};
use crate::error::ConnectError;

/// How to connect again.
pub(crate) struct Owner {
    pub(crate) application: ApplicationName,
    pub(crate) client: Client,
    /// Where the last attempt that succeeded went to.
    connector: Mutex<Arc<dyn Connector>>,
    /// One attempt at a time.
    pub(crate) attempt: tokio::sync::Mutex<()>,
}

impl Owner {
    pub(crate) fn new(
        application: ApplicationName,
        client: Client,
        connector: Arc<dyn Connector>,
    ) -> Self {
        Self {
            application,
            client,
            connector: Mutex::new(connector),
            attempt: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn connector(&self) -> Arc<dyn Connector> {
        self.connector
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_connector(&self, connector: Arc<dyn Connector>) {
        *self
            .connector
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = connector;
    }

    /// Asks the policy how to be let in, and makes the request for a new session. Also gives the user
    /// name, if the strategy tells it.
    pub(crate) async fn request_new(
        &self,
    ) -> Result<(ClientHandshake, Option<String>), ConnectError> {
        let name = self.application.name();
        let version = self.application.version();
        let request = ConnectRequest::new(name, version, None);
        let strategy = self.client.connect_policy.strategy(request).await?;
        let depth = self.client.connection.max_depth;
        let username = match &strategy {
            Strategy::Login { user, .. } => Some(user.clone()),
            _ => None,
        };
        let credentials = strategy.handshake();
        let strategy = credentials
            .as_ref()
            .map(|(name, credentials)| (*name, credentials.as_raw().as_str()));
        Ok((
            ClientHandshake::connect(name, version, strategy, depth),
            username,
        ))
    }

    /// Asks the policy, which may object to a resume.
    pub(crate) async fn permit_resume(&self, session: &SessionId) -> Result<(), ConnectError> {
        let (name, version) = (self.application.name(), self.application.version());
        let request = ConnectRequest::new(name, version, Some(session.as_str()));
        self.client.connect_policy.strategy(request).await?;
        Ok(())
    }

    /// The request to resume a session of which `received` numbered messages have arrived.
    pub(crate) fn request_resume(&self, session: &SessionId, received: u64) -> ClientHandshake {
        let (name, version) = (self.application.name(), self.application.version());
        let depth = self.client.connection.max_depth;
        ClientHandshake::resume(name, version, session, received, depth)
    }

    /// A session that the server has just made.
    pub(crate) fn new_session(&self, id: SessionId, username: Option<String>) -> Session {
        Session::new(id, jstp_session::Direction::Client)
            .with_username(username)
            .with_application(self.application.name())
            .with_limits(self.client.session_limits)
    }
}
