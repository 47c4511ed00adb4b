//! JSTP authentication: policies of servers and clients.
//!
//! A client opens its connection with a handshake that names an application and, unless it is
//! anonymous, a *strategy* with *credentials*: `{handshake:[0,'app'],login:['user','password']}`.
//! On the server an [`AuthPolicy`] decides who that is; on the client a [`ConnectPolicy`] decides
//! with what to introduce itself. Both may be closures.
//!
//! Two strategies never reach a policy: `anonymous` is always accepted, and `session` resumes a
//! session by its id.
//!
//! ```
//! use jstp_auth::{AuthError, AuthPolicy, AuthRequest, SimpleConnectPolicy};
//!
//! async fn authenticate(request: AuthRequest) -> Result<String, AuthError> {
//!     let token: String = request.credentials.deserialize().map_err(|_| AuthError::Denied)?;
//!     match (request.strategy.as_str(), token.as_str()) {
//!         ("token", "let me in") => Ok("marcus".to_owned()),
//!         _ => Err(AuthError::Denied),
//!     }
//! }
//!
//! fn server_with(policy: impl AuthPolicy) { /* … */ }
//! server_with(authenticate);
//!
//! let client = SimpleConnectPolicy::login("marcus", "secret");
//! # drop(client);
//! ```

mod auth_policy;
mod connect_policy;
mod credentials;
mod login_table;
mod strategy;
#[cfg(test)]
mod testing;

pub use auth_policy::{AuthError, AuthPolicy, AuthRequest};
pub use connect_policy::{ConnectPolicy, ConnectPolicyError, ConnectRequest, SimpleConnectPolicy};
pub use credentials::Credentials;
pub use login_table::LoginTable;
pub use strategy::{Strategy, StrategyNameError};
