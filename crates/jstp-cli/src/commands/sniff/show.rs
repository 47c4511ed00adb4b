//! Entries as lines for people.

mod handshake;

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Outcome, Parsed, RawValue, decode_text};

use super::filter::{Filter, Kind};
use super::recording::{Entry, Side, What};
use crate::failure::remote_text;
use crate::output::{DIM, ERROR, NAME, Output, Printable, paint};

/// How many calls are remembered until their answers come.
const MAX_CALLS: usize = 4096;

/// Makes lines of entries.
#[derive(Debug)]
pub(super) struct Shower {
    filter: Filter,
    /// How many characters of values are shown; `None`: all.
    width: Option<usize>,
    calls: HashMap<CallKey, Call>,
}

/// A connection, who called, and the id of the message.
type CallKey = (u64, Side, i64);

/// A call or an inspection that waits for its answer.
#[derive(Debug)]
struct Call {
    interface: Option<String>,
    name: String,
    at: Duration,
}

/// A message as it is shown.
struct Line<'a> {
    kind: Kind,
    interface: Option<String>,
    word: &'static str,
    id: Option<i64>,
    /// Interface and method, or what else tells it from others.
    name: String,
    /// Values, as text of the format.
    values: Option<Cow<'a, str>>,
    note: String,
    is_error: bool,
}

impl<'a> Line<'a> {
    fn new(kind: Kind, word: &'static str, id: impl Into<Option<i64>>) -> Self {
        Self {
            kind,
            interface: None,
            word,
            id: id.into(),
            name: String::new(),
            values: None,
            note: String::new(),
            is_error: false,
        }
    }

    fn of(mut self, interface: Option<&str>, name: &str) -> Self {
        self.name = format!("{}.{name}", interface.unwrap_or("?"));
        self.interface = interface.map(str::to_owned);
        self
    }

    fn with_values(mut self, values: Option<RawValue<'a>>) -> Self {
        self.values = values.map(|values| Cow::Borrowed(values.as_str()));
        self
    }

    fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn into_error(mut self) -> Self {
        self.is_error = true;
        self
    }
}

impl Shower {
    pub(super) fn new(filter: Filter, width: Option<usize>) -> Self {
        Self {
            filter,
            width,
            calls: HashMap::new(),
        }
    }

    /// The line for an entry; `None` when it is not to be shown.
    pub(super) fn line(&mut self, entry: &Entry, output: &Output) -> Option<String> {
        let color = output.has_color();
        let time = format!("{:>10.3}", entry.at.as_secs_f64());
        let head = |sign: &str| {
            let head = format!("{time}  #{} {sign} ", entry.connection);
            paint(color, DIM, head).to_string()
        };
        match &entry.what {
            What::Message { from, bytes } => {
                let line = self.read(entry, *from, bytes);
                let interface = line.interface.as_deref();
                if !self.filter.shows(line.kind, interface) {
                    return None;
                }
                let sign = match from {
                    Side::Client => "→",
                    Side::Server => "←",
                };
                Some(head(sign) + &self.text(&line, bytes.len(), output))
            }
            What::Open { .. } | What::Close { .. } if !self.filter.is_empty() => None,
            What::Open { peer } => Some(head("·") + &format!("opened from {}", Printable(peer))),
            What::Close { by } => Some(head("·") + &format!("closed by the {}", by.name())),
            What::Fail { by, reason } => {
                let text = format!("the {} failed: {}", by.name(), Printable(reason));
                Some(head("·") + &paint(color, ERROR, text).to_string())
            }
        }
    }

    fn text(&self, line: &Line<'_>, size: usize, output: &Output) -> String {
        let color = output.has_color();
        let word = match line.id {
            Some(id) => format!("{} {id}", line.word),
            None => line.word.to_owned(),
        };
        let word = format!("{word:<12}");
        let mut parts = vec![if line.is_error {
            paint(color, ERROR, word).to_string()
        } else {
            word
        }];
        if !line.name.is_empty() {
            parts.push(paint(color, NAME, Printable(&line.name)).to_string());
        }
        if let Some(values) = &line.values {
            parts.push(self.values(values, output));
        }
        if !line.note.is_empty() {
            parts.push(Printable(&line.note).to_string());
        }
        parts.push(paint(color, DIM, format!(" {size} B")).to_string());
        parts.join(" ")
    }

    /// Values, as much of them as is to be shown, in one line.
    fn values(&self, values: &str, output: &Output) -> String {
        let flat: Cow<'_, str> = if values.contains(['\n', '\r']) {
            Cow::Owned(values.replace(['\n', '\r'], " "))
        } else {
            Cow::Borrowed(values)
        };
        let end = self
            .width
            .and_then(|width| flat.char_indices().nth(width))
            .map(|(at, _)| at);
        match end.and_then(|end| flat.get(..end)) {
            Some(start) => format!("{}…", output.for_reader(start)),
            None => output.for_reader(&flat).into_owned(),
        }
    }

    fn read<'a>(&mut self, entry: &Entry, from: Side, bytes: &'a [u8]) -> Line<'a> {
        let malformed = |reason: String| {
            // What was meant as a handshake may hold credentials.
            let note = if memchr::memmem::find(bytes, b"handshake").is_some() {
                format!("{reason}: a handshake, not shown")
            } else {
                format!("{reason}: {}", excerpt(bytes))
            };
            Line::new(Kind::Other, "malformed", None)
                .with_note(note)
                .into_error()
        };
        let text = match decode_text(bytes) {
            Ok(text) => text,
            Err(error) => return malformed(error.reason()),
        };
        match Message::parse(text, DEFAULT_MAX_DEPTH) {
            Ok(Parsed::Message(message)) => self.message(entry, from, message),
            Ok(Parsed::Rejected(rejected)) => malformed(rejected.reason.to_string()),
            Err(error) => malformed(error.reason()),
        }
    }

    fn message<'a>(&mut self, entry: &Entry, from: Side, message: Message<'a>) -> Line<'a> {
        let kind = Kind::of(&message);
        match message {
            Message::Handshake(handshake) => handshake::line(kind, handshake),
            Message::Call(call) => {
                let method = call.method.as_deref().unwrap_or("?");
                let line = Line::new(kind, "call", call.id)
                    .of(call.interface.as_deref(), method)
                    .with_values(call.args);
                self.remember(entry, from, call.id, &line);
                line
            }
            Message::Inspect(inspect) => {
                let mut line =
                    Line::new(kind, "inspect", inspect.id).of(inspect.interface.as_deref(), "");
                line.name = line.interface.clone().unwrap_or_else(|| "?".to_owned());
                self.remember(entry, from, inspect.id, &line);
                line
            }
            Message::Callback(callback) => self.callback(entry, from, callback),
            Message::Event(event) => Line::new(kind, "event", event.id)
                .of(event.interface.as_deref(), &event.name)
                .with_values(Some(event.args)),
            Message::Ping { id } => {
                let line = Line::new(kind, "ping", id);
                self.remember(entry, from, id, &line);
                line
            }
            Message::Pong { id } => {
                let after = self.recall(entry, from, id);
                let note = after.map(|call| took(&call, entry)).unwrap_or_default();
                Line::new(kind, "pong", id).with_note(note)
            }
            Message::Heartbeat => Line::new(kind, "heartbeat", None),
            _ => Line::new(Kind::Other, "unknown", None),
        }
    }

    fn callback<'a>(
        &mut self,
        entry: &Entry,
        from: Side,
        callback: jstp_wire::Callback<'a>,
    ) -> Line<'a> {
        let call = self.recall(entry, from, callback.id);
        let mut line = Line::new(Kind::Callback, "callback", callback.id);
        if let Some(call) = call {
            line.note = took(&call, entry);
            line.name = call.name;
            line.interface = call.interface;
        }
        match callback.outcome {
            Outcome::Ok(results) => line.with_values(Some(results)),
            Outcome::Err(error) => {
                let note = format!("error {} {}", remote_text(&error), line.note);
                line.with_note(note.trim_end()).into_error()
            }
        }
    }

    /// Remembers what an answer will be about.
    fn remember(&mut self, entry: &Entry, from: Side, id: i64, line: &Line<'_>) {
        if self.calls.len() >= MAX_CALLS {
            // Few servers leave so many unanswered; to know less of these is no harm.
            self.calls.clear();
        }
        let call = Call {
            interface: line.interface.clone(),
            name: line.name.clone(),
            at: entry.at,
        };
        self.calls.insert((entry.connection, from, id), call);
    }

    /// What an answer of this side is about.
    fn recall(&mut self, entry: &Entry, from: Side, id: i64) -> Option<Call> {
        let asked = match from {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        };
        self.calls.remove(&(entry.connection, asked, id))
    }
}

fn took(call: &Call, entry: &Entry) -> String {
    let time = entry.at.saturating_sub(call.at);
    format!("after {:.3} ms", time.as_secs_f64() * 1e3)
}

/// The start of a message that cannot be read.
fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(bytes.get(..SHOWN * 4).unwrap_or(bytes));
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests;
