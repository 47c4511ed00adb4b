//! Headers for web servers in between.

use clap::Args;
use jstp_transport::TransportOptions;
use jstp_transport::ws::UpgradeHeaders;

use crate::args_text::read_file;
use crate::failure::Failure;

/// What a request for an upgrade to WebSocket says besides, for `ws://` and `wss://`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct HeaderArgs {
    /// Send a header with the upgrade to WebSocket, such as 'Authorization: Bearer …'; may be repeated;
    /// @FILE has one a line, and keeps secrets out of the command line
    #[arg(
        long = "header",
        value_name = "NAME: VALUE",
        help_heading = "WebSocket"
    )]
    headers: Vec<String>,
}

impl HeaderArgs {
    /// Refuses headers where `url` is not over WebSocket: nobody would get them.
    pub(crate) fn check(&self, url: &str) -> Result<(), Failure> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let is_ws = ["ws", "wss"]
            .iter()
            .any(|one| one.eq_ignore_ascii_case(scheme));
        if self.headers.is_empty() || is_ws {
            return Ok(());
        }
        Err(Failure::usage(format!("--header: {url} has no headers"))
            .with_hint("headers are sent with ws:// and wss:// alone"))
    }

    /// The options with what was said.
    pub(crate) fn apply(&self, options: TransportOptions) -> Result<TransportOptions, Failure> {
        let mut headers = UpgradeHeaders::new();
        for given in &self.headers {
            headers = match given.strip_prefix('@') {
                None => with_line(headers, given)?,
                Some(path) => read_file(path.as_ref())?
                    .lines()
                    .filter(|line| !line.trim().is_empty())
                    .try_fold(headers, with_line)
                    .map_err(|failure| failure.context(path))?,
            };
        }
        Ok(options.with_upgrade_headers(headers))
    }
}

/// Adds `NAME: VALUE`. Messages never have the value, which may be a secret.
fn with_line(headers: UpgradeHeaders, line: &str) -> Result<UpgradeHeaders, Failure> {
    let (name, value) = line.split_once(':').ok_or_else(|| {
        Failure::usage("--header: the colon is missing").with_hint("--header 'Name: value'")
    })?;
    headers
        .with(name.trim(), value.trim())
        .map_err(|error| Failure::usage(format!("--header: {error}")))
}
