//! What TLS needs: whom to trust, and who we are.

use std::path::PathBuf;

use clap::Args;
use jstp_transport::TransportOptions;
use jstp_transport::tls::{Identity, ServerSettings};

use crate::failure::Failure;

/// Whom a client trusts, for `jstps://` and `wss://`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct TrustArgs {
    /// Trust this authority (PEM) instead of those of the system, for jstps:// and wss://
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    ca: Option<PathBuf>,

    /// Trust whatever certificate the server shows; whoever is in between can then read everything
    #[arg(long, conflicts_with = "ca", help_heading = "TLS")]
    insecure: bool,
}

impl TrustArgs {
    /// The options with what was said.
    pub(crate) fn apply(&self, options: TransportOptions) -> Result<TransportOptions, Failure> {
        let mut settings = options.tls_client.clone();
        if let Some(path) = &self.ca {
            settings = settings.with_ca_file(path).map_err(|error| {
                Failure::usage(format!("--ca: {error}"))
                    .with_hint("a file in PEM is expected, with BEGIN CERTIFICATE in it")
            })?;
        }
        if self.insecure {
            settings = settings.insecure();
        }
        Ok(options.with_tls_client(settings))
    }
}

/// Who a server is, for `jstps://` and `wss://`.
#[derive(Debug, Clone, Args)]
pub(crate) struct IdentityArgs {
    /// The certificate (PEM) to listen on jstps:// and wss:// with, further ones of its chain behind it
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "TLS")]
    cert: Option<PathBuf>,

    /// The key (PEM) of --cert
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    key: Option<PathBuf>,
}

impl IdentityArgs {
    /// Refuses to listen with TLS on `url` without a certificate.
    pub(crate) fn check(&self, url: &str) -> Result<(), Failure> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let has_tls = ["jstps", "wss"]
            .iter()
            .any(|one| one.eq_ignore_ascii_case(scheme));
        if has_tls && self.cert.is_none() {
            return Err(Failure::usage(format!("{url} needs a certificate"))
                .with_hint("give it by --cert FILE and its key by --key FILE, both in PEM"));
        }
        Ok(())
    }

    /// The options with what was said.
    pub(crate) fn apply(&self, options: TransportOptions) -> Result<TransportOptions, Failure> {
        let (Some(cert), Some(key)) = (&self.cert, &self.key) else {
            return Ok(options);
        };
        let settings = Identity::from_pem_files(cert, key)
            .and_then(|identity| ServerSettings::new(&identity))
            .map_err(|error| Failure::usage(format!("--cert, --key: {error}")))?;
        Ok(options.with_tls_server(settings))
    }
}
