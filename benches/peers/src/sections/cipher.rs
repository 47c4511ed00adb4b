//! Which version and cipher each contestant with TLS agrees on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::{self, Place, Server};
use crate::contestant::{Contestant, Part};
use crate::layer;
use crate::store::Store;

/// How long asking may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// The name of the row.
pub(crate) const ROW: &str = "calls-tls-ciphers";

/// What one has agreed on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Agreed {
    pub(crate) contestant: Contestant,
    /// Say `TLS 1.3, AES_256_GCM_SHA384`.
    pub(crate) cipher: String,
}

/// Asks all servers, unless that was done before.
pub(crate) async fn measure(store: &Store) -> Result<(), Failure> {
    if !store.wants(ROW) {
        return Ok(());
    }
    let contestants = [Contestant::JstpTls, Contestant::NpmTls, Contestant::BareTls];
    let mut all = Vec::new();
    for server in child::start_all(&contestants, Place::default()).await {
        match agreed(&server).await {
            Ok(cipher) => all.push(Agreed {
                contestant: server.contestant,
                cipher,
            }),
            Err(failure) => eprintln!("{}: {failure}", server.contestant.title()),
        }
    }
    store.write(ROW, &all)
}

/// Asks as the contestant's own client would: Node.js, or rustls with its defaults.
async fn agreed(server: &Server) -> Result<String, Failure> {
    let [version, cipher] = if server.contestant.by_node(Part::Client).is_none() {
        layer::negotiated(&server.address).await?
    } else {
        let command = server.client("cipher", Some(server.contestant), Place::default())?;
        child::result(command, DEADLINE).await?
    };
    // OpenSSL and rustls write the same names in their own ways.
    let version = version.replace("TLSv", "TLS ").replace('_', ".");
    let cipher = ["TLS13_", "TLS_"]
        .iter()
        .find_map(|prefix| cipher.strip_prefix(prefix));
    let cipher = cipher.ok_or("there is no cipher of TLS 1.3")?;
    Ok(format!("{version}, {cipher}"))
}
