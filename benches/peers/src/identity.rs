//! The certificate that all servers with TLS show and all clients trust, made for this machine.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair};

use crate::Failure;

/// PEM texts of a certificate for this machine and of its key.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Where it is kept, so that all processes have the same one, Node.js included.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/identity")
}

/// The one that was made first. The program makes it before it starts servers and clients, which may
/// be started by hand as well.
pub(crate) fn read_or_make() -> Result<Identity, Failure> {
    let folder = folder();
    let texts = ["certificate.pem", "key.pem"].map(|name| fs::read_to_string(folder.join(name)));
    if let [Ok(certificate), Ok(key)] = texts {
        return Ok(Identity { certificate, key });
    }
    let pair = KeyPair::generate()?;
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let certificate = CertificateParams::new(names)?.self_signed(&pair)?;
    let identity = Identity {
        certificate: certificate.pem(),
        key: pair.serialize_pem(),
    };
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("certificate.pem"), &identity.certificate)?;
    fs::write(folder.join("key.pem"), &identity.key)?;
    Ok(identity)
}
