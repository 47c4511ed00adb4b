use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::given::Given;
use super::sessions::Sessions;
use super::{Identity, Provider, unusable};
use crate::Error;

/// How a listener speaks TLS: who it is, and whether it asks clients who they are.
///
/// Cheap to clone; clones are the same settings, so that a certificate which is
/// [replaced](Self::replace_identity) is replaced wherever they are in use.
#[derive(Clone)]
pub struct ServerSettings {
    provider: Provider,
    identities: Arc<Identities>,
    config: Arc<ServerConfig>,
}

impl ServerSettings {
    /// A server that asks clients for no certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when the private key cannot be used or belongs to another certificate.
    pub fn new(identity: &Identity) -> Result<ServerSettings, Error> {
        ServerSettings::with_provider(Provider::default(), identity)
    }

    /// As [`new`](Self::new), with the cryptography to use.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_provider(provider: Provider, identity: &Identity) -> Result<ServerSettings, Error> {
        let identities = Arc::new(Identities::new(provider, identity)?);
        let config = configure(provider, Clients::Unasked, identities.clone())?;
        Ok(ServerSettings {
            provider,
            identities,
            config,
        })
    }

    /// Settings made elsewhere, for what cannot be said here. They have no identity that could be
    /// replaced.
    pub fn from_config(config: Arc<ServerConfig>) -> ServerSettings {
        ServerSettings {
            provider: Provider::default(),
            identities: Arc::new(Identities::none(Provider::default())),
            config,
        }
    }

    /// Lets only clients in that show a certificate signed by one of these authorities, given in PEM
    /// form. An authentication policy gets to see it.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when there is none in the text, or one that cannot be used.
    pub fn with_client_ca_pem(self, pem: &[u8]) -> Result<Self, Error> {
        self.asking(Clients::Required(
            Given::from_pem(pem).map_err(unusable)?.roots,
        ))
    }

    /// As [`with_client_ca_pem`](Self::with_client_ca_pem), but lets in clients without a certificate
    /// too.
    ///
    /// # Errors
    ///
    /// As [`with_client_ca_pem`](Self::with_client_ca_pem).
    pub fn with_optional_client_ca_pem(self, pem: &[u8]) -> Result<Self, Error> {
        self.asking(Clients::Asked(
            Given::from_pem(pem).map_err(unusable)?.roots,
        ))
    }

    fn asking(mut self, clients: Clients) -> Result<Self, Error> {
        self.config = configure(self.provider, clients, self.identities.clone())?;
        Ok(self)
    }

    /// Shows `identity` to clients that ask for the DNS name `name` (SNI); those that ask for no name
    /// or another one get the identity of [`new`](Self::new). May be used for replacing too.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_identity_for(self, name: &str, identity: &Identity) -> Result<Self, Error> {
        self.identities.set(Some(name), identity)?;
        Ok(self)
    }

    /// Has further connections get another identity, also those of clients that were here before; those
    /// there are go on with what they have. Where it cannot be used, nothing changes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn replace_identity(&self, identity: &Identity) -> Result<(), Error> {
        self.identities.set(None, identity)
    }

    /// As [`replace_identity`](Self::replace_identity), for clients that ask for a name.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn replace_identity_for(&self, name: &str, identity: &Identity) -> Result<(), Error> {
        self.identities.set(Some(name), identity)
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

/// Which clients are let in.
enum Clients {
    Unasked,
    Asked(Arc<RootCertStore>),
    Required(Arc<RootCertStore>),
}

fn configure(
    provider: Provider,
    clients: Clients,
    identities: Arc<Identities>,
) -> Result<Arc<ServerConfig>, Error> {
    let crypto = provider.crypto();
    let builder = ServerConfig::builder_with_provider(crypto.clone())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let verifier = |roots| WebPkiClientVerifier::builder_with_provider(roots, crypto);
    let builder = match clients {
        Clients::Unasked => builder.with_no_client_auth(),
        Clients::Asked(roots) => {
            let verifier = verifier(roots).allow_unauthenticated().build();
            builder.with_client_cert_verifier(verifier.map_err(unusable)?)
        }
        Clients::Required(roots) => {
            builder.with_client_cert_verifier(verifier(roots).build().map_err(unusable)?)
        }
    };
    let sessions = Sessions::new();
    identities.announce_to(&sessions);
    let mut config = builder.with_cert_resolver(identities);
    config.session_storage = sessions;
    Ok(Arc::new(config))
}

/// The identities of a server, which can be replaced.
struct Identities {
    provider: Provider,
    shown: RwLock<Shown>,
    /// What has to be forgotten when one is replaced.
    sessions: Mutex<Vec<Weak<Sessions>>>,
}

#[derive(Default)]
struct Shown {
    default: Option<Arc<CertifiedKey>>,
    /// By DNS name in lower case.
    by_name: HashMap<String, Arc<CertifiedKey>>,
}

impl Identities {
    fn none(provider: Provider) -> Identities {
        Identities {
            provider,
            shown: RwLock::default(),
            sessions: Mutex::default(),
        }
    }

    fn new(provider: Provider, identity: &Identity) -> Result<Identities, Error> {
        let identities = Identities::none(provider);
        identities.set(None, identity)?;
        Ok(identities)
    }

    fn set(&self, name: Option<&str>, identity: &Identity) -> Result<(), Error> {
        let key = Arc::new(identity.certified(&self.provider.crypto())?);
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        match name {
            Some(name) => drop(shown.by_name.insert(name.to_ascii_lowercase(), key)),
            None => shown.default = Some(key),
        }
        drop(shown);
        for sessions in self.lock_sessions().iter().filter_map(Weak::upgrade) {
            sessions.forget();
        }
        Ok(())
    }

    /// Has these sessions forgotten from now on when an identity is replaced.
    fn announce_to(&self, sessions: &Arc<Sessions>) {
        let mut all = self.lock_sessions();
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(sessions));
    }

    fn lock_sessions(&self) -> MutexGuard<'_, Vec<Weak<Sessions>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Identities {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        client_hello
            .server_name()
            .and_then(|name| shown.by_name.get(&name.to_ascii_lowercase()))
            .or(shown.default.as_ref())
            .cloned()
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").finish_non_exhaustive()
    }
}

/// Two are equal when they are clones of each other.
impl PartialEq for ServerSettings {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

impl Eq for ServerSettings {}

impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSettings").finish_non_exhaustive()
    }
}
