//! The npm package's parser and writer, in a process of Node.js that takes its turns with the others.

use std::cell::RefCell;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use crate::contest::Contest;

/// The process; it ends when its input does.
#[derive(Debug)]
pub(crate) struct Npm {
    _process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Npm {
    /// Starts `text.js`. `cargo xtask npm` must have installed the package.
    pub(crate) fn start(benches: &Path) -> io::Result<Rc<RefCell<Self>>> {
        let mut process = Command::new("node")
            .arg(benches.join("peers/text/text.js"))
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("no pipes to node"));
        };
        Ok(Rc::new(RefCell::new(Self {
            _process: process,
            input,
            output: BufReader::new(output),
        })))
    }

    /// Sends a command, `load NAME LENGTH` with a text behind it, `parse NAME` or `write NAME`; gives the answer.
    fn ask(&mut self, command: &str, text: &str) -> io::Result<f64> {
        write!(self.input, "{command}\n{text}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        line.trim().parse().map_err(io::Error::other)
    }
}

/// Its rows: reading to a value and writing it.
pub(crate) fn rows(
    contest: &mut Contest<'_>,
    npm: &Rc<RefCell<Npm>>,
    names: [&'static str; 3],
    texts: [&str; 3],
) -> Result<(), Box<dyn Error>> {
    for (name, text) in names.into_iter().zip(texts) {
        let written = npm
            .borrow_mut()
            .ask(&format!("load {name} {}", text.len()), text)?;
        let mut add = |command: &'static str, row: &str, bytes: usize| {
            let npm = Rc::clone(npm);
            let turn = move || {
                let seconds = npm.borrow_mut().ask(&format!("{command} {name}"), "");
                // A process that has gone shows as no speed at all.
                seconds.map_or(Duration::MAX, Duration::from_secs_f64)
            };
            contest.add_turn(row, "npm, in JavaScript", bytes, Box::new(turn));
        };
        add("parse", &format!("{name}, read to a value"), text.len());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a length"
        )]
        add("write", &format!("{name}, write a value"), written as usize);
    }
    Ok(())
}
