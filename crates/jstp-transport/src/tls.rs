//! TLS, by rustls.
//!
//! Listeners and connectors come by addresses such as `"jstps://host:port"` and `"wss://host:port"`.
//! Clients trust the authorities that the system trusts, unless their [`ClientSettings`] say
//! otherwise; listeners need [`ServerSettings`], first of all for their certificate. Both stand in the
//! [`TransportOptions`](crate::TransportOptions), or travel with an address
//! ([`Target::with_tls`](crate::Target::with_tls), [`Binding::with_tls`](crate::Binding::with_tls)).
//!
//! ```no_run
//! use jstp_transport::tls::{ClientSettings, Identity, ServerSettings};
//! use jstp_transport::{Error, IntoListener, Target, TransportOptions};
//!
//! # async fn run() -> Result<(), Error> {
//! let identity = Identity::from_pem_files("server.pem", "server.key")?;
//! let settings = ServerSettings::new(&identity)?;
//! let options = TransportOptions::default().with_tls_server(settings.clone());
//! let listener = "jstps://0.0.0.0:3443".into_listener(&options).await?;
//!
//! let company = ClientSettings::default().with_ca_pem(&std::fs::read("company-ca.pem")?)?;
//! let target = Target::new("jstps://intranet.example:3443")?.with_tls(company);
//!
//! // Later, with a new certificate; connections go on with the old one.
//! settings.replace_identity(&Identity::from_pem_files("server.pem", "server.key")?)?;
//! # Ok(())
//! # }
//! ```
//!
//! The versions are TLS 1.3 and 1.2. ALPN is not used. The crypto provider is `ring`, given explicitly,
//! whatever provider the process has chosen for itself; with the feature `aws-lc-rs` the settings may
//! ask for `Provider::AwsLcRs`.

mod client;
mod given;
mod handshake;
mod identity;
mod provider;
mod server;
mod sessions;
mod unverified;

pub use client::ClientSettings;
pub use identity::Identity;
pub use provider::Provider;
pub use server::ServerSettings;
pub use tokio_rustls::rustls;

pub(crate) use handshake::{ClientStream, accept, connect};

use crate::Error;

fn unusable(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Certificate {
        reason: reason.into().to_string(),
    }
}

#[cfg(test)]
mod tests;
