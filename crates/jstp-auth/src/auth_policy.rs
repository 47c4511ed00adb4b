use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jstp_wire::RemoteError;

use crate::Credentials;

/// What a client presents in its handshake, for an [`AuthPolicy`] to judge.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthRequest {
    /// The name of the strategy, such as `login`; never `anonymous` or `session`.
    pub strategy: String,
    /// The credentials, of any form: they are not checked yet.
    pub credentials: Credentials,
    /// The name of the application the client asks for. It exists.
    pub application: String,
    /// The exact version of the application that was chosen for the client.
    pub version: String,
    /// The address of the client as its transport gives it, where it has one.
    pub peer_address: Option<String>,
    /// The certificates in DER form that the client has shown over TLS, its own first. They were
    /// verified; there are none where the listener does not ask for them.
    pub peer_certificates: Vec<Vec<u8>>,
}

impl AuthRequest {
    /// A request without a peer address and certificates.
    pub fn new(
        strategy: impl Into<String>,
        credentials: Credentials,
        application: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        Self {
            strategy: strategy.into(),
            credentials,
            application: application.into(),
            version: version.into(),
            peer_address: None,
            peer_certificates: Vec::new(),
        }
    }

    /// Sets the address of the client.
    #[must_use]
    pub fn with_peer_address(mut self, address: Option<String>) -> Self {
        self.peer_address = address;
        self
    }

    /// Sets the certificates of the client.
    #[must_use]
    pub fn with_peer_certificates(mut self, certificates: Vec<Vec<u8>>) -> Self {
        self.peer_certificates = certificates;
        self
    }
}

/// Decides on a server who a client is.
///
/// Closures and functions that take an [`AuthRequest`] are policies:
///
/// ```
/// use jstp_auth::{AuthError, AuthPolicy, AuthRequest};
///
/// fn server_with(policy: impl AuthPolicy) { /* … */ }
///
/// server_with(async |request: AuthRequest| match request.strategy.as_str() {
///     "guest" => Ok("guest".to_owned()),
///     _ => Err(AuthError::Denied),
/// });
/// ```
///
/// A closure gets the request by value, and one that captures has to hand out what it captured:
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::Arc;
///
/// use jstp_auth::{AuthError, AuthPolicy, AuthRequest};
///
/// let keys = Arc::new(HashSet::from(["letmein".to_owned()]));
/// let policy = move |request: AuthRequest| {
///     let keys = keys.clone();
///     async move {
///         let (key,): (String,) = request.credentials.deserialize().map_err(|_| AuthError::Denied)?;
///         if keys.contains(&key) { Ok(key) } else { Err(AuthError::Denied) }
///     }
/// };
/// # fn policy_of<P: AuthPolicy>(_: P) {}
/// # policy_of(policy);
/// ```
///
/// The policy is not asked when a client is anonymous or resumes a session. It has to answer
/// within the handshake timeout of the server.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authentication policy",
    note = "a policy is an `AuthPolicy`, or an async closure or function \
            `AuthRequest -> Result<String, AuthError>` whose future is `Send`"
)]
pub trait AuthPolicy: Send + Sync + 'static {
    /// The name of the user, or why the client is refused.
    ///
    /// An empty name is no user: the server refuses it with code 11.
    async fn authenticate(&self, request: &AuthRequest) -> Result<String, AuthError>;
}

#[async_trait]
impl<F, Fut> AuthPolicy for F
where
    F: Fn(AuthRequest) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<String, AuthError>> + Send,
{
    async fn authenticate(&self, request: &AuthRequest) -> Result<String, AuthError> {
        self(request.clone()).await
    }
}

#[async_trait]
impl<P: AuthPolicy + ?Sized> AuthPolicy for Arc<P> {
    async fn authenticate(&self, request: &AuthRequest) -> Result<String, AuthError> {
        (**self).authenticate(request).await
    }
}

/// Why a client is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Authentication failed, without a reason: the client gets code 11.
    #[error("authentication failed")]
    Denied,
    /// The client gets this error, with its own code and message.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

impl AuthError {
    /// The error that the client is answered with.
    pub fn into_remote(self) -> RemoteError {
        match self {
            Self::Denied => RemoteError::auth_failed(),
            Self::Remote(error) => error,
        }
    }
}

impl fmt::Debug for dyn AuthPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthPolicy(..)")
    }
}

#[cfg(test)]
mod tests;
