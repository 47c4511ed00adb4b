//! The command in a pseudo-terminal, and what its screen shows.

use std::num::NonZero;

use pty_process::{Pty, Size};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::time::timeout;

use crate::npm::DEADLINE;

const ROWS: NonZero<u16> = NonZero::new(30).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(90).unwrap();

pub(crate) const TAB: &str = "\t";
pub(crate) const ENTER: &str = "\r";
pub(crate) const UP: &str = "\u{1b}[A";
pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";

/// A terminal with the command in it.
pub(crate) struct Terminal {
    pty: Pty,
    screen: vt100::Parser,
    child: Child,
}

impl Terminal {
    /// Starts the command; `history` is the file that keeps what is typed, empty for none.
    pub(crate) fn start(history: &str, arguments: &[&str]) -> Self {
        Self::start_with(&[("JSTP_CLI_HISTORY", history)], arguments)
    }

    /// Starts the command with variables of the environment.
    pub(crate) fn start_with(variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let (pty, pts) = pty_process::open().expect("there are pseudo-terminals");
        pty.resize(Size::new(ROWS.get(), COLUMNS.get()))
            .expect("it has a size");
        let child = pty_process::Command::new(env!("CARGO_BIN_EXE_jstp"))
            .args(arguments)
            .env("TERM", "xterm")
            .env_remove("JSTP_PASSWORD")
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied())
            .kill_on_drop(true)
            .spawn(pts)
            .expect("the command can be started");
        let screen = vt100::Parser::new(ROWS, COLUMNS, 0);
        Self { pty, screen, child }
    }

    /// Presses keys.
    pub(crate) async fn press(&mut self, keys: &str) {
        self.pty
            .write_all(keys.as_bytes())
            .await
            .expect("it takes keys");
    }

    /// Types a line and presses Enter.
    pub(crate) async fn enter(&mut self, line: &str) {
        self.press(line).await;
        self.press(ENTER).await;
    }

    /// The lines on the screen that are not empty.
    pub(crate) fn lines(&self) -> Vec<String> {
        let contents = self.screen.screen().contents();
        let lines = contents.lines().map(str::trim_end);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Waits until the last lines of the screen are these.
    ///
    /// # Panics
    ///
    /// When they do not come in time.
    pub(crate) async fn shows(&mut self, last: &[&str]) {
        self.shows_where(&format!("{last:?}"), |lines| {
            lines.len() >= last.len() && lines[lines.len() - last.len()..] == *last
        })
        .await;
    }

    /// Waits until the screen meets a condition.
    ///
    /// # Panics
    ///
    /// When it does not in time.
    pub(crate) async fn shows_where(&mut self, what: &str, condition: impl Fn(&[String]) -> bool) {
        let mut buffer = [0; 4096];
        let reading = async {
            while !condition(&self.lines()) {
                match self.pty.read(&mut buffer).await {
                    Ok(length) if length > 0 => self.screen.process(&buffer[..length]),
                    _ => return false,
                }
            }
            true
        };
        let shown = timeout(DEADLINE, reading).await;
        assert_eq!(
            shown,
            Ok(true),
            "expected {what}, the screen has {:#?}",
            self.lines()
        );
    }

    /// Waits for the end, and gives the status.
    pub(crate) async fn end(mut self) -> i32 {
        let mut rest = Vec::new();
        // Ends with an error when the other side of the terminal is closed.
        let reading = timeout(DEADLINE, self.pty.read_to_end(&mut rest)).await;
        assert!(reading.is_ok(), "it ends in time");
        let status = timeout(DEADLINE, self.child.wait()).await;
        let status = status
            .expect("it ends in time")
            .expect("it can be waited for");
        status.code().expect("no signal has ended it")
    }
}
