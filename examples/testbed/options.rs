//! The command line of the testbed.

use std::path::PathBuf;
use std::time::Duration;

use jstp::transport::Error;
use jstp::{IntoConnector, ServerOptions, tls};

pub(crate) const USAGE: &str = "\
usage: testbed --listen URL… [options]

  --listen URL                 jstp://HOST:PORT, jstps://HOST:PORT, ws://HOST:PORT, wss://HOST:PORT
                               or ipc:/PATH; may be repeated
  --cert FILE, --key FILE      certificates and private key in PEM form, for jstps and wss
  --heartbeat-interval MS      ping every client this often
  --client-expiration-time MS  keep clients that have gone in memory for this long
  --handshake-timeout MS       close connections without a handshake after this long
  --session-store STORE        memory (default)
  --help                       show this";

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Addresses to listen on, checked.
    pub(crate) listen: Vec<String>,
    pub(crate) help: bool,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    heartbeat_interval: Option<Duration>,
    client_expiration_time: Option<Duration>,
    handshake_timeout: Option<Duration>,
}

impl Options {
    /// Reads the arguments behind the program's name. `Err`: what is wrong with them.
    pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.into_iter();
        while let Some(name) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--help" => options.help = true,
                "--listen" => options.listen.push(address(value()?)?),
                "--heartbeat-interval" => {
                    let interval = milliseconds(&name, &value()?)?;
                    options.heartbeat_interval = Some(interval).filter(|every| !every.is_zero());
                }
                "--client-expiration-time" => {
                    options.client_expiration_time = Some(milliseconds(&name, &value()?)?);
                }
                "--handshake-timeout" => {
                    options.handshake_timeout = Some(milliseconds(&name, &value()?)?);
                }
                "--session-store" => check_store(&value()?)?,
                "--cert" => options.cert = Some(value()?.into()),
                "--key" => options.key = Some(value()?.into()),
                _ => return Err(format!("unknown option {name}")),
            }
        }
        if options.help {
            return Ok(options);
        }
        if options.listen.is_empty() {
            return Err("at least one --listen is needed".to_owned());
        }
        if options.cert.is_some() != options.key.is_some() {
            return Err("--cert and --key go together".to_owned());
        }
        if let Some(url) = options.listen.iter().find(|url| needs_certificate(url))
            && options.cert.is_none()
        {
            return Err(format!("--listen {url} needs --cert and --key"));
        }
        Ok(options)
    }

    /// Sets what was asked for. `Err`: the certificate or its key cannot be used.
    pub(crate) fn apply(&self, mut server: ServerOptions) -> Result<ServerOptions, Error> {
        if let (Some(cert), Some(key)) = (&self.cert, &self.key) {
            let identity = tls::Identity::from_pem_files(cert, key)?;
            let settings = tls::ServerSettings::new(&identity)?;
            server.transport = server.transport.with_tls_server(settings);
        }
        if let Some(interval) = self.heartbeat_interval {
            server = server.with_heartbeat_interval(interval);
        }
        if let Some(time) = self.client_expiration_time {
            server = server.with_client_expiration_time(time);
        }
        if let Some(timeout) = self.handshake_timeout {
            server = server.with_handshake_timeout(timeout);
        }
        Ok(server)
    }
}

fn address(url: String) -> Result<String, String> {
    let known = ["jstp://", "jstps://", "ws://", "wss://", "ipc:"];
    if !known.iter().any(|scheme| url.starts_with(scheme)) {
        let known = known.join(", ");
        return Err(format!("--listen {url}: one of {known} is expected"));
    }
    match url.as_str().into_connector() {
        Ok(_) => Ok(url),
        Err(error) => Err(format!("--listen: {error}")),
    }
}

fn needs_certificate(url: &str) -> bool {
    url.starts_with("jstps:") || url.starts_with("wss:")
}

/// Sessions are kept in memory unless somebody says otherwise.
fn check_store(store: &str) -> Result<(), String> {
    match store {
        "memory" => Ok(()),
        _ if store.starts_with("redb:") || store.starts_with("redis:") => {
            Err(unsupported(&format!("--session-store {store}")))
        }
        _ => Err(format!("--session-store {store}: memory is expected")),
    }
}

fn milliseconds(name: &str, text: &str) -> Result<Duration, String> {
    let number: u32 = text.parse().map_err(|_| {
        format!(
            "{name} {text}: a number of milliseconds up to {} is expected",
            u32::MAX
        )
    })?;
    Ok(Duration::from_millis(number.into()))
}

fn unsupported(what: &str) -> String {
    format!("{what} is not supported by this build")
}
