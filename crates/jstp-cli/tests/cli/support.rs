//! Servers to talk to, and the command as a process.

use std::process::Stdio;

use jstp::Server;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

use crate::npm::{DEADLINE, NpmPeer};
use crate::testbed;

/// A server with the applications of the testbed, ours or the npm package's.
pub(crate) enum Host {
    Ours(Server),
    Npm(Box<NpmPeer>, u16),
}

impl Host {
    pub(crate) async fn ours() -> Self {
        let server = testbed::create_server(testbed::options());
        Self::Ours(server.listen("127.0.0.1:0").await.expect("a port is free"))
    }

    pub(crate) async fn npm() -> Self {
        let peer = NpmPeer::spawn_production().await;
        let port = peer.listen().await;
        Self::Npm(Box::new(peer), port)
    }

    /// One of each kind.
    pub(crate) async fn both() -> [Self; 2] {
        [Self::ours().await, Self::npm().await]
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Ours(server) => {
                let address = server.local_address().expect("it listens");
                format!("jstp://{address}")
            }
            Self::Npm(_, port) => format!("jstp://127.0.0.1:{port}"),
        }
    }
}

/// How a process has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// What was printed by a command that succeeded without a word on the standard error.
    pub(crate) fn printed(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (0, ""), "{self:?}");
        self.out
    }

    /// The status and the first line of the standard error of a command that printed nothing else.
    pub(crate) fn refused(&self) -> (i32, &str) {
        assert_eq!(self.out, "", "{self:?}");
        (self.status, self.err.lines().next().unwrap_or_default())
    }
}

/// The command with these arguments, away from the environment of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jstp"));
    command
        .args(arguments)
        .env_remove("JSTP_PASSWORD")
        .env_remove("NO_COLOR")
        .env("JSTP_CLI_HISTORY", "")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs the command to its end.
pub(crate) async fn jstp(arguments: &[&str]) -> Ended {
    run(command(arguments), "").await
}

/// Runs the command with a text as its standard input.
pub(crate) async fn jstp_fed(input: &str, arguments: &[&str]) -> Ended {
    run(command(arguments), input).await
}

/// Runs a command to its end.
pub(crate) async fn run(mut command: Command, input: &str) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .expect("the command can be started");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let whole = async {
        // A command that does not read its input may have gone already.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        child
            .wait_with_output()
            .await
            .expect("it can be waited for")
    };
    let output = timeout(DEADLINE, whole).await.expect("it ends in time");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    Ended {
        status: output.status.code().expect("no signal has ended it"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// The command while it runs.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// What a command says beside its output, while it runs.
pub(crate) struct Notes(Lines<BufReader<ChildStderr>>);

impl Notes {
    /// Waits until it says something that ends like this.
    pub(crate) async fn until(&mut self, end: &str) {
        let wait = async {
            while let Some(line) = self.0.next_line().await.expect("it writes UTF-8") {
                if line.ends_with(end) {
                    return;
                }
            }
            panic!("it ended without saying: {end}");
        };
        timeout(DEADLINE, wait).await.expect("it says so in time");
    }
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().expect("it can be started");
        let stdout = child.stdout.take().expect("stdout is piped");
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// The next line that it prints; `None` at the end.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let line = timeout(DEADLINE, self.lines.next_line()).await;
        line.expect("it prints in time").expect("it writes UTF-8")
    }

    /// Its standard error, which [`end`](Self::end) does not give then.
    pub(crate) fn notes(&mut self) -> Notes {
        let stderr = self.child.stderr.take().expect("stderr is piped");
        Notes(BufReader::new(stderr).lines())
    }

    /// Its number, for signals.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// The status with which it ends, and its standard error.
    pub(crate) async fn end(self) -> (i32, String) {
        let output = timeout(DEADLINE, self.child.wait_with_output()).await;
        let output = output
            .expect("it ends in time")
            .expect("it can be waited for");
        let err = String::from_utf8(output.stderr).expect("it writes UTF-8");
        (output.status.code().expect("no signal has ended it"), err)
    }
}
