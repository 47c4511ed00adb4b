use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::unusable;
use crate::Error;

/// Who one side is: its certificate, those it was signed by, and its private key.
#[derive(Clone)]
pub struct Identity(Arc<Parts>);

struct Parts {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// From PEM texts: the certificates, one's own first, and the private key (PKCS #8, PKCS #1 or
    /// SEC 1). They may be one and the same text.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when one of them is missing or cannot be read.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Identity, Error> {
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| unusable(format!("no private key: {error}")))?;
        let chain = certificates(chain)?;
        Ok(Identity(Arc::new(Parts { chain, key })))
    }

    /// As [`from_pem`](Self::from_pem), from files. Reads them at once.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], with the path in its text.
    pub fn from_pem_files(
        chain: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Identity, Error> {
        let chain_text = read(chain.as_ref())?;
        let key_text = read(key.as_ref())?;
        Identity::from_pem(&chain_text, &key_text).map_err(|error| {
            let (chain, key) = (chain.as_ref().display(), key.as_ref().display());
            let reason = match error {
                Error::Certificate { reason } => reason,
                other => other.to_string(),
            };
            unusable(format!("{chain}, {key}: {reason}"))
        })
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.0.chain.clone()
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        self.0.key.clone_key()
    }

    /// Checks that the key belongs to the certificate.
    pub(super) fn certified(&self, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
        CertifiedKey::from_der(self.chain(), self.key(), provider).map_err(unusable)
    }

    pub(super) fn is(&self, other: &Identity) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.0.chain.len())
            .finish_non_exhaustive()
    }
}

/// The certificates of a PEM text, of which there has to be one.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(format!("the certificates cannot be read: {error}")))?;
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in the text"));
    }
    Ok(certificates)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| unusable(format!("{}: {error}", path.display())))
}
