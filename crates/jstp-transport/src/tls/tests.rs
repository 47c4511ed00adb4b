//! TLS between our own ends, and against peers that speak something else.

mod identities;
mod strangers;

use std::net::SocketAddr;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{ClientSettings, Identity, ServerSettings};
use crate::{Binding, Connected, Connector, Error, IntoListener, Target, TransportOptions};

async fn within<T>(future: impl Future<Output = T>) -> T {
    let outcome = timeout(Duration::from_secs(100), future).await;
    outcome.expect("what was waited for happens in time")
}

/// Who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// The PEM texts of a certificate and of its key.
    fn issue_pem(&self, name: &str) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = key.serialize_pem();
        (certificate.pem().into_bytes(), key.into_bytes())
    }

    fn issue(&self, name: &str) -> Identity {
        let (certificate, key) = self.issue_pem(name);
        Identity::from_pem(&certificate, &key).unwrap()
    }

    fn client(&self) -> ClientSettings {
        ClientSettings::default().with_ca_pem(&self.pem()).unwrap()
    }
}

type Outcomes = mpsc::UnboundedReceiver<Result<Connected, Error>>;

/// Listens; how each connection turns out comes by the channel.
async fn listening(settings: ServerSettings) -> (SocketAddr, Outcomes) {
    let binding = Binding::new("jstps://127.0.0.1:0")
        .unwrap()
        .with_tls(settings);
    let options = TransportOptions::default();
    let mut listener = binding.into_listener(&options).await.unwrap();
    let address = listener.local_address();
    assert!(address.to_string().starts_with("jstps://127.0.0.1:"));
    let (outcomes, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let accepted = listener.accept().await;
            let outcomes = outcomes.clone();
            tokio::spawn(async move { outcomes.send(accepted.into_connected().await) });
        }
    });
    (address.as_tcp().unwrap(), received)
}

async fn connect(address: SocketAddr, settings: ClientSettings) -> Result<Connected, Error> {
    let target = Target::new(&format!("jstps://{address}")).unwrap();
    let target = target.with_tls(settings);
    within(target.connect(&TransportOptions::default())).await
}

async fn next(outcomes: &mut Outcomes) -> Result<Connected, Error> {
    within(outcomes.recv()).await.unwrap()
}
