//! The thread that edits lines, and the one that reads them from a pipe.

use std::io::{self, BufRead};
use std::sync::mpsc as std_mpsc;

use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use rustyline::{Config, Editor, ExternalPrinter};
use tokio::sync::mpsc;

use super::command::{fold, is_unfinished, split};
use super::helper::Assistant;
use super::history::History;
use super::secret::is_secret;
use crate::failure::Failure;

/// The longest command that is read from a pipe, in bytes.
const MAX_COMMAND: usize = 16 * 1024 * 1024;

/// What is asked of the thread.
#[derive(Debug)]
pub(super) enum Request {
    /// The next command.
    Line { prompt: String },
    /// A text that is not shown.
    Secret { prompt: String },
}

/// What the thread gives.
#[derive(Debug)]
pub(super) enum Input {
    Line(String),
    /// None when nothing was entered.
    Secret(Option<String>),
    /// Ctrl-C.
    Interrupted,
    End,
    Broken(String),
    /// Completion wants to know the methods of an interface; to be answered, or dropped.
    Inspect(String, std_mpsc::SyncSender<()>),
}

/// A thread that reads one line after the other, each when it is asked to.
#[derive(Debug)]
pub(super) struct Source {
    requests: std_mpsc::Sender<Request>,
    inputs: mpsc::UnboundedReceiver<Input>,
}

impl Source {
    /// Asks for a line or a secret.
    pub(super) fn ask(&self, request: Request) {
        // Fails when the thread has ended, which `next` tells.
        let _ = self.requests.send(request);
    }

    /// What comes next. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::End)
    }
}

/// Starts to edit lines on the terminal; `lines` were typed before. Also gives what prints above the line that is being edited.
pub(super) fn edit(
    history: History,
    lines: Vec<String>,
    assistant: impl FnOnce(mpsc::UnboundedSender<Input>) -> Assistant + Send + 'static,
) -> Result<(Source, impl ExternalPrinter + Send + 'static), Failure> {
    let (requests, asked) = std_mpsc::channel();
    let (inputs, source) = mpsc::unbounded_channel();
    let (printer, printers) = std_mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let assistant = assistant(inputs.clone());
        let made = editor(&history, lines, assistant).and_then(|mut editor| {
            let printer = editor.create_external_printer()?;
            Ok((editor, printer))
        });
        match made {
            Ok((editor, made)) => {
                let _ = printer.send(Ok(made));
                edit_lines(editor, &history, &asked, &inputs);
            }
            Err(error) => drop(printer.send(Err(error))),
        }
    });
    let broken = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("the terminal cannot be used: {error}"))
    };
    let printer = printers
        .recv()
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))?;
    Ok((
        Source {
            requests,
            inputs: source,
        },
        printer,
    ))
}

fn editor(
    history: &History,
    lines: Vec<String>,
    assistant: Assistant,
) -> rustyline::Result<Editor<Assistant, MemHistory>> {
    let config = Config::builder()
        .max_history_size(history.size())?
        .auto_add_history(false)
        .completion_type(rustyline::CompletionType::List)
        // Highlighting also hides secrets, whether there are colours or not.
        .color_mode(rustyline::ColorMode::Forced)
        .build();
    let kept = MemHistory::with_config(&config);
    let mut editor = Editor::with_history(config, kept)?;
    editor.set_helper(Some(assistant));
    for line in lines {
        editor.history_mut().add_owned(line)?;
    }
    Ok(editor)
}

fn edit_lines(
    mut editor: Editor<Assistant, MemHistory>,
    history: &History,
    requests: &std_mpsc::Receiver<Request>,
    inputs: &mpsc::UnboundedSender<Input>,
) {
    while let Ok(request) = requests.recv() {
        let input = match request {
            Request::Secret { prompt } => Input::Secret(read_secret(&mut editor, &prompt)),
            Request::Line { prompt } => match editor.readline(&prompt) {
                Ok(line) => {
                    remember(&mut editor, history, &line);
                    Input::Line(line)
                }
                Err(ReadlineError::Interrupted) => Input::Interrupted,
                Err(ReadlineError::Eof) => Input::End,
                Err(error) => Input::Broken(error.to_string()),
            },
        };
        if inputs.send(input).is_err() {
            return;
        }
    }
}

/// Reads a text that is not shown. Nothing but the editor echoes what is typed, from before the prompt is
/// there.
fn read_secret(editor: &mut Editor<Assistant, MemHistory>, prompt: &str) -> Option<String> {
    let hide = |editor: &mut Editor<Assistant, MemHistory>, is_secret| {
        if let Some(assistant) = editor.helper_mut() {
            assistant.hide(is_secret);
        }
    };
    hide(editor, true);
    let secret = editor.readline(prompt);
    hide(editor, false);
    secret.ok().filter(|secret| !secret.is_empty())
}

/// Keeps a line, unless it may hold a secret. That it cannot be written to the file is no reason to stop.
fn remember(editor: &mut Editor<Assistant, MemHistory>, history: &History, line: &str) {
    if line.trim().is_empty() || is_secret(line) {
        return;
    }
    for command in split(line).iter().filter(|line| !line.trim().is_empty()) {
        let command = fold(command.trim());
        let _ = history.add(&command);
        let _ = editor.history_mut().add_owned(command);
    }
}

/// Starts to read lines from the standard input.
pub(super) fn read() -> Source {
    let (requests, asked) = std_mpsc::channel();
    let (inputs, source) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut lines = io::stdin().lock();
        while let Ok(Request::Line { .. }) = asked.recv() {
            let input = read_command(&mut lines);
            if inputs.send(input).is_err() {
                return;
            }
        }
    });
    Source {
        requests,
        inputs: source,
    }
}

/// Reads a command, over several lines if its values do so.
fn read_command(lines: &mut impl BufRead) -> Input {
    let mut command = String::new();
    loop {
        let before = command.len();
        match io::Read::take(&mut *lines, MAX_COMMAND as u64).read_line(&mut command) {
            Ok(0) if command.is_empty() => return Input::End,
            Ok(0) => return Input::Line(command),
            Ok(_) if command.len() >= MAX_COMMAND => {
                return Input::Broken(format!("a command is longer than {MAX_COMMAND} bytes"));
            }
            Ok(_) => {}
            Err(error) => return Input::Broken(format!("standard input: {error}")),
        }
        if command.ends_with("\r\n") {
            command.truncate(command.len() - 2);
            command.push('\n');
        }
        let is_line_complete = command.len() == before || command.ends_with('\n');
        if is_line_complete && !is_unfinished(&command) {
            return Input::Line(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<String> {
        let mut reader = text.as_bytes();
        std::iter::from_fn(|| match read_command(&mut reader) {
            Input::Line(line) => Some(line.trim_end().to_owned()),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn a_command_ends_with_its_line_or_its_values() {
        assert_eq!(
            commands("connect a b\r\ncall a b [1,\n 2]\nexit"),
            ["connect a b", "call a b [1,\n 2]", "exit"]
        );
        assert_eq!(commands("call a b [1"), ["call a b [1"]);
        assert!(commands("").is_empty());
    }
}
