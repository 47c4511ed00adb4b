use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::given::Given;
use super::unverified::Unverified;
use super::{Identity, Provider, unusable};
use crate::Error;

/// How a client speaks TLS: whom it trusts, and who it is itself.
///
/// Cheap to clone; clones share what they have loaded, and the server's tickets for faster handshakes.
///
/// ```no_run
/// use jstp_transport::tls::{ClientSettings, Identity};
///
/// # fn run() -> Result<(), jstp_transport::Error> {
/// let settings = ClientSettings::default()
///     .with_ca_pem(&std::fs::read("company-ca.pem")?)?
///     .with_identity(Identity::from_pem_files("client.pem", "client.key")?)
///     .with_server_name("db.internal")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ClientSettings {
    provider: Provider,
    trust: Trust,
    identity: Option<Identity>,
    server_name: Option<ServerName<'static>>,
    /// Made of what stands above when it is first needed, unless it was given.
    config: Arc<OnceLock<Arc<ClientConfig>>>,
    given: bool,
}

#[derive(Clone, Default)]
enum Trust {
    #[default]
    Platform,
    Given(Arc<Given>),
    Everybody,
}

impl ClientSettings {
    /// Settings made elsewhere, for what cannot be said here. Only a
    /// [server name](Self::with_server_name) can be added; the other steps begin anew.
    pub fn from_config(config: Arc<ClientConfig>) -> ClientSettings {
        ClientSettings {
            config: Arc::new(OnceLock::from(config)),
            given: true,
            ..ClientSettings::default()
        }
    }

    /// Trusts these authorities, given in PEM form, instead of the system's. The very certificate of a
    /// server will do as well.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when there is none in the text, or one that cannot be used.
    pub fn with_ca_pem(self, pem: &[u8]) -> Result<Self, Error> {
        let given = Given::from_pem(pem).map_err(unusable)?;
        Ok(self.with_trust(Trust::Given(Arc::new(given))))
    }

    /// As [`with_ca_pem`](Self::with_ca_pem), from a file. Reads it at once.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], with the path in its text.
    pub fn with_ca_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let read = std::fs::read(path).map_err(|error| error.to_string());
        let given = read
            .and_then(|pem| Given::from_pem(&pem))
            .map_err(|reason| unusable(format!("{}: {reason}", path.display())))?;
        Ok(self.with_trust(Trust::Given(Arc::new(given))))
    }

    /// Trusts whoever answers. Anybody on the way can read and change everything: for tools and tests
    /// alone.
    #[must_use]
    pub fn insecure(self) -> Self {
        self.with_trust(Trust::Everybody)
    }

    /// Who this side is, for servers that ask for it.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self.anew()
    }

    /// The name that the server's certificate has to be for, and that the server is told (SNI), instead
    /// of the host that is connected to. A DNS name or an IP address.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when it is neither.
    pub fn with_server_name(mut self, name: &str) -> Result<Self, Error> {
        self.server_name = Some(server_name(name)?);
        Ok(self)
    }

    /// Whose cryptography is used. Default: `ring`.
    #[must_use]
    pub fn with_provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self.anew()
    }

    fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self.anew()
    }

    /// Clones that were made before keep what they have.
    fn anew(mut self) -> Self {
        self.config = Arc::default();
        self.given = false;
        self
    }

    pub(super) fn name_of(&self, host: &str) -> Result<ServerName<'static>, Error> {
        match &self.server_name {
            Some(name) => Ok(name.clone()),
            None => server_name(host),
        }
    }

    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let crypto = self.provider.crypto();
        let verifier: Arc<dyn ServerCertVerifier> = match &self.trust {
            Trust::Platform => {
                // Reads hundreds of files on some systems.
                let roots = tokio::task::spawn_blocking(platform_roots)
                    .await
                    .map_err(unusable)??;
                WebPkiServerVerifier::builder_with_provider(roots, crypto.clone())
                    .build()
                    .map_err(unusable)?
            }
            Trust::Given(given) => given.verifier(crypto.clone())?,
            Trust::Everybody => Arc::new(Unverified(crypto.clone())),
        };
        let config = self.build(crypto, verifier)?;
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }

    fn build(
        &self,
        crypto: Arc<CryptoProvider>,
        verifier: Arc<dyn ServerCertVerifier>,
    ) -> Result<ClientConfig, Error> {
        let builder = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        match &self.identity {
            None => Ok(builder.with_no_client_auth()),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain(), identity.key())
                .map_err(|error| identity.unusable(&error)),
        }
    }
}

fn server_name(name: &str) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(name.to_owned()).map_err(|_| {
        unusable(format!(
            "`{name}` is no name that a certificate could be for"
        ))
    })
}

fn platform_roots() -> Result<Arc<RootCertStore>, Error> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Systems carry certificates that nobody can read.
    let (added, _) = roots.add_parsable_certificates(loaded.certs);
    if added == 0 {
        let error = loaded.errors.first();
        return Err(unusable(match error {
            Some(error) => format!("the system's authorities cannot be read: {error}"),
            None => "the system trusts no authorities".to_owned(),
        }));
    }
    Ok(Arc::new(roots))
}

/// Two are equal when they were made in the same way from the same pieces.
impl PartialEq for ClientSettings {
    fn eq(&self, other: &Self) -> bool {
        let same_trust = match (&self.trust, &other.trust) {
            (Trust::Platform, Trust::Platform) | (Trust::Everybody, Trust::Everybody) => true,
            (Trust::Given(one), Trust::Given(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let same_identity = match (&self.identity, &other.identity) {
            (None, None) => true,
            (Some(one), Some(other)) => one.is(other),
            _ => false,
        };
        let same_config = Arc::ptr_eq(&self.config, &other.config);
        self.server_name == other.server_name
            && (same_config
                || !self.given
                    && !other.given
                    && same_trust
                    && same_identity
                    && self.provider == other.provider)
    }
}

impl Eq for ClientSettings {}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trust = match &self.trust {
            _ if self.given => "as configured",
            Trust::Platform => "the system's authorities",
            Trust::Given(_) => "given authorities",
            Trust::Everybody => "everybody",
        };
        f.debug_struct("ClientSettings")
            .field("trust", &trust)
            .field("identity", &self.identity)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}
