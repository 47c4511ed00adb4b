//! A client's way in: handshake, choice of application, authentication.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use jstp_auth::{AuthRequest, Credentials};
use jstp_connection::lifecycle::{self, Attachment};
use jstp_connection::{Api, Connection, VersionRequest};
use jstp_engine::{
    HandshakeRequest, RequestedStrategy, RequestedVersion, ServerHandshake, ServerStep,
};
use jstp_session::{Direction, Session, SessionId};
use jstp_transport::{Accepted, Address, BoxTransport};
use jstp_wire::{RawBuf, RemoteError, decode_text};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::event::ServerEvent;
use crate::observer::ServerObserver;
use crate::permit::Permitted;
use crate::server::Inner;

/// A longer version range finds nothing: it would be kept with the connection, and takes long to read.
const MAX_RANGE: usize = 4096;

/// What the server keeps with each of its connections.
pub(crate) struct Owner {
    /// The version or range that the client asked for.
    pub(crate) asked: Option<String>,
}

/// Why a client is not let in.
enum Rejection {
    /// It is told so.
    Refused(Attachment, RemoteError),
    /// It broke the protocol and is closed without a word.
    Broken(Attachment, String),
    /// It is closed without a word and may try again.
    Later(Attachment),
    /// It has gone by itself.
    Gone,
}

/// A name that a client sent, for the watchers, who may keep many: at most 256 characters of it.
fn shortened(name: &str) -> String {
    name.chars().take(256).collect()
}

impl Inner {
    /// Takes a client from its transport connection to a running connection, within the handshake
    /// timeout.
    pub(crate) async fn admit(
        self: Arc<Self>,
        accepted: Accepted,
        since: Instant,
        permit: OwnedSemaphorePermit,
    ) {
        let peer = accepted.peer.clone();
        let deadline = since + self.options.handshake_timeout;
        let mut stop = self.subscribe_stop();
        let admission = self.clone().shake_hands(accepted, permit);
        let admission = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            admission = tokio::time::timeout_at(deadline, admission) => admission,
        };
        let Ok(outcome) = admission else {
            // The transport was dropped with the future, which closes it.
            self.events.send(ServerEvent::HandshakeTimeout { peer });
            return;
        };
        let (attachment, answer) = match outcome {
            Ok(()) | Err(Rejection::Gone) => return,
            Err(Rejection::Refused(attachment, error)) => {
                (attachment, Some(HandshakeRequest::refusal(&error)))
            }
            Err(Rejection::Broken(attachment, error)) => {
                self.events
                    .send(ServerEvent::HandshakeError { peer, error });
                (attachment, None)
            }
            Err(Rejection::Later(attachment)) => (attachment, None),
        };
        let timeout = self.options.connection.close_timeout;
        // A client that is slow to go does not keep the server.
        drop(self);
        lifecycle::close_transport(attachment.transport, answer, timeout).await;
    }

    async fn shake_hands(
        self: Arc<Self>,
        accepted: Accepted,
        permit: OwnedSemaphorePermit,
    ) -> Result<(), Rejection> {
        let peer = accepted.peer.clone();
        let transport = match accepted.into_transport().await {
            Ok(transport) => Permitted::boxed(transport, permit),
            Err(error) => {
                self.events.send(ServerEvent::HandshakeError {
                    peer,
                    error: error.to_string(),
                });
                return Err(Rejection::Gone);
            }
        };
        let mut attachment = Attachment { transport, peer };
        let request = match self.read_request(&mut attachment.transport).await {
            Ok(Some(request)) => request,
            Ok(None) => return Err(Rejection::Gone),
            Err(error) => return Err(Rejection::Broken(attachment, error)),
        };
        self.report_request(&attachment.peer, &request);
        let Some((application, asked)) = self.choose(&request) else {
            return Err(Rejection::Refused(attachment, RemoteError::app_not_found()));
        };
        self.decide(request.strategy, application, asked, attachment)
            .await
    }

    async fn read_request(
        &self,
        transport: &mut BoxTransport,
    ) -> Result<Option<HandshakeRequest>, String> {
        let handshake = ServerHandshake::new(self.options.connection.max_depth);
        loop {
            let frame = match transport.next().await {
                None => return Ok(None),
                Some(Err(error)) if error.is_gone() => return Ok(None),
                Some(frame) => frame.map_err(|error| error.to_string())?,
            };
            let text = decode_text(&frame).map_err(|error| error.to_string())?;
            let step = handshake
                .handle_text(text)
                .map_err(|error| error.to_string())?;
            if let ServerStep::Request(request) = step {
                return Ok(Some(request));
            }
        }
    }

    fn report_request(&self, peer: &Address, request: &HandshakeRequest) {
        self.events.send(ServerEvent::HandshakeRequest {
            peer: peer.clone(),
            application: request.application.as_deref().map(shortened),
            strategy: match &request.strategy {
                RequestedStrategy::Session { .. } => "session".to_owned(),
                RequestedStrategy::Custom { name, .. } => shortened(name),
                _ => "anonymous".to_owned(),
            },
        });
    }

    /// The application that is asked for, with the version or range.
    fn choose(&self, request: &HandshakeRequest) -> Option<(Arc<dyn Api>, Option<String>)> {
        let asked = match &request.version {
            RequestedVersion::Latest => None,
            RequestedVersion::Text(text) if text.len() > MAX_RANGE => return None,
            RequestedVersion::Text(text) => Some(text.clone()),
            _ => return None,
        };
        let version = VersionRequest::parse(asked.as_deref()).ok()?;
        let name = request.application.as_deref()?;
        let application = self.applications().pick(name, &version)?.clone();
        Some((application, asked))
    }

    async fn decide(
        self: &Arc<Self>,
        strategy: RequestedStrategy,
        application: Arc<dyn Api>,
        asked: Option<String>,
        attachment: Attachment,
    ) -> Result<(), Rejection> {
        let username = match strategy {
            RequestedStrategy::Session {
                id: Some(id),
                received,
            } => {
                return self
                    .restore(id, received, application, asked.as_deref(), attachment)
                    .await
                    .map_err(|(attachment, error)| match error {
                        Some(error) => Rejection::Refused(attachment, error),
                        None => Rejection::Later(attachment),
                    });
            }
            RequestedStrategy::Session { id: None, .. } => Err(RemoteError::auth_failed()),
            RequestedStrategy::Custom { name, credentials } => self
                .authenticate(name, credentials, &*application, &attachment.peer)
                .await
                .map(Some),
            _ => Ok(None),
        };
        match username {
            Ok(username) => {
                self.begin(username, application, asked.as_deref(), attachment);
                Ok(())
            }
            Err(error) => Err(Rejection::Refused(attachment, error)),
        }
    }

    /// Asks the policy. One that panics lets nobody in.
    async fn authenticate(
        &self,
        strategy: String,
        credentials: RawBuf,
        application: &dyn Api,
        peer: &Address,
    ) -> Result<String, RemoteError> {
        let policy = self
            .options
            .auth_policy
            .as_ref()
            .ok_or_else(RemoteError::auth_failed)?;
        let credentials = Credentials::from(credentials);
        let version = application.version().to_string();
        let request = AuthRequest::new(strategy, credentials, application.name(), version)
            .with_peer_address(Some(peer.to_string()));
        let answer = async { policy.authenticate(&request).await };
        match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(username)) if !username.is_empty() => Ok(username),
            Ok(Err(error)) => Err(error.into_remote()),
            Ok(Ok(_)) => Err(RemoteError::auth_failed()),
            Err(_) => {
                tracing::error!("an authentication policy panicked");
                Err(RemoteError::auth_failed())
            }
        }
    }

    /// Makes a new session.
    fn begin(
        self: &Arc<Self>,
        username: Option<String>,
        application: Arc<dyn Api>,
        asked: Option<&str>,
        attachment: Attachment,
    ) {
        let session = Session::new(SessionId::random(), Direction::Server)
            .with_username(username)
            .with_application(application.name())
            .with_limits(self.options.session_limits);
        let id = session.id().clone();
        let connection = self.prepare(session, application, asked);
        if !self.registry.enter(id, &connection) {
            return;
        }
        lifecycle::attach_as_server(&connection, attachment);
        self.events.send(ServerEvent::Connect(connection.clone()));
        if let Some(listener) = &self.options.listener
            && catch_unwind(AssertUnwindSafe(|| listener(&connection))).is_err()
        {
            tracing::error!("a connect listener panicked");
        }
        // Only now are messages handled, so that the listener comes before them.
        lifecycle::start(&connection);
    }

    pub(crate) fn prepare(
        self: &Arc<Self>,
        session: Session,
        application: Arc<dyn Api>,
        asked: Option<&str>,
    ) -> Connection {
        let observer = Arc::new(ServerObserver {
            server: Arc::downgrade(self),
        });
        let options = self.options.connection_options(observer);
        let owner = Arc::new(Owner {
            asked: asked.map(ToOwned::to_owned),
        });
        lifecycle::prepare(session, application, options, owner)
    }
}
