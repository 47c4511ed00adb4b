//! Authorities that were given, among which may be the very certificate of the server.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::identity::certificates;
use super::unusable;

/// The certificates of a PEM text.
pub(super) struct Given {
    pub(super) roots: Arc<RootCertStore>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Given {
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Given, String> {
        let certificates = certificates(pem)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots
                .add(certificate.clone())
                .map_err(|error| error.to_string())?;
        }
        Ok(Given {
            roots: Arc::new(roots),
            certificates,
        })
    }

    pub(super) fn verifier(
        self: &Arc<Self>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, crate::Error> {
        let roots = self.roots.clone();
        let chain = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(unusable)?;
        Ok(Arc::new(GivenVerifier {
            chain,
            given: self.clone(),
        }))
    }
}

/// Verifies by the chain of signatures, as usual. In addition a server may show a certificate that was
/// given itself, although it could sign others: what the usual tools make for a single machine is like
/// that. Its name and the time still have to be right.
struct GivenVerifier {
    chain: Arc<WebPkiServerVerifier>,
    given: Arc<Given>,
}

impl ServerCertVerifier for GivenVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.chain.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // The time is looked at before this error, which is not about trust; names have an error of
            // their own, but come later.
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self.given.certificates.iter().any(|one| one == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

impl std::fmt::Debug for GivenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenVerifier").finish_non_exhaustive()
    }
}
