//! A transcript: what went over the wire between two peers, in order.

use super::data::{Row, base64, count, rows, text};
use super::message::Message;

/// The two sides of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// Who ended a connection first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closer {
    Client,
    Server,
    Network,
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Open(u64),
    Message(Recorded),
    Close { conn: u64, by: Closer },
    Observed { at: String, what: String },
}

/// A message as it was recorded.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) conn: u64,
    pub(crate) from: Side,
    pub(crate) bytes: Vec<u8>,
    /// `None` when it is not one object.
    pub(crate) message: Option<Message>,
    /// The network swallowed it.
    pub(crate) lost: bool,
    /// No NUL came.
    pub(crate) unterminated: bool,
}

#[derive(Debug)]
pub(crate) struct Transcript {
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) description: String,
    pub(crate) client_is_reference: bool,
    pub(crate) server_is_reference: bool,
    pub(crate) steps: Vec<Step>,
}

impl Transcript {
    pub(crate) fn read(file: &str) -> Self {
        let rows = rows(file);
        let head = &rows[0];
        Self {
            name: text(head, "scenario").to_owned(),
            group: text(head, "group").to_owned(),
            description: text(head, "description").to_owned(),
            client_is_reference: text(head, "client") == "reference",
            server_is_reference: text(head, "server") == "reference",
            steps: rows[1..].iter().map(step).collect(),
        }
    }

    /// One in which nothing is said.
    pub(crate) fn empty() -> Self {
        Self {
            name: String::new(),
            group: String::new(),
            description: String::new(),
            client_is_reference: false,
            server_is_reference: false,
            steps: Vec::new(),
        }
    }

    /// The messages, with the positions of their steps.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (usize, &Recorded)> {
        self.steps
            .iter()
            .enumerate()
            .filter_map(|(at, step)| match step {
                Step::Message(recorded) => Some((at, recorded)),
                _ => None,
            })
    }

    /// The messages of one side on one connection that are objects.
    pub(crate) fn said(&self, conn: u64, side: Side) -> impl Iterator<Item = (usize, &Message)> {
        self.messages()
            .filter(move |(_, recorded)| recorded.conn == conn && recorded.from == side)
            .filter_map(|(at, recorded)| Some((at, recorded.message.as_ref()?)))
    }

    pub(crate) fn connections(&self) -> Vec<u64> {
        let opened = self.steps.iter().filter_map(|step| match step {
            Step::Open(conn) => Some(*conn),
            _ => None,
        });
        opened.collect()
    }

    /// Who closed a connection, if it was closed.
    pub(crate) fn closer(&self, conn: u64) -> Option<Closer> {
        self.steps.iter().find_map(|step| match step {
            Step::Close { conn: closed, by } if *closed == conn => Some(*by),
            _ => None,
        })
    }

    /// The handshake request of a connection and the response to it.
    pub(crate) fn handshake(&self, conn: u64) -> Option<(&Message, Option<&Message>)> {
        let (_, request) = self
            .said(conn, Side::Client)
            .find(|(_, said)| said.is_request())?;
        let mut responses = self
            .said(conn, Side::Server)
            .filter(|(_, said)| said.is_handshake());
        Some((request, responses.next().map(|(_, response)| response)))
    }

    /// The connection by which a session is resumed after step `at`.
    pub(crate) fn next_resume(&self, at: usize, session: &str) -> Option<u64> {
        self.messages()
            .filter(|(position, recorded)| *position > at && recorded.from == Side::Client)
            .find(|(_, recorded)| {
                recorded.message.as_ref().and_then(Message::resumes) == Some(session)
            })
            .map(|(_, recorded)| recorded.conn)
    }

    /// The numbered messages of `side` that follow the response to the resume on `conn`
    /// at once: sent again, or sent for the first time while the connection was away.
    pub(crate) fn burst(&self, conn: u64, side: Side) -> Vec<(usize, &Message)> {
        let response = self
            .said(conn, Side::Server)
            .find(|(_, said)| said.is_handshake());
        let Some((start, _)) = response else {
            return Vec::new();
        };
        let mut burst = Vec::new();
        for (at, step) in self.steps.iter().enumerate().skip(start + 1) {
            match step {
                Step::Message(Recorded {
                    conn: on,
                    from,
                    message: Some(message),
                    ..
                }) if *on == conn && *from == side && message.is_numbered() => {
                    burst.push((at, message));
                }
                Step::Observed { at, what } => {
                    // Our own side sends at once; of the other side's observations "resumed" is the
                    // first that stands behind its burst.
                    let ends = match side {
                        Side::Client => at == "client" && what != "resumed",
                        Side::Server => at == "server" || what == "resumed",
                    };
                    if ends {
                        break;
                    }
                }
                _ => break,
            }
        }
        burst
    }
}

fn step(row: &Row) -> Step {
    let conn = row.get("conn").and_then(Row::as_u64).unwrap_or_default();
    if row.get("open").is_some() {
        return Step::Open(conn);
    }
    if row.get("at").is_some() {
        return Step::Observed {
            at: text(row, "at").to_owned(),
            what: text(row, "observed").to_owned(),
        };
    }
    if row.get("close").is_some() {
        let by = match text(row, "close") {
            "client" => Closer::Client,
            "server" => Closer::Server,
            "network" => Closer::Network,
            other => panic!("unknown closer {other}"),
        };
        return Step::Close { conn, by };
    }
    let bytes = bytes(row);
    let is_short = bytes.len() < 1024 * 1024;
    let message = std::str::from_utf8(&bytes)
        .ok()
        .filter(|_| is_short)
        .and_then(Message::parse);
    let flag = |name| row.get(name).and_then(Row::as_bool).unwrap_or(false);
    Step::Message(Recorded {
        conn,
        from: if text(row, "dir") == "c2s" {
            Side::Client
        } else {
            Side::Server
        },
        message: message.filter(|_| !flag("unterminated")),
        bytes,
        lost: flag("lost"),
        unterminated: flag("unterminated"),
    })
}

/// A text, bytes, or the start of a very long text, which goes on as it began.
fn bytes(row: &Row) -> Vec<u8> {
    if let Some(encoded) = row.get("text_b64").and_then(Row::as_str) {
        return base64(encoded);
    }
    if let Some(length) = count(row, "text_length") {
        let mut bytes = text(row, "text_start").as_bytes().to_vec();
        bytes.resize(length, b'x');
        return bytes;
    }
    text(row, "text").as_bytes().to_vec()
}
