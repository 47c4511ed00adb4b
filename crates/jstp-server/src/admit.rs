//! A client's way in: handshake, choice of application, authentication.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::FutureExt;
use jstp_auth::{AuthRequest, Credentials};
use jstp_connection::lifecycle::{self, Attachment, Newcomer};
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
use crate::permit::Permitted;
use crate::server::Inner;

/// A longer version range finds nothing: it would be kept with the connection, and takes long to read.
const MAX_RANGE: usize = 4096;

/// How long a client may take to close that was too slow already.
const LATE_CLOSE: Duration = Duration::from_millis(500);

/// What the server keeps with each of its connections.
pub(crate) struct Owner {
    /// The version or range that the client asked for.
    pub(crate) asked: Option<String>,
    /// Its session was ended because it was too slow.
    pub(crate) too_slow: AtomicBool,
}

/// Why a client is not let in. Its transport is closed in an orderly way, whatever the reason.
pub(crate) enum Rejection {
    /// It is told so.
    Refused(RemoteError),
    /// It broke the protocol, or its transport did, and is not told anything.
    Broken(String),
    /// It is not told anything and may try again.
    Later,
}

/// A name that a client sent, for the watchers, who may keep many: at most 256 characters of it.
fn shortened(name: &str) -> String {
    name.chars().take(256).collect()
}

/// What the policy is asked.
fn auth_request(
    strategy: String,
    credentials: RawBuf,
    application: &dyn Api,
    client: Option<&Attachment>,
) -> AuthRequest {
    let version = application.version().to_string();
    let request = AuthRequest::new(
        strategy,
        Credentials::from(credentials),
        application.name(),
        version,
    );
    match client {
        Some(client) => request
            .with_peer_address(Some(client.peer.to_string()))
            .with_peer_certificates(client.certificates.as_slice().to_vec()),
        None => request,
    }
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
        // Its transport, from the transport's own handshake on until a connection takes it over.
        let mut attachment = None;
        let mut newcomer = Newcomer::new(self.options.connection.memory_budget.clone());
        let admission = self.shake_hands(accepted, permit, &mut attachment, &mut newcomer);
        let admission = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Ok(Err(Rejection::Later)),
            admission = tokio::time::timeout_at(deadline, admission) => admission,
        };
        let late = admission.is_err();
        let answer = match admission {
            Ok(Ok(())) => return,
            Ok(Err(Rejection::Refused(error))) => Some(HandshakeRequest::refusal(&error)),
            Ok(Err(Rejection::Broken(error))) => {
                self.events
                    .send(ServerEvent::HandshakeError { peer, error });
                None
            }
            Ok(Err(Rejection::Later)) => None,
            Err(_) => {
                self.events.send(ServerEvent::HandshakeTimeout { peer });
                None
            }
        };
        let mut timeout = self.options.connection.close_timeout;
        if late {
            timeout = timeout.min(LATE_CLOSE);
        }
        // A client that is slow to go does not keep the server.
        drop(self);
        if let Some(attachment) = attachment {
            lifecycle::close_transport(attachment.transport, answer, timeout).await;
        }
        // Counted as long as the transport may hold it.
        drop(newcomer);
    }

    async fn shake_hands(
        self: &Arc<Self>,
        accepted: Accepted,
        permit: OwnedSemaphorePermit,
        slot: &mut Option<Attachment>,
        newcomer: &mut Newcomer,
    ) -> Result<(), Rejection> {
        let mut connected = accepted
            .into_connected()
            .await
            .map_err(|error| Rejection::Broken(error.to_string()))?;
        connected.transport = Permitted::boxed(connected.transport, permit);
        let attachment = slot.insert(connected.into());
        let request = self
            .read_request(&mut attachment.transport, newcomer)
            .await
            .map_err(Rejection::Broken)?
            .ok_or(Rejection::Later)?;
        self.report_request(&attachment.peer, &request);
        let Some((application, asked)) = self.choose(&request) else {
            return Err(Rejection::Refused(RemoteError::app_not_found()));
        };
        self.decide(request.strategy, application, asked, slot)
            .await
    }

    async fn read_request(
        &self,
        transport: &mut BoxTransport,
        newcomer: &mut Newcomer,
    ) -> Result<Option<HandshakeRequest>, String> {
        let handshake = ServerHandshake::new(self.options.connection.max_depth);
        loop {
            let frame = match newcomer.next(transport).await {
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
        slot: &mut Option<Attachment>,
    ) -> Result<(), Rejection> {
        let username = match strategy {
            RequestedStrategy::Session {
                id: Some(id),
                received,
            } => {
                return self
                    .restore(id, received, application, asked.as_deref(), slot)
                    .await;
            }
            RequestedStrategy::Session { id: None, .. } => Err(RemoteError::auth_failed()),
            RequestedStrategy::Custom { name, credentials } => {
                let request = auth_request(name, credentials, &*application, slot.as_ref());
                self.authenticate(request).await.map(Some)
            }
            _ => Ok(None),
        };
        let username = username.map_err(Rejection::Refused)?;
        if let Some(attachment) = slot.take() {
            self.begin(username, application, asked.as_deref(), attachment);
        }
        Ok(())
    }

    /// Asks the policy. One that panics lets nobody in.
    async fn authenticate(&self, request: AuthRequest) -> Result<String, RemoteError> {
        let policy = self
            .options
            .auth_policy
            .as_ref()
            .ok_or_else(RemoteError::auth_failed)?;
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
        let owner = Arc::new(Owner {
            asked: asked.map(ToOwned::to_owned),
            too_slow: AtomicBool::new(false),
        });
        lifecycle::prepare(session, application, self.connection_options.clone(), owner)
    }
}
