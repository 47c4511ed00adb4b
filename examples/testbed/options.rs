//! The command line of the testbed.

use std::time::Duration;

use jstp::{IntoConnector, ServerOptions};

pub(crate) const USAGE: &str = "\
usage: testbed --listen URL… [options]

  --listen URL                 jstp://HOST:PORT or ipc:/PATH; may be repeated
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
                "--cert" | "--key" => return Err(unsupported(&name)),
                _ => return Err(format!("unknown option {name}")),
            }
        }
        if options.listen.is_empty() && !options.help {
            return Err("at least one --listen is needed".to_owned());
        }
        Ok(options)
    }

    /// Sets what was asked for.
    pub(crate) fn apply(&self, mut server: ServerOptions) -> ServerOptions {
        if let Some(interval) = self.heartbeat_interval {
            server = server.with_heartbeat_interval(interval);
        }
        if let Some(time) = self.client_expiration_time {
            server = server.with_client_expiration_time(time);
        }
        if let Some(timeout) = self.handshake_timeout {
            server = server.with_handshake_timeout(timeout);
        }
        server
    }
}

fn address(url: String) -> Result<String, String> {
    if ["jstps:", "ws:", "wss:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(unsupported(&format!("--listen {url}")));
    }
    if !url.starts_with("jstp://") && !url.starts_with("ipc:") {
        return Err(format!(
            "--listen {url}: jstp://HOST:PORT or ipc:/PATH is expected"
        ));
    }
    match url.as_str().into_connector() {
        Ok(_) => Ok(url),
        Err(error) => Err(format!("--listen: {error}")),
    }
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
