//! A server under load, in a process of its own.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::Failure;
use crate::options::Target;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(10);

/// A running server. It ends with this.
pub(crate) struct ServerProcess {
    target: Target,
    address: String,
    child: Child,
    /// The server ends when this does.
    _stdin: ChildStdin,
}

impl ServerProcess {
    pub(crate) async fn start(target: Target) -> Result<Self, Failure> {
        let mut child = command(target)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().ok_or("the server has no stdin")?;
        let stdout = child.stdout.take().ok_or("the server has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(START, lines.next_line())
            .await??
            .unwrap_or_default();
        let port = line
            .strip_prefix("listening ")
            .ok_or_else(|| format!("the server said {line:?} instead of its port"))?;
        let address = format!("127.0.0.1:{port}");
        Ok(Self {
            target,
            address,
            child,
            _stdin: stdin,
        })
    }

    pub(crate) fn target(&self) -> Target {
        self.target
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The processor time that it has used so far; `None` where there is no Linux to tell.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let pid = self.child.id()?;
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()? {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            nanoseconds += text.split(' ').next()?.parse::<u64>().ok()?;
        }
        Some(Duration::from_nanos(nanoseconds))
    }
}

fn command(target: Target) -> Result<Command, Failure> {
    Ok(match target {
        Target::Ours => {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("serve");
            command
        }
        Target::Npm => {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/npm-server.js");
            let mut command = Command::new("node");
            // Outside production the package also checks and logs what it sends.
            command.arg(script).env("NODE_ENV", "production");
            command
        }
    })
}
