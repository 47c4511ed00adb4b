use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls;
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
    /// What stands before the reason when they are of no use: the files they are from.
    context: String,
}

impl Identity {
    /// From PEM texts: the certificates, one's own first, and the private key (PKCS #8, PKCS #1 or
    /// SEC 1). They may be one and the same text.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when one of them is missing or cannot be read.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Identity, Error> {
        Identity::read(chain, key, String::new())
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
        let (chain, key) = (chain.as_ref(), key.as_ref());
        let context = format!("{}, {}: ", chain.display(), key.display());
        Identity::read(&read(chain)?, &read(key)?, context)
    }

    fn read(chain: &[u8], key: &[u8], context: String) -> Result<Identity, Error> {
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| unusable(format!("{context}no private key: {error}")))?;
        let chain = certificates(chain).map_err(|reason| unusable(format!("{context}{reason}")))?;
        Ok(Identity(Arc::new(Parts {
            chain,
            key,
            context,
        })))
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.0.chain.clone()
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        self.0.key.clone_key()
    }

    /// Checks that the key belongs to the certificate.
    pub(super) fn certified(&self, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
        CertifiedKey::from_der(self.chain(), self.key(), provider)
            .map_err(|error| self.unusable(&error))
    }

    /// Why neither a server nor a client can show this.
    pub(super) fn unusable(&self, error: &rustls::Error) -> Error {
        let context = &self.0.context;
        unusable(match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("{context}the private key does not belong to the certificate")
            }
            _ => format!("{context}{error}"),
        })
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
///
/// # Errors
///
/// What is wrong with the text.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the certificates cannot be read: {error}"))?;
    if certificates.is_empty() {
        return Err("there is no certificate in the text".to_owned());
    }
    Ok(certificates)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| unusable(format!("{}: {error}", path.display())))
}
