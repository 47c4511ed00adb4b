//! Certificates made for one run of the tests.

#![allow(dead_code, reason = "each test uses a part of this")]

use jstp::tls::{ClientSettings, Identity, ServerSettings};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
};

/// An authority that nobody else knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = format!("authority of process {}", std::process::id());
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key can be made");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority can be made"))
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn sign(&self, name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = CertificateParams::new([name.to_owned()])
            .and_then(|params| params.signed_by(&key, &self.0))
            .expect("a certificate can be made");
        (certificate, key)
    }

    /// The PEM texts of a certificate for this name and of its key.
    pub(crate) fn issue_pem(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.sign(name);
        (certificate.pem(), key.serialize_pem())
    }

    /// An identity for this name, and its certificate in DER form.
    pub(crate) fn issue(&self, name: &str) -> (Identity, Vec<u8>) {
        let (certificate, key) = self.sign(name);
        let (chain, key) = (certificate.pem(), key.serialize_pem());
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes());
        (identity.expect("they fit"), certificate.der().to_vec())
    }

    /// Settings of a server on this machine.
    pub(crate) fn server(&self) -> ServerSettings {
        ServerSettings::new(&self.issue("127.0.0.1").0).expect("the key fits")
    }

    /// Settings of a client that trusts this authority alone.
    pub(crate) fn client(&self) -> ClientSettings {
        ClientSettings::default()
            .with_ca_pem(self.pem().as_bytes())
            .expect("an authority is made right")
    }
}
