//! Where to connect to, as whom, and for how long to try.

mod loss;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jstp_auth::{Credentials, SimpleConnectPolicy, Strategy};
use jstp_client::{ApplicationName, Client};
use jstp_connection::{Connection, ConnectionOptions};
use jstp_transport::{Connector, IntoConnector, TransportOptions};
use jstp_wire::Value;

use crate::args_text::{Stdin, read_values};
use crate::failure::Failure;
use crate::headers::HeaderArgs;
use crate::tls::TrustArgs;
use loss::loss;

pub(crate) use loss::Loss;

/// Where the password of `--login` may stand.
pub(crate) const PASSWORD_VARIABLE: &str = "JSTP_PASSWORD";

/// How long a server may take to close its side once all is said.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// How long connecting may take where nothing else is said, without the handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What these options stand under in the help.
const CONNECTION: &str = "Connection";

/// What a URL may look like, for hints.
pub(crate) const URL_FORMS: &str =
    "URL is HOST:PORT, jstp://, jstps://, ws:// or wss://HOST:PORT, or ipc:/PATH of a Unix socket";

/// The server and its application.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// The server: HOST:PORT, jstp://, jstps://, ws:// or wss://HOST:PORT, or ipc:/PATH of a Unix socket
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// The application: NAME, NAME@VERSION or NAME@RANGE
    #[arg(value_name = "APP")]
    pub(crate) app: String,
}

/// The options of all commands that connect.
#[derive(Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Log in as this user; the password comes from --password-stdin or the variable JSTP_PASSWORD
    #[arg(long, value_name = "USER", conflicts_with = "strategy", help_heading = CONNECTION)]
    pub(crate) login: Option<String>,

    /// Read the password from the standard input
    #[arg(long, requires = "login", help_heading = CONNECTION)]
    pub(crate) password_stdin: bool,

    /// Authenticate by a strategy of the server's own
    #[arg(long, value_name = "NAME", requires = "credentials", help_heading = CONNECTION)]
    pub(crate) strategy: Option<String>,

    /// The credentials of --strategy, written like ARGS; @FILE keeps them out of the command line,
    /// - reads them from the standard input
    #[arg(long, value_name = "ARGS", requires = "strategy", help_heading = CONNECTION)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) credentials: Option<String>,

    #[command(flatten)]
    trust: TrustArgs,

    #[command(flatten)]
    headers: HeaderArgs,
}

/// Everything needed to connect, checked.
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    pub(crate) application: ApplicationName,
    pub(crate) connector: Arc<dyn Connector>,
    /// Without a reconnector: a command that does one thing ends when its connection is lost.
    pub(crate) client: Client,
}

impl Dialer {
    /// Checks what was given and reads secrets and files. `timeout` bounds connecting and the handshake
    /// each.
    pub(crate) fn new(
        target: &Target,
        args: &ConnectArgs,
        timeout: Option<Duration>,
        stdin: &mut Stdin,
    ) -> Result<Self, Failure> {
        let transport = args.transport(Some(&target.url))?;
        Self::with_policy(target, args.policy(stdin)?, transport, timeout)
    }

    /// The same for somebody who is known already.
    pub(crate) fn with_policy(
        target: &Target,
        policy: SimpleConnectPolicy,
        transport: TransportOptions,
        timeout: Option<Duration>,
    ) -> Result<Self, Failure> {
        let client = Client::default()
            .without_reconnector()
            .with_connect_policy(policy)
            .with_transport(transport)
            .with_connection(ConnectionOptions::default().with_close_timeout(CLOSE_TIMEOUT));
        let connector = target
            .url
            .as_str()
            .into_connector()
            .map_err(jstp_client::ConnectError::from)?;
        Ok(Self {
            application: target.app.as_str().into(),
            connector,
            client: with_timeout(client, timeout),
        })
    }

    /// Makes a connection.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        self.connect_as(self.client.clone()).await
    }

    /// Makes a connection, and tells why it is lost if it is.
    pub(crate) async fn connect_watched(&self) -> Result<(Connection, Loss), Failure> {
        let (watcher, loss) = loss();
        let client = self.client.clone().with_logger(watcher);
        Ok((self.connect_as(client).await?, loss))
    }

    async fn connect_as(&self, client: Client) -> Result<Connection, Failure> {
        jstp_client::connect(self.application.clone(), client, self.connector.clone())
            .await
            .map_err(|error| match Failure::from(error) {
                failure if failure.is_connection() => failure.context(self.connector.target()),
                failure => failure,
            })
    }
}

fn with_timeout(client: Client, timeout: Option<Duration>) -> Client {
    let Some(timeout) = timeout else {
        return client;
    };
    let transport = client
        .transport
        .clone()
        .with_connect_timeout(timeout.min(CONNECT_TIMEOUT));
    client
        .with_transport(transport)
        .with_handshake_timeout(timeout)
}

impl ConnectArgs {
    /// Whether somebody could be asked for a password.
    pub(crate) fn lacks_password(&self) -> bool {
        self.login.is_some()
            && !self.password_stdin
            && std::env::var_os(PASSWORD_VARIABLE).is_none()
    }

    /// How to connect, to `url` if that is settled.
    pub(crate) fn transport(&self, url: Option<&str>) -> Result<TransportOptions, Failure> {
        if let Some(url) = url {
            self.headers.check(url)?;
        }
        self.headers
            .apply(self.trust.apply(TransportOptions::default())?)
    }

    /// As whom to connect.
    pub(crate) fn policy(&self, stdin: &mut Stdin) -> Result<SimpleConnectPolicy, Failure> {
        if let Some(user) = &self.login {
            let password = self.password(stdin)?;
            return Ok(SimpleConnectPolicy::login(user, password));
        }
        let (Some(name), Some(credentials)) = (&self.strategy, &self.credentials) else {
            return Ok(SimpleConnectPolicy::anonymous());
        };
        custom_policy(name, &read_values("--credentials", credentials, stdin)?)
    }

    fn password(&self, stdin: &mut Stdin) -> Result<String, Failure> {
        if self.password_stdin {
            let mut password = stdin.read_for("--password-stdin")?;
            let length = password.trim_end_matches(['\r', '\n']).len();
            password.truncate(length);
            return Ok(password);
        }
        match std::env::var(PASSWORD_VARIABLE) {
            Ok(password) if !password.is_empty() => Ok(password),
            Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(format!(
                "{PASSWORD_VARIABLE} is not valid UTF-8"
            ))),
            _ => Err(
                Failure::usage("--login needs a password").with_hint(format!(
                    "give it by --password-stdin or in the variable {PASSWORD_VARIABLE}"
                )),
            ),
        }
    }
}

/// A policy for a strategy of the server's own.
pub(crate) fn custom_policy(
    name: &str,
    credentials: &[Value],
) -> Result<SimpleConnectPolicy, Failure> {
    let credentials = Credentials::from_serialize(credentials)
        .map_err(|error| Failure::usage(format!("credentials: {error}")))?;
    Strategy::custom(name, credentials)
        .map(SimpleConnectPolicy::from)
        .map_err(|error| Failure::usage(error.to_string()))
}

/// The time that an answer may take.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Timeout {
    /// Give up after so many seconds without an answer; 0 waits for ever
    #[arg(
        id = "timeout",
        long = "timeout",
        value_name = "SECONDS",
        default_value = "30",
        value_parser = parse_seconds,
        help_heading = CONNECTION
    )]
    seconds: Duration,
}

impl Default for Timeout {
    fn default() -> Self {
        Self {
            seconds: Duration::from_secs(30),
        }
    }
}

impl Timeout {
    /// The time; `None` for ever.
    pub(crate) fn get(self) -> Option<Duration> {
        (!self.seconds.is_zero()).then_some(self.seconds)
    }
}

/// Reads a number of seconds, which may have a fraction.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is expected".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "no such time".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!(parse_seconds("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_seconds("0"), Ok(Duration::ZERO));
        for text in ["", "-1", "NaN", "inf", "1e300", "two"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
