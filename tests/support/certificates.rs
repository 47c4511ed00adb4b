//! Certificates made for one run of the tests.

#![allow(dead_code, reason = "each test uses a part of this")]

use jstp::tls::{ClientSettings, Identity, ServerSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

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

    /// The PEM texts of a certificate for these names and of its key.
    pub(crate) fn issue_pem(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = CertificateParams::new(names)
            .and_then(|params| params.signed_by(&key, &self.0))
            .expect("a certificate can be made");
        (certificate.pem(), key.serialize_pem())
    }

    pub(crate) fn issue(&self, names: &[&str]) -> Identity {
        let (certificate, key) = self.issue_pem(names);
        Identity::from_pem(certificate.as_bytes(), key.as_bytes()).expect("they fit")
    }

    /// Settings of a server on this machine.
    pub(crate) fn server(&self) -> ServerSettings {
        ServerSettings::new(&self.issue(&["localhost", "127.0.0.1"])).expect("the key fits")
    }

    /// Settings of a client that trusts this authority alone.
    pub(crate) fn client(&self) -> ClientSettings {
        ClientSettings::default()
            .with_ca_pem(self.pem().as_bytes())
            .expect("an authority is made right")
    }
}
