//! How a command fails: what to say, what to do next, and the exit status.

use std::io;
use std::process::ExitCode;

use jstp_client::ConnectError;
use jstp_connection::{CallError, EmitError, SendError};
use jstp_transport::Error as TransportError;
use jstp_wire::RemoteError;

use crate::connect::URL_FORMS;

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
    /// Whether the user knows already.
    is_said: bool,
}

/// The exit statuses beside success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Nobody reads the output any longer, which is no failure: 0.
    Silent,
    /// The other side answered with an error: 1.
    Remote,
    /// What was looked at is not as it should be: 1.
    Finding,
    /// Wrong use, or something on this machine failed: 2.
    Usage,
    /// No connection, or no longer one: 3.
    Connection,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
            is_said: false,
        }
    }

    /// What was looked at is not as it should be: a text is not valid, a replay differs.
    pub(crate) fn finding(message: impl Into<String>) -> Self {
        Self::new(Exit::Finding, message)
    }

    /// Wrong use, or something on this machine failed.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// There is no connection, it was lost, or the other side did not answer in time.
    pub(crate) fn connection(message: impl Into<String>) -> Self {
        Self::new(Exit::Connection, message)
    }

    /// Adds what the user may do about it: a sentence without a full stop.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts `context` and a colon before the message.
    #[must_use]
    pub(crate) fn context(mut self, context: impl AsRef<str>) -> Self {
        self.message = format!("{}: {}", context.as_ref(), self.message);
        self
    }

    /// Says what was asked for when this came of it. An error of the other side stays as it is.
    #[must_use]
    pub(crate) fn about(self, what: &str) -> Self {
        match (self.exit, &self.hint) {
            (Exit::Remote, Some(hint)) => Self {
                hint: Some(format!("this was about {what}; {hint}")),
                ..self
            },
            (Exit::Remote, None) => self.with_hint(format!("this was about {what}")),
            _ => self.context(what),
        }
    }

    /// Whether there is no connection, or no longer one.
    pub(crate) fn is_connection(&self) -> bool {
        self.exit == Exit::Connection
    }

    /// Nobody can connect to `url`, as it cannot be listened on.
    pub(crate) fn listening(url: &str, error: &TransportError) -> Self {
        let failure = Self::usage(format!("cannot listen on {url}: {error}"));
        let kind = match error {
            TransportError::InvalidAddress { .. } => {
                return Self::usage(error.to_string()).with_hint(URL_FORMS);
            }
            TransportError::Io(error) => error.kind(),
            _ => return failure,
        };
        match kind {
            io::ErrorKind::AddrInUse => failure.with_hint(
                "somebody listens there already, or a file has that path; port 0 takes any that is free",
            ),
            io::ErrorKind::PermissionDenied => failure.with_hint(
                "this user may need a port from 1024 on, or a folder that it can write to",
            ),
            _ => failure,
        }
    }

    /// Something that was read from or written to a file failed.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::usage(format!("{}: {error}", path.display()))
    }

    /// The same, once the user knows of it: for the exit status alone.
    #[must_use]
    pub(crate) fn said(self) -> Self {
        Self {
            is_said: true,
            ..self
        }
    }

    /// What happened; `None` when there is nothing to say.
    pub(crate) fn message(&self) -> Option<&str> {
        (self.exit != Exit::Silent && !self.is_said).then_some(&self.message)
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The exit status.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.exit {
            Exit::Silent => 0,
            Exit::Remote | Exit::Finding => 1,
            Exit::Usage => 2,
            Exit::Connection => 3,
        })
    }
}

/// An error of the other side as `CODE MESSAGE [info…]`.
pub(crate) fn remote_text(error: &RemoteError) -> String {
    let mut text = format!("{} {}", error.code_value(), error.message());
    for info in error.info() {
        text.push(' ');
        text.push_str(&info.to_string());
    }
    text
}

fn remote_hint(error: &RemoteError) -> Option<&'static str> {
    Some(match error.code()? {
        RemoteError::INTERFACE_NOT_FOUND => {
            "`inspect` tells whether the application has an interface"
        }
        RemoteError::METHOD_NOT_FOUND => "`inspect` lists the methods of an interface",
        RemoteError::INVALID_SIGNATURE => {
            "the method takes other arguments; ARGS is one text of values with commas between them"
        }
        RemoteError::INTERNAL_API_ERROR => "the method failed; the log of the server may say why",
        _ => return None,
    })
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        let failure = Self::new(Exit::Remote, remote_text(&error));
        match remote_hint(&error) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match &error {
            ConnectError::Refused(refusal) => {
                let failure =
                    Self::connection(format!("the server refuses: {}", remote_text(refusal)));
                match refusal.code() {
                    Some(RemoteError::APP_NOT_FOUND) => {
                        failure.with_hint("check the name and the version range of APP")
                    }
                    Some(RemoteError::AUTH_FAILED) => failure.with_hint(
                        "is it the right user and secret? --login USER or --strategy NAME say who you are, at the prompt `login`",
                    ),
                    _ => failure,
                }
            }
            ConnectError::InvalidRange(_) => Self::usage(error.to_string()).with_hint(
                "APP is NAME, NAME@VERSION or NAME@RANGE with a range of npm, such as chat@^1.2",
            ),
            ConnectError::InvalidName => {
                Self::usage(error.to_string()).with_hint("APP is NAME, NAME@VERSION or NAME@RANGE")
            }
            ConnectError::Transport(reason) => transport_failure(reason),
            ConnectError::NoHandshakeResponse => {
                Self::connection("the other side closed the connection before it answered")
                    .with_hint("is it a JSTP server, and the URL's scheme right?")
            }
            ConnectError::Handshake(_) | ConnectError::Timeout => {
                Self::connection(error.to_string())
                    .with_hint("is it a JSTP server, and the URL's scheme right?")
            }
            _ => Self::connection(error.to_string()),
        }
    }
}

fn transport_failure(error: &TransportError) -> Failure {
    let text = error.to_string();
    let hint = match error {
        TransportError::InvalidAddress { .. } => {
            return Failure::usage(text).with_hint(URL_FORMS);
        }
        TransportError::Certificate { .. } => return Failure::usage(text),
        TransportError::Handshake {
            protocol: "TLS",
            source,
        } => tls_hint(&source.to_string()),
        TransportError::Handshake { .. }
        | TransportError::UpgradeRefused { .. }
        | TransportError::Violation { .. }
        | TransportError::Foreign { .. } => {
            "is it a JSTP server, and the URL's scheme and path right?"
        }
        TransportError::ConnectTimeout => {
            "is the server running, and the URL with its scheme right?"
        }
        TransportError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            "this user has to be allowed to write to a Unix socket; or a firewall forbids it"
        }
        _ => "is the server running, and the URL right?",
    };
    Failure::connection(text).with_hint(hint)
}

/// What to do about a TLS handshake that failed for this reason.
fn tls_hint(reason: &str) -> &'static str {
    if reason.contains("certificate expired") {
        "the server needs a new certificate, unless the clock of this machine is wrong; --insecure trusts the old one"
    } else if reason.contains("CaUsedAsEndEntity") {
        "the certificate signs itself: --ca FILE with this very certificate trusts it, --insecure whatever is shown"
    } else {
        "--ca FILE trusts the authority of the server, --insecure whatever it shows; is the URL's scheme right?"
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::InvalidName(_) | SendError::TooLong { .. } => Self::usage(error.to_string()),
            _ => Self::connection(error.to_string()),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Remote(error) => error.into(),
            CallError::Send(error) => error.into(),
            CallError::Arguments(error) => Self::usage(error.to_string()),
            CallError::Timeout => Self::connection(error.to_string())
                .with_hint("--timeout SECONDS waits longer, --timeout 0 for ever"),
            _ => Self::connection(error.to_string()),
        }
    }
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Self {
        match error {
            EmitError::Send(error) => error.into(),
            _ => Self::usage(error.to_string()),
        }
    }
}

/// Of writing the output. Whoever reads it may stop at any time.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Silent, "");
        }
        Self::usage(format!("cannot write the output: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use jstp_wire::value;

    use super::*;

    #[test]
    fn remote_errors_are_code_message_and_info() {
        let error =
            RemoteError::new(1024, "sold out").with_info(vec![value!("tea"), value!({a: 1})]);
        assert_eq!(remote_text(&error), "1024 sold out 'tea' {a:1}");
        assert_eq!(remote_text(&RemoteError::from_code(7)), "7 7");
        assert_eq!(remote_text(&RemoteError::new("x", "y")), "'x' y");
    }

    #[test]
    fn a_failure_to_listen_is_explained() {
        let hint = |kind: io::ErrorKind| {
            let failure = Failure::listening("127.0.0.1:80", &io::Error::from(kind).into());
            failure.hint().unwrap_or_default().to_owned()
        };
        assert!(hint(io::ErrorKind::AddrInUse).contains("port 0"));
        assert!(hint(io::ErrorKind::PermissionDenied).contains("1024"));
        assert_eq!(hint(io::ErrorKind::OutOfMemory), "");
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.message(), None);
        assert_eq!(failure.exit_code(), ExitCode::SUCCESS);
    }
}
