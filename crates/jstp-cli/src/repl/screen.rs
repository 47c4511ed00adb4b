//! Where the prompt prints: above the line that is being edited, or plainly where there is none.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use anstyle::Style;
use jstp_wire::Value;
use rustyline::ExternalPrinter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::failure::Failure;
use crate::output::{Output, failure_text, paint};
use crate::render::list_text;

/// How many lines of the other side may wait to be printed. Beyond it nothing more is taken from it.
pub(super) const MAX_WAITING: usize = 256;

/// How long to wait until everything is printed.
const FLUSH: Duration = Duration::from_millis(200);

/// Prints for the prompt.
#[derive(Debug)]
pub(super) struct Screen<'a> {
    output: &'a mut Output,
    /// Indents values by this.
    indent: Option<String>,
    printer: Option<mpsc::Sender<Message>>,
    room: Arc<Semaphore>,
}

/// Text on its way to the terminal.
#[derive(Debug)]
struct Message {
    text: String,
    /// Given back once the text is printed.
    _room: Option<Room>,
    /// Told when the text is printed.
    printed: Option<oneshot::Sender<()>>,
}

/// Room for a line of the other side.
pub(super) type Room = OwnedSemaphorePermit;

impl<'a> Screen<'a> {
    /// Prints plainly.
    pub(super) fn new(output: &'a mut Output, indent: Option<String>) -> Self {
        Self {
            output,
            indent,
            printer: None,
            room: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }

    /// Prints above the line that is being edited. The thread that does so ends with the screen. (It has to
    /// be one of its own: printing waits while the editor is between two lines.)
    pub(super) fn with_editor(mut self, printer: impl ExternalPrinter + Send + 'static) -> Self {
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || print_all(printer, &messages));
        self.printer = Some(sender);
        self
    }

    /// Whether somebody types.
    pub(super) fn is_interactive(&self) -> bool {
        self.printer.is_some()
    }

    /// Waits for room for a line of the other side.
    pub(super) async fn room(&self) -> Option<Room> {
        self.room.clone().acquire_owned().await.ok()
    }

    /// Prints a line.
    pub(super) fn line(&mut self, text: impl Display) -> Result<(), Failure> {
        self.line_in(text, None)
    }

    /// Prints a line of the other side, for which there is room.
    pub(super) fn line_in(
        &mut self,
        text: impl Display,
        room: Option<Room>,
    ) -> Result<(), Failure> {
        match &self.printer {
            None => self.output.line(text)?,
            Some(printer) => {
                let text = format!("{text}\n");
                // The thread ends when the terminal is gone, and so will the editor.
                let _ = printer.send(Message {
                    text,
                    _room: room,
                    printed: None,
                });
            }
        }
        Ok(())
    }

    /// Waits until everything is printed, but not for long: while the editor is between two lines, something
    /// may have to wait for the next one.
    pub(super) async fn flush(&self) {
        let Some(printer) = &self.printer else { return };
        let (sender, done) = oneshot::channel();
        let message = Message {
            text: String::new(),
            _room: None,
            printed: Some(sender),
        };
        if printer.send(message).is_ok() {
            let _ = tokio::time::timeout(FLUSH, done).await;
        }
    }

    /// Says what is going on: among the results where somebody reads them, else beside them.
    pub(super) fn note(&mut self, text: impl Display) -> Result<(), Failure> {
        if self.printer.is_some() {
            return self.line(text);
        }
        self.output.note(text);
        Ok(())
    }

    /// Says beside the results what is not as it should be.
    pub(super) fn warn(&mut self, text: &str) {
        self.output.note(text);
    }

    /// Says what went wrong.
    pub(super) fn failure(&mut self, failure: &Failure) -> Result<(), Failure> {
        if self.printer.is_none() {
            self.output.failure(failure);
            return Ok(());
        }
        match failure_text(failure, self.output.has_color()) {
            Some(text) => self.line(text),
            None => Ok(()),
        }
    }

    /// Prints values, a line each unless they are indented.
    pub(super) fn values(&mut self, values: &[Value]) -> Result<(), Failure> {
        for value in values {
            let text = match &self.indent {
                None => jstp_wire::to_string(value),
                Some(indent) => jstp_wire::to_string_pretty(value, indent),
            };
            let text = text.map_err(|error| Failure::usage(error.to_string()))?;
            let text = self.output.for_reader(&text).into_owned();
            self.line(text)?;
        }
        Ok(())
    }

    /// Values with commas between them, behind what they belong to.
    pub(super) fn list(&self, values: &[Value]) -> Result<String, Failure> {
        let Some(indent) = &self.indent else {
            let text = list_text(values)?;
            let space = if text.is_empty() { "" } else { " " };
            return Ok(format!("{space}{}", self.output.for_reader(&text)));
        };
        let mut list = String::new();
        for value in values {
            let text = jstp_wire::to_string_pretty(value, indent)
                .map_err(|error| Failure::usage(error.to_string()))?;
            let comma = if list.is_empty() { "" } else { "," };
            list = format!("{list}{comma}\n{}", self.output.for_reader(&text));
        }
        Ok(list)
    }

    /// `text`, the text of a message, as the reader wants it.
    pub(super) fn message(&self, text: &str) -> String {
        let value = self
            .indent
            .as_ref()
            .and_then(|indent| {
                let value: Value = jstp_wire::from_str(text).ok()?;
                jstp_wire::to_string_pretty(&value, indent).ok()
            })
            .map_or(Cow::Borrowed(text), Cow::Owned);
        self.output.for_reader(&value).into_owned()
    }

    /// `text` in a style, where there are styles.
    pub(super) fn paint(&self, style: Style, text: impl Display) -> String {
        paint(self.output.has_color(), style, text).to_string()
    }

    /// Whether there are colours.
    pub(super) fn has_color(&self) -> bool {
        self.output.has_color()
    }
}

fn print_all(mut printer: impl ExternalPrinter, messages: &mpsc::Receiver<Message>) {
    while let Ok(message) = messages.recv() {
        if !message.text.is_empty() && printer.print(message.text).is_err() {
            return;
        }
        if let Some(printed) = message.printed {
            // Whoever asked may not wait any longer.
            let _ = printed.send(());
        }
    }
}
