//! The processes that take part.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::Failure;
use crate::contestant::{Contestant, Part};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(10);

/// How a process is run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    /// On one processor, the same for all.
    pub(crate) pinned: bool,
    /// Threads of the runtime; ignored by Node.js.
    pub(crate) threads: Option<usize>,
}

/// A command of this program, or the script that stands for it where Node.js plays the part.
pub(crate) fn command(
    name: &str,
    contestant: Option<Contestant>,
    place: Place,
) -> Result<Command, Failure> {
    let mut words: Vec<OsString> = Vec::new();
    if place.pinned {
        words.extend(["taskset", "--cpu-list", "0"].map(OsString::from));
    }
    let part = match name {
        "serve" => Part::Server,
        _ => Part::Client,
    };
    if let Some(transport) = contestant.and_then(|contestant| contestant.by_node(part)) {
        let script = npm_folder().join(name).with_extension("js");
        words.extend(["node".into(), script.into(), transport.into()]);
    } else {
        words.extend([std::env::current_exe()?.into(), name.into()]);
        words.extend(contestant.map(|contestant| contestant.argument().into()));
        if let Some(threads) = place.threads {
            words.extend(["--threads".into(), threads.to_string().into()]);
        }
    }
    let (program, arguments) = words.split_first().ok_or("there is no command")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        // Outside production the npm package also checks and logs what it sends.
        .env("NODE_ENV", "production")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // The npm package complains of its missing native parser with each start.
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

fn npm_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("npm")
}

/// Runs a command to its end and reads the JSON that it prints.
pub(crate) async fn result<T: DeserializeOwned>(
    mut command: Command,
    deadline: Duration,
) -> Result<T, Failure> {
    let output = timeout(deadline, command.output()).await;
    let output = output.map_err(|_| format!("no result after {deadline:?}"))??;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().last().unwrap_or_default();
        return Err(format!("{}: {last}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A process that says where it is by lines.
pub(crate) struct Talker {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Talker {
    pub(crate) fn start(mut command: Command) -> Result<Self, Failure> {
        // Nobody reads them while it runs.
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let stdin = child.stdin.take().ok_or("there is no stdin")?;
        let stdout = child.stdout.take().ok_or("there is no stdout")?;
        let lines = BufReader::new(stdout).lines();
        Ok(Self {
            child,
            stdin,
            lines,
        })
    }

    pub(crate) async fn line(&mut self, deadline: Duration) -> Result<String, Failure> {
        let line = timeout(deadline, self.lines.next_line()).await;
        let line = line.map_err(|_| format!("nothing was said in {deadline:?}"))??;
        line.ok_or_else(|| "the process has ended".into())
    }

    pub(crate) async fn say(&mut self, line: &str) -> Result<(), Failure> {
        Ok(self.stdin.write_all(format!("{line}\n").as_bytes()).await?)
    }

    /// Ends the process and waits until it has gone.
    pub(crate) async fn end(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

/// A contestant's server. It ends with this.
pub(crate) struct Server {
    pub(crate) contestant: Contestant,
    pub(crate) address: String,
    pub(crate) pid: u32,
    _process: Talker,
}

impl Server {
    /// Starts it, with further arguments.
    pub(crate) async fn start(
        contestant: Contestant,
        place: Place,
        arguments: &[&str],
    ) -> Result<Self, Failure> {
        let mut command = command("serve", Some(contestant), place)?;
        // However this process ends, its servers do not stay behind.
        command.args(["--until", "stdin"]).args(arguments);
        let mut process = Talker::start(command)?;
        let line = process.line(START).await?;
        let address = line.strip_prefix("listening ");
        let address = address.ok_or_else(|| format!("the server said {line:?}"))?;
        let pid = process.child.id().ok_or("the server has ended")?;
        Ok(Self {
            contestant,
            address: address.to_owned(),
            pid,
            _process: process,
        })
    }

    /// A command that is told where this server is.
    pub(crate) fn client(
        &self,
        name: &str,
        contestant: Option<Contestant>,
        place: Place,
    ) -> Result<Command, Failure> {
        let mut command = command(name, contestant, place)?;
        command.args(["--address", &self.address]);
        command.args(["--server-pid", &self.pid.to_string()]);
        Ok(command)
    }
}

/// Starts a server for each; tells of those that do not start.
pub(crate) async fn start_all(contestants: &[Contestant], place: Place) -> Vec<Server> {
    let mut servers = Vec::new();
    for &contestant in contestants {
        match Server::start(contestant, place, &[]).await {
            Ok(server) => servers.push(server),
            Err(failure) => eprintln!("without {}: {failure}", contestant.title()),
        }
    }
    servers
}
