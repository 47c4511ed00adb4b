//! What went over connections, as a file of JSON lines.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The version of the form.
const VERSION: u32 = 1;

/// The longest line that is read, in bytes: a message of 64 MiB, each byte of it escaped.
const MAX_LINE: u64 = 6 * 64 * 1024 * 1024;

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Client,
    Server,
}

/// Something that happened on a connection.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The number of the connection, from 1.
    pub(super) connection: u64,
    /// When, after the recording began.
    pub(super) at: Duration,
    pub(super) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// The client connected from an address.
    Open { peer: String },
    /// A message, however malformed, without what ends it.
    Message { from: Side, bytes: Bytes },
    /// One side sends no more.
    Close { by: Side },
    /// One side failed, or could not be reached.
    Fail { by: Side, reason: String },
}

impl Side {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    fn direction(self) -> &'static str {
        match self {
            Self::Client => "c2s",
            Self::Server => "s2c",
        }
    }
}

/// Writes a recording.
#[derive(Debug)]
pub(super) struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a recording of what goes from `listen` to `target`.
    pub(super) fn new(mut out: W, started: &str, listen: &str, target: &str) -> io::Result<Self> {
        let head = json!({
            "jstp_recording": VERSION, "started": started, "listen": listen, "target": target,
        });
        writeln!(out, "{head}")?;
        Ok(Self { out })
    }

    pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        writeln!(self.out, "{}", to_json(entry))
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn to_json(entry: &Entry) -> Value {
    let mut line = json!({
        "conn": entry.connection,
        "at_ms": (entry.at.as_secs_f64() * 1e6).round() / 1e3,
    });
    match &entry.what {
        What::Open { peer } => {
            line["open"] = true.into();
            line["peer"] = peer.as_str().into();
        }
        What::Message { from, bytes } => {
            line["dir"] = from.direction().into();
            match std::str::from_utf8(bytes) {
                Ok(text) => line["text"] = text.into(),
                Err(_) => line["text_hex"] = to_hex(bytes).into(),
            }
        }
        What::Close { by } => line["close"] = by.name().into(),
        What::Fail { by, reason } => {
            line["fail"] = by.name().into();
            line["reason"] = reason.as_str().into();
        }
    }
    line
}

/// Why a recording cannot be read.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    /// What is wrong in this line, from 1.
    Line(u64, String),
}

/// Reads a recording, line by line.
#[derive(Debug)]
pub(super) struct Reader<R> {
    input: R,
    line: u64,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    /// The next entry. Lines that are about no connection, such as the first one, are left out.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, ReadError> {
        loop {
            let mut line = Vec::new();
            let mut limited = io::Read::take(&mut self.input, MAX_LINE);
            limited
                .read_until(b'\n', &mut line)
                .map_err(ReadError::Io)?;
            if line.is_empty() {
                return Ok(None);
            }
            self.line += 1;
            let entry = from_json(&line).map_err(|what| ReadError::Line(self.line, what))?;
            if let Some(entry) = entry {
                return Ok(Some(entry));
            }
        }
    }
}

fn from_json(line: &[u8]) -> Result<Option<Entry>, String> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let line: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| format!("no line of a recording: {error}"))?;
    if let Some(version) = line.get("jstp_recording")
        && *version != VERSION
    {
        return Err(format!(
            "a recording of version {version}, but only {VERSION} is known"
        ));
    }
    let Some(connection) = line.get("conn") else {
        return Ok(None);
    };
    let connection = connection.as_u64().ok_or("`conn` is no number")?;
    let at = line.get("at_ms").and_then(Value::as_f64).unwrap_or(0.0);
    let at = Duration::try_from_secs_f64(at / 1e3).map_err(|_| "`at_ms` is no time")?;
    Ok(what(&line)?.map(|what| Entry {
        connection,
        at,
        what,
    }))
}

fn what(line: &Map<String, Value>) -> Result<Option<What>, String> {
    let text = |key: &str| line.get(key).and_then(Value::as_str);
    let side = |name: &str| match name {
        "client" | "c2s" => Ok(Side::Client),
        "server" | "s2c" => Ok(Side::Server),
        other => Err(format!("`{other}` is no side of a connection")),
    };
    Ok(Some(if let Some(direction) = text("dir") {
        let bytes = match (text("text"), text("text_hex")) {
            (Some(text), _) => Bytes::from(text.to_owned()),
            (None, Some(hex)) => from_hex(hex).ok_or("`text_hex` is not hexadecimal")?,
            (None, None) => return Err("a message without `text`".to_owned()),
        };
        What::Message {
            from: side(direction)?,
            bytes,
        }
    } else if let Some(by) = text("close") {
        What::Close { by: side(by)? }
    } else if let Some(by) = text("fail") {
        What::Fail {
            by: side(by)?,
            reason: text("reason").unwrap_or_default().to_owned(),
        }
    } else if line.contains_key("open") {
        What::Open {
            peer: text("peer").unwrap_or("unknown").to_owned(),
        }
    } else {
        return Ok(None);
    }))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a text cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn from_hex(text: &str) -> Option<Bytes> {
    let digits = text.as_bytes().chunks(2);
    let bytes = digits.map(|pair| match pair {
        [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
        _ => None,
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        let message = |from, bytes: &'static [u8]| What::Message {
            from,
            bytes: Bytes::from_static(bytes),
        };
        let whats = [
            What::Open {
                peer: "127.0.0.1:5".to_owned(),
            },
            message(Side::Client, "{é:'\u{2028}\n'}".as_bytes()),
            message(Side::Server, b"{\xff\x00}"),
            What::Close { by: Side::Client },
            What::Fail {
                by: Side::Server,
                reason: "reset".to_owned(),
            },
        ];
        let entry = |(number, what): (u64, What)| Entry {
            connection: 3,
            at: Duration::from_micros(1500 * number),
            what,
        };
        (0..).zip(whats).map(entry).collect()
    }

    #[test]
    fn a_recording_reads_back_as_it_was_written() {
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file, "now", "a", "b").unwrap();
        for entry in entries() {
            writer.write(&entry).unwrap();
        }
        writer.flush().unwrap();
        assert_eq!(file.split(|byte| *byte == b'\n').count(), 7);
        let mut reader = Reader::new(file.as_slice());
        let mut read = Vec::new();
        while let Some(entry) = reader.next().unwrap() {
            read.push(entry);
        }
        assert_eq!(read, entries());
    }

    #[test]
    fn what_is_no_recording_is_refused_with_its_line() {
        for (file, part) in [
            ("{\"jstp_recording\":1}\nnonsense", "no line of a recording"),
            (
                "\n{\"conn\":1,\"dir\":\"up\",\"text\":\"\"}",
                "`up` is no side",
            ),
            ("\n{\"conn\":1,\"dir\":\"c2s\"}", "without `text`"),
            (
                "\n{\"conn\":1,\"dir\":\"c2s\",\"text_hex\":\"abc\"}",
                "not hexadecimal",
            ),
            ("\n{\"jstp_recording\":2}", "version 2"),
        ] {
            match Reader::new(file.as_bytes()).next() {
                Err(ReadError::Line(2, what)) => assert!(what.contains(part), "{what}"),
                other => panic!("{file}: {other:?}"),
            }
        }
    }
}
