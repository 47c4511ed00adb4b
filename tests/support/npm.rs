//! The npm package as the other side of a test: a driver process (`tests/npm/peer.js`) that is
//! told what to do by JSON lines. The requests, and how values travel in them, are described in
//! `tests/npm/`.
//!
//! A test takes this file in by `#[path = "support/npm.rs"] mod npm;`.

#![allow(dead_code, reason = "each test uses a part of this")]

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

/// How long any answer or notice may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(100);

/// How many lines of the driver's stderr are kept for messages.
const KEPT_LINES: usize = 40;

/// A driver process; it is killed when this is dropped.
pub(crate) struct NpmPeer {
    stdin: tokio::sync::Mutex<ChildStdin>,
    shared: Arc<Shared>,
    child: Child,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    noticed: Notify,
}

#[derive(Default)]
struct State {
    last_number: u64,
    pending: HashMap<u64, oneshot::Sender<Result<Value, Value>>>,
    notices: Vec<Notice>,
    stderr: VecDeque<String>,
    ended: bool,
}

struct Notice {
    value: Value,
    taken: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the driver last wrote on stderr, for the message of a failure.
    fn stderr(&self) -> String {
        Vec::from(self.lock().stderr.clone()).join("\n")
    }
}

impl NpmPeer {
    /// Starts a driver, in which the package also checks and logs what it sends.
    pub(crate) async fn spawn() -> Self {
        Self::spawn_with_environment("test").await
    }

    /// Starts a driver with `NODE_ENV=production`: outside it, the package fails when it resends
    /// a message that its own parser does not read.
    pub(crate) async fn spawn_production() -> Self {
        Self::spawn_with_environment("production").await
    }

    async fn spawn_with_environment(node_env: &str) -> Self {
        // At the root of the workspace, wherever the package of the test is.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("tests/npm"))
            .find(|folder| folder.is_dir())
            .expect("the workspace has a folder for the npm package");
        assert!(
            folder.join("node_modules").is_dir(),
            "the npm package is not installed: run `cargo xtask npm`"
        );
        let mut child = Command::new("node")
            .arg("peer.js")
            .current_dir(folder)
            .env("NODE_ENV", node_env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started");
        let stdin = child.stdin.take().expect("stdin is piped");
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let shared = Arc::new(Shared::default());
        tokio::spawn(read_answers(lines(stdout), Arc::clone(&shared)));
        tokio::spawn(read_stderr(lines(stderr), Arc::clone(&shared)));
        let peer = Self {
            stdin: tokio::sync::Mutex::new(stdin),
            shared,
            child,
        };
        peer.notice("ready").await;
        peer
    }

    /// Sends a request, an object with at least `cmd`, and waits for its answer: what the driver
    /// says under `ok`, or as the error what it says under `error`.
    ///
    /// # Panics
    ///
    /// When no answer comes in time or the driver ends.
    pub(crate) async fn request(&self, request: Value) -> Result<Value, Value> {
        let text = request.to_string();
        let answer = self.send(request).await;
        match timeout(DEADLINE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => panic!(
                "the driver ended before it answered {text}\n{}",
                self.stderr()
            ),
            Err(elapsed) => panic!("{text}: {elapsed}\n{}", self.stderr()),
        }
    }

    /// Like [`NpmPeer::request`], of which an error is a failure of the test.
    pub(crate) async fn must(&self, request: Value) -> Value {
        let text = request.to_string();
        match self.request(request).await {
            Ok(answer) => answer,
            Err(error) => panic!("{text} failed: {error}\n{}", self.stderr()),
        }
    }

    /// Sends a request without waiting; the answer comes over the channel.
    pub(crate) async fn send(&self, mut request: Value) -> oneshot::Receiver<Result<Value, Value>> {
        let (sender, receiver) = oneshot::channel();
        let number = {
            let mut state = self.shared.lock();
            state.last_number += 1;
            let number = state.last_number;
            if !state.ended {
                state.pending.insert(number, sender);
            }
            number
        };
        request["n"] = json!(number);
        let line = format!("{request}\n");
        let mut stdin = self.stdin.lock().await;
        // When the driver has ended the channel is closed, which the caller sees.
        if stdin.write_all(line.as_bytes()).await.is_err() || stdin.flush().await.is_err() {
            self.shared.lock().pending.remove(&number);
        }
        receiver
    }

    /// Starts a server end called `main` on a free TCP port and returns the port.
    pub(crate) async fn listen(&self) -> u16 {
        let answer = self.must(json!({"cmd": "listen", "port": 0})).await;
        let port = answer["port"]
            .as_u64()
            .and_then(|port| port.try_into().ok());
        port.unwrap_or_else(|| panic!("no port in {answer}"))
    }

    /// Calls a method over the end called `main`.
    pub(crate) async fn call(
        &self,
        interface: &str,
        method: &str,
        args: Value,
    ) -> Result<Value, Value> {
        self.request(json!({
            "cmd": "call", "interface": interface, "method": method, "args": args,
        }))
        .await
    }

    /// All notices so far, in order.
    pub(crate) fn notices(&self) -> Vec<Value> {
        self.shared
            .lock()
            .notices
            .iter()
            .map(|notice| notice.value.clone())
            .collect()
    }

    /// The next notice of a kind that was not taken yet; waits for it.
    pub(crate) async fn notice(&self, kind: &str) -> Value {
        self.notice_where(kind, |_| true).await
    }

    /// The next notice of a kind that was not taken yet and meets a condition; waits for it.
    ///
    /// # Panics
    ///
    /// When it does not come in time.
    pub(crate) async fn notice_where(
        &self,
        kind: &str,
        condition: impl Fn(&Value) -> bool,
    ) -> Value {
        let wait = async {
            loop {
                let changed = self.shared.noticed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(notice) = self.take_notice(kind, &condition) {
                    return Some(notice);
                }
                if self.shared.lock().ended {
                    return None;
                }
                changed.await;
            }
        };
        match timeout(DEADLINE, wait).await {
            Ok(Some(notice)) => notice,
            Ok(None) => panic!(
                "the driver ended before the notice `{kind}`\n{}",
                self.stderr()
            ),
            Err(elapsed) => panic!("notice `{kind}`: {elapsed}; so far {:?}", self.notices()),
        }
    }

    fn take_notice(&self, kind: &str, condition: &impl Fn(&Value) -> bool) -> Option<Value> {
        let mut state = self.shared.lock();
        let found = state.notices.iter_mut().find(|notice| {
            !notice.taken && notice.value["notice"] == kind && condition(&notice.value)
        })?;
        found.taken = true;
        Some(found.value.clone())
    }

    /// Kills the driver, as a crash of the other side would end it, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("the driver can be killed");
    }

    /// Stops the driver in its tracks: its sockets stay open and nothing is read or answered.
    pub(crate) async fn freeze(&self) {
        signal(self.child.id().expect("the driver runs"), "STOP").await;
    }

    /// What the driver last wrote on stderr.
    pub(crate) fn stderr(&self) -> String {
        self.shared.stderr()
    }
}

/// Sends a signal to a process that the test has started.
pub(crate) async fn signal(process: u32, name: &str) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(process.to_string())
        .status()
        .await;
    assert!(
        status.expect("kill can be started").success(),
        "process {process} is there"
    );
}

fn lines<R: AsyncRead + Unpin>(reader: R) -> Lines<BufReader<R>> {
    BufReader::new(reader).lines()
}

async fn read_answers(mut lines: Lines<BufReader<ChildStdout>>, shared: Arc<Shared>) {
    while let Ok(Some(line)) = lines.next_line().await {
        let mut line: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the driver wrote no JSON: {error}: {line}"));
        let mut state = shared.lock();
        if line.get("notice").is_some() {
            state.notices.push(Notice {
                value: line,
                taken: false,
            });
            drop(state);
            shared.noticed.notify_waiters();
            continue;
        }
        let waiting = line["n"]
            .as_u64()
            .and_then(|number| state.pending.remove(&number));
        if let Some(waiting) = waiting {
            let answer = match line.get("error") {
                Some(error) => Err(error.clone()),
                None => Ok(line["ok"].take()),
            };
            // A test that no longer waits has no use for the answer.
            let _ = waiting.send(answer);
        }
    }
    let mut state = shared.lock();
    state.ended = true;
    state.pending.clear();
    drop(state);
    shared.noticed.notify_waiters();
}

async fn read_stderr(mut lines: Lines<BufReader<ChildStderr>>, shared: Arc<Shared>) {
    while let Ok(Some(line)) = lines.next_line().await {
        let mut state = shared.lock();
        if state.stderr.len() == KEPT_LINES {
            state.stderr.pop_front();
        }
        state.stderr.push_back(line);
    }
}
