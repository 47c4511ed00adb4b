//! Certificates made for one run of the tests.

#![allow(dead_code, reason = "each test uses a part of this")]

use std::sync::atomic::{AtomicUsize, Ordering};

use jstp::tls::{ClientSettings, Identity, ServerSettings};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
};

/// An authority that nobody else knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("authority {count} of process {}", std::process::id());
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key can be made");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority can be made"))
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn sign(&self, name: &str) -> (Certificate, KeyPair) {
        self.sign_with(name, |_| ())
    }

    fn sign_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key can be made");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0);
        (certificate.expect("a certificate can be made"), key)
    }

    /// An identity with something particular in its certificate.
    pub(crate) fn issue_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let (certificate, key) = self.sign_with(name, change);
        identity(&certificate, &key)
    }

    /// The PEM texts of a certificate for this name and of its key.
    pub(crate) fn issue_pem(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.sign(name);
        (certificate.pem(), key.serialize_pem())
    }

    /// An identity for this name, and its certificate in DER form.
    pub(crate) fn issue(&self, name: &str) -> (Identity, Vec<u8>) {
        let (certificate, key) = self.sign(name);
        let identity = identity(&certificate, &key);
        (identity, certificate.der().to_vec())
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

fn identity(certificate: &Certificate, key: &KeyPair) -> Identity {
    let (chain, key) = (certificate.pem(), key.serialize_pem());
    Identity::from_pem(chain.as_bytes(), key.as_bytes()).expect("they fit")
}

/// An identity that nobody has signed but itself.
pub(crate) fn self_signed(name: &str) -> Identity {
    let key = KeyPair::generate().expect("a key can be made");
    let params = CertificateParams::new([name.to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate can be made");
    identity(&certificate, &key)
}
