//! What helps while a line is typed: completion, hints, lines that go on.

use std::borrow::Cow;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use tokio::sync::mpsc;
use unicode_width::UnicodeWidthStr;

use super::command::{COMMANDS, find, is_unfinished};
use super::editor::Input;
use super::knowledge::Knowledge;
use crate::output::{DIM, paint};

/// How long completion waits for the methods of an interface.
const INSPECTION: Duration = Duration::from_millis(700);

/// Helps the editor.
#[derive(Debug)]
pub(super) struct Assistant {
    knowledge: Knowledge,
    inputs: mpsc::UnboundedSender<Input>,
    has_color: bool,
    /// Whether what is typed is not to be shown.
    is_secret: bool,
}

impl Assistant {
    /// `inputs` takes questions for the methods of interfaces.
    pub(super) fn new(
        knowledge: Knowledge,
        inputs: mpsc::UnboundedSender<Input>,
        has_color: bool,
    ) -> Self {
        Self {
            knowledge,
            inputs,
            has_color,
            is_secret: false,
        }
    }

    /// Hides what is typed, and helps with nothing meanwhile; or shows it again.
    pub(super) fn hide(&mut self, is_secret: bool) {
        self.is_secret = is_secret;
    }

    /// What may stand at the end of `line`, which is cut at the cursor.
    fn candidates(&self, line: &str) -> Vec<String> {
        let (before, _) = line.split_at(last_word(line));
        let words: Vec<&str> = before.split_whitespace().collect();
        let Some((name, words)) = words.split_first() else {
            return command_names();
        };
        match (find(name).map_or("", |help| help.name), words) {
            ("help", []) => command_names(),
            ("call" | "event", []) | ("inspect", _) => self.knowledge.interfaces(),
            ("call", [interface]) => {
                self.inspect(interface);
                self.knowledge.methods(interface)
            }
            ("event", [interface]) => self.knowledge.events(interface),
            _ => Vec::new(),
        }
    }

    /// Has an interface inspected whose methods are not known, and waits for it, but not for long.
    fn inspect(&self, interface: &str) {
        if self.knowledge.is_inspected(interface) {
            return;
        }
        let (done, answer) = std_mpsc::sync_channel(1);
        if self
            .inputs
            .send(Input::Inspect(interface.to_owned(), done))
            .is_ok()
        {
            let _ = answer.recv_timeout(INSPECTION);
        }
    }
}

fn command_names() -> Vec<String> {
    COMMANDS
        .iter()
        .map(|command| command.name.to_owned())
        .collect()
}

/// Where the word begins that the line ends with.
fn last_word(line: &str) -> usize {
    let space = line.char_indices().rfind(|(_, c)| c.is_whitespace());
    space.map_or(0, |(at, c)| at + c.len_utf8())
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        if self.is_secret {
            return Ok((pos, Vec::new()));
        }
        let line = line.get(..pos).unwrap_or(line);
        let start = last_word(line);
        let word = line.get(start..).unwrap_or_default();
        let fitting = self
            .candidates(line)
            .into_iter()
            .filter(|candidate| candidate.starts_with(word))
            .map(|candidate| Pair {
                replacement: format!("{candidate} "),
                display: candidate,
            });
        Ok((start, fitting.collect()))
    }
}

impl Hinter for Assistant {
    type Hint = String;

    /// How a command is written whose name was typed.
    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<String> {
        let name = line.strip_suffix(' ')?;
        if self.is_secret || pos < line.len() || name.contains(char::is_whitespace) {
            return None;
        }
        let syntax = find(name).ok()?.syntax;
        (!syntax.is_empty()).then(|| syntax.to_owned())
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        if self.is_secret {
            // As wide as what it stands for, since the cursor moves.
            return Cow::Owned(" ".repeat(line.width()));
        }
        Cow::Borrowed(line)
    }

    /// Whether a character that was typed takes more than being shown as it is.
    fn highlight_char(&self, _line: &str, _pos: usize, _kind: CmdKind) -> bool {
        self.is_secret
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint(self.has_color, DIM, hint).to_string())
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if !self.is_secret && is_unfinished(context.input()) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assistant() -> (Assistant, mpsc::UnboundedReceiver<Input>) {
        let (inputs, questions) = mpsc::unbounded_channel();
        let knowledge = Knowledge::default();
        knowledge.set_methods("chat", &["say".to_owned(), "sit".to_owned()]);
        knowledge.add_event("chat", "said");
        (Assistant::new(knowledge, inputs, false), questions)
    }

    #[test]
    fn commands_interfaces_methods_and_events_are_completed() {
        let (assistant, _questions) = assistant();
        assert!(assistant.candidates("co").contains(&"connect".to_owned()));
        assert_eq!(assistant.candidates("call c"), ["chat"]);
        assert_eq!(assistant.candidates("call chat s"), ["say", "sit"]);
        assert_eq!(assistant.candidates("ev chat "), ["said"]);
        assert_eq!(assistant.candidates("inspect chat c"), ["chat"]);
        assert!(assistant.candidates("call chat say c").is_empty());
        assert!(assistant.candidates("dance c").is_empty());
    }

    #[test]
    fn an_interface_that_is_not_known_is_asked_for() {
        let (assistant, mut questions) = assistant();
        let knowledge = assistant.knowledge.clone();
        let answering = std::thread::spawn(move || {
            if let Some(Input::Inspect(interface, done)) = questions.blocking_recv() {
                knowledge.set_methods(&interface, &["tick".to_owned()]);
                let _ = done.send(());
            }
        });
        assert_eq!(assistant.candidates("call feed t"), ["tick"]);
        answering.join().unwrap();
    }
}
