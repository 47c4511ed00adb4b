use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Credentials, Strategy, StrategyNameError};

/// What a client is about to connect to, for a [`ConnectPolicy`] to choose its strategy by.
///
/// `Debug` tells whether there is a session, but not its id, by which it can be resumed.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectRequest<'a> {
    application: Cow<'a, str>,
    version: Option<Cow<'a, str>>,
    session: Option<Cow<'a, str>>,
}

impl<'a> ConnectRequest<'a> {
    /// A request for an application, with the version range asked for and, when a session is to
    /// be resumed, its id.
    pub fn new(application: &'a str, version: Option<&'a str>, session: Option<&'a str>) -> Self {
        Self {
            application: application.into(),
            version: version.map(Cow::Borrowed),
            session: session.map(Cow::Borrowed),
        }
    }

    /// The name of the application, without the version.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// The version range, where one was asked for.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The id of the session that is to be resumed. Then the strategy is not used, since the id
    /// is the credentials; an error still keeps the client from connecting.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The same, on its own.
    pub fn into_owned(self) -> ConnectRequest<'static> {
        fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        ConnectRequest {
            application: owned(self.application),
            version: self.version.map(owned),
            session: self.session.map(owned),
        }
    }
}

impl fmt::Debug for ConnectRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("application", &self.application)
            .field("version", &self.version)
            .field("has_session", &self.session.is_some())
            .finish()
    }
}

/// Decides on a client how it introduces itself, anew for every connection.
///
/// [`SimpleConnectPolicy`] always answers the same. Closures and functions that take a
/// [`ConnectRequest`] are policies too, for credentials that change:
///
/// ```
/// use jstp_auth::{ConnectPolicy, ConnectPolicyError, ConnectRequest, Credentials, Strategy};
///
/// async fn fresh_token() -> Result<String, std::io::Error> {
///     Ok("token".to_owned())
/// }
///
/// fn client_with(policy: impl ConnectPolicy) { /* … */ }
///
/// client_with(async |_request: ConnectRequest<'static>| {
///     let token = fresh_token().await.map_err(ConnectPolicyError::new)?;
///     let credentials = Credentials::from_serialize(&token).map_err(ConnectPolicyError::new)?;
///     Strategy::custom("token", credentials).map_err(ConnectPolicyError::new)
/// });
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connect policy",
    note = "a policy is a `ConnectPolicy`, or an async closure or function \
            `ConnectRequest<'static> -> Result<Strategy, ConnectPolicyError>` whose future is `Send`"
)]
pub trait ConnectPolicy: Send + Sync + 'static {
    /// The strategy for this connection.
    ///
    /// When a session is to be resumed, its id is what the server wants; the strategy is ignored
    /// then. An error always ends the attempt to connect.
    async fn strategy(&self, request: ConnectRequest<'_>) -> Result<Strategy, ConnectPolicyError>;
}

#[async_trait]
impl<F, Fut> ConnectPolicy for F
where
    F: Fn(ConnectRequest<'static>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Strategy, ConnectPolicyError>> + Send,
{
    async fn strategy(&self, request: ConnectRequest<'_>) -> Result<Strategy, ConnectPolicyError> {
        self(request.into_owned()).await
    }
}

#[async_trait]
impl<P: ConnectPolicy + ?Sized> ConnectPolicy for Arc<P> {
    async fn strategy(&self, request: ConnectRequest<'_>) -> Result<Strategy, ConnectPolicyError> {
        (**self).strategy(request).await
    }
}

/// Why a [`ConnectPolicy`] has no strategy: any error, or a text.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ConnectPolicyError(Box<dyn StdError + Send + Sync>);

impl ConnectPolicyError {
    /// Wraps an error or a text.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(source.into())
    }

    /// The wrapped error, to be looked at or downcast.
    pub fn into_inner(self) -> Box<dyn StdError + Send + Sync> {
        self.0
    }
}

/// Uses one strategy for every connection; an anonymous one by default.
///
/// ```
/// use jstp_auth::SimpleConnectPolicy;
///
/// let policy = SimpleConnectPolicy::login("marcus", "secret");
/// assert!(!format!("{policy:?}").contains("secret"));
/// ```
#[derive(Clone, Debug)]
pub struct SimpleConnectPolicy {
    strategy: Strategy,
}

impl Default for SimpleConnectPolicy {
    fn default() -> Self {
        Self::anonymous()
    }
}

impl SimpleConnectPolicy {
    /// Connects anonymously.
    pub fn anonymous() -> Self {
        Self {
            strategy: Strategy::Anonymous,
        }
    }

    /// Connects by name and password.
    pub fn login(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            strategy: Strategy::login(user, password),
        }
    }

    /// Connects by a strategy of the application's own.
    ///
    /// # Errors
    ///
    /// A strategy cannot have this name, see [`Strategy::custom`].
    pub fn custom(
        name: impl Into<String>,
        credentials: Credentials,
    ) -> Result<Self, StrategyNameError> {
        Ok(Self {
            strategy: Strategy::custom(name, credentials)?,
        })
    }
}

impl From<Strategy> for SimpleConnectPolicy {
    fn from(strategy: Strategy) -> Self {
        Self { strategy }
    }
}

#[async_trait]
impl ConnectPolicy for SimpleConnectPolicy {
    async fn strategy(&self, _request: ConnectRequest<'_>) -> Result<Strategy, ConnectPolicyError> {
        Ok(self.strategy.clone())
    }
}

#[cfg(test)]
mod tests;
