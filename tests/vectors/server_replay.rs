//! Replays transcripts against our server: a raw socket plays the client's side as recorded.
//!
//! What the server said has to come byte for byte, session ids aside, with these exceptions, by rule
//! and not by scenario (`D…` are the defects of the reference by their numbers in its notes):
//!
//! - Numbered messages of the server get the ids -1, -2, … throughout the session, and after a resume
//!   exactly those come again that the client has not received (D1, D2). The client's answers to them
//!   and, where the recorded client is the reference, its counts are changed to match.
//! - The count in the answer to a resume is the highest integer id received (D5).
//! - A call with an id that is no integer gets no answer (D5), a handler answers once, and nothing
//!   behind a fatal message is handled (D15).
//! - Every call before a fatal message is answered, as the same call was elsewhere in the transcripts
//!   where this one has no answer (D8, D16, D17). After a fatal message the server closes (D21).
//! - A session is resumed for its own application alone, otherwise: error 11 (D18).
//! - A resumed client is counted and reached by broadcasts (D9).
//! - Last elements that are undefined are written (D11), line separators escaped (D12).

#[path = "server_replay/session.rs"]
mod session;
#[path = "server_replay/speech.rs"]
mod speech;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use jstp::{Connection, Server, SimpleSessionStorageProvider, net};
use jstp_session::Direction;
use tokio::time::Instant;

use super::app::Script;
use super::line::{Cut, Line};
use super::message::Message;
use super::raw_peer::{RawPeer, until, within};
use super::setup::{SHORT_TIMEOUT, server_options, times_out};
use super::transcript::{Closer, Recorded, Side, Step, Transcript};
use session::Session;

/// Answers without their ids, by the questions without theirs.
pub(crate) type Answers = HashMap<String, Message>;

pub(crate) struct ServerReplay<'a> {
    replay: &'a Transcript,
    answers: &'a Answers,
    cut: Cut,
    script: Script,
    storage: Arc<SimpleSessionStorageProvider>,
    server: Server,
    address: SocketAddr,
    conns: BTreeMap<u64, Conn>,
    sessions: BTreeMap<String, Session>,
    /// Steps that were seen to ahead of their turn.
    handled: HashSet<usize>,
    /// What the event handlers have to see.
    events: Vec<String>,
}

/// One connection of the client.
struct Conn {
    line: Option<Line>,
    opened: Instant,
    phase: Phase,
    /// The name of its session in the transcript.
    session: Option<String>,
    /// The count with which it resumed.
    count: u64,
    /// The highest id received.
    received: u64,
    asked: Vec<Asked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Joined,
    /// The server has to close it.
    Over,
    /// Its resume has to be refused, which the reference did not.
    Refusing,
    /// The refusal was seen; what the reference said from here on is wrong.
    Refused,
}

struct Asked {
    message: Message,
    answered: bool,
}

impl<'a> ServerReplay<'a> {
    pub(crate) async fn new(replay: &'a Transcript, answers: &'a Answers, cut: Cut) -> Self {
        let script = Script::default();
        let storage = Arc::new(SimpleSessionStorageProvider::new());
        let (server, address) = listen(replay, &script, &storage).await;
        Self {
            replay,
            answers,
            cut,
            script,
            storage,
            server,
            address,
            conns: BTreeMap::new(),
            sessions: BTreeMap::new(),
            handled: HashSet::new(),
            events: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let replay = self.replay;
        for (at, step) in replay.steps.iter().enumerate() {
            match step {
                Step::Open(conn) => self.open(*conn).await,
                Step::Message(said) if said.from == Side::Client => {
                    self.client_says(at, said).await;
                }
                Step::Message(said) => self.server_says(at, said).await,
                Step::Close { conn, by } => self.close(at, *conn, *by).await,
                Step::Observed { at, what } => self.observe(at, what).await,
            }
        }
        for conn in replay.connections() {
            if self.conns[&conn].line.is_some() {
                self.close(replay.steps.len(), conn, Closer::Client).await;
            }
        }
        self.events.sort();
        assert_eq!(self.script.events(), self.events, "{}", replay.name);
        within(self.server.close()).await;
    }

    async fn open(&mut self, conn: u64) {
        let peer = RawPeer::connect(self.address).await;
        let name = format!("{}, connection {conn}, {:?}", self.replay.name, self.cut);
        let conn_state = Conn {
            line: Some(Line::new(peer, name)),
            opened: Instant::now(),
            phase: Phase::New,
            session: None,
            count: 0,
            received: 0,
            asked: Vec::new(),
        };
        self.conns.insert(conn, conn_state);
    }

    fn conn(&mut self, conn: u64) -> &mut Conn {
        self.conns.get_mut(&conn).expect("opened before it is used")
    }

    fn line(&mut self, conn: u64) -> &mut Line {
        self.conn(conn)
            .line
            .as_mut()
            .expect("used before it is closed")
    }

    /// The text with our session ids in place of the recorded ones.
    fn mapped(&self, text: &str) -> String {
        self.sessions
            .iter()
            .fold(text.to_owned(), |text, (name, session)| {
                text.replace(&format!("'{name}'"), &format!("'{}'", session.id))
            })
    }

    async fn close(&mut self, at: usize, conn: u64, by: Closer) {
        self.settle(conn).await;
        // A reset would take along what is not read yet.
        until(|| self.script.events().len() >= self.events.len()).await;
        let phase = self.conn(conn).phase;
        let is_timeout = times_out(self.replay, conn);
        if phase == Phase::Joined && by == Closer::Server && !is_timeout {
            self.close_by_server(conn);
        }
        let opened = self.conn(conn).opened;
        let mut line = self.conn(conn).line.take().expect("closed once");
        if by == Closer::Server || matches!(phase, Phase::Over | Phase::Refused) {
            line.expect_end().await;
            assert!(
                !is_timeout || opened.elapsed() >= SHORT_TIMEOUT,
                "closed before the time"
            );
            line.finish().await;
        } else if by == Closer::Client {
            line.finish().await;
            line.expect_end().await;
        } else if self.cut == Cut::Bytes {
            line.reset();
        } else {
            drop(line);
        }
        self.after_close(at, conn).await;
    }

    /// A close that no message gave reason for: the session went elsewhere, or the server wants it.
    fn close_by_server(&mut self, conn: u64) {
        let name = self
            .conn(conn)
            .session
            .clone()
            .expect("a joined connection has a session");
        let session = &self.sessions[&name];
        if session.conn == conn {
            let connection = session.connection.clone();
            tokio::spawn(async move { connection.close().await });
        }
    }

    /// Waits until the server has noticed, then does what happened while the client was away.
    async fn after_close(&mut self, at: usize, conn: u64) {
        let Some(name) = self.conn(conn).session.clone() else {
            return;
        };
        if self.sessions[&name].conn != conn {
            return;
        }
        within(self.sessions[&name].connection.disconnected()).await;
        if !self.is_answered_later(at, conn) {
            self.script.release_all();
        }
        let Some(next) = self.replay.next_resume(at, &name) else {
            return;
        };
        let is_restart =
            |step: &Step| matches!(step, Step::Observed { what, .. } if what == "restarted");
        if self.replay.steps[at..].iter().any(is_restart) {
            return;
        }
        for (_, message) in self.replay.burst(next, Side::Server) {
            if !self.sessions[&name].has_sent(message) {
                self.emit_or_call(&name, message).await;
            }
        }
    }

    /// Whether something asked on a connection is answered after step `at`, over a later one.
    fn is_answered_later(&self, at: usize, conn: u64) -> bool {
        let asked = self.conns[&conn]
            .asked
            .iter()
            .filter(|asked| !asked.answered);
        let ids: Vec<_> = asked.map(|asked| asked.message.id()).collect();
        let mut later = self
            .replay
            .messages()
            .filter(|(position, _)| *position > at);
        later.any(|(_, said)| {
            let answer = said.message.as_ref().filter(|message| message.is_answer());
            said.from == Side::Server && answer.is_some_and(|answer| ids.contains(&answer.id()))
        })
    }

    async fn observe(&mut self, at: &str, what: &str) {
        if at == "server" && self.replay.group == "mixed" && what.starts_with("received") {
            let session = self.sessions.values().next().expect("a session");
            let connection = session.connection.clone();
            until(|| counters(&connection) == what).await;
        } else if what == "restarted" {
            within(self.server.close()).await;
            let (server, address) = listen(self.replay, &self.script, &self.storage).await;
            (self.server, self.address) = (server, address);
        } else if what.starts_with("clients counted") {
            self.broadcast_to_all().await;
        } else if what.starts_with("methods run") {
            let asked = self.conns.values().flat_map(|conn| &conn.asked);
            let expected: Vec<String> = asked
                .filter(|asked| asked.message.interface() == Some("side"))
                .map(|asked| jstp::wire::to_string(&asked.message.args()[0]).expect("a value"))
                .collect();
            assert_eq!(self.script.effects(), expected, "{}", self.replay.name);
        }
    }

    /// Every client that is there is counted, and reached.
    async fn broadcast_to_all(&mut self) {
        let joined: Vec<u64> = self
            .sessions
            .values()
            .map(|session| session.conn)
            .filter(|conn| self.conns[conn].line.is_some())
            .collect();
        assert_eq!(
            self.server.get_clients().len(),
            joined.len(),
            "{}",
            self.replay.name
        );
        let report = within(self.server.broadcast("news", "all", (joined.len(),))).await;
        assert_eq!(report.expect("an event").accepted, joined.len());
        let text = format!("{{event:[0,'news'],all:[{}]}}", joined.len());
        let message = Message::parse(&text).expect("a message");
        for conn in joined {
            let name = self.conn(conn).session.clone().expect("joined");
            let text = self.session(&name).number(&message);
            self.line(conn).expect(&text).await;
        }
    }

    fn session(&mut self, name: &str) -> &mut Session {
        self.sessions
            .get_mut(name)
            .expect("bound before it is used")
    }

    /// The server's connection for a session.
    async fn find_client(&self, id: &str) -> Connection {
        let find = || {
            self.server
                .get_clients()
                .into_iter()
                .find(|client| client.session_id().as_str() == id)
        };
        until(|| find().is_some()).await;
        find().expect("it was there just now")
    }
}

/// A session's counters as the transcripts write them.
pub(crate) fn counters(connection: &Connection) -> String {
    let session = connection.session().snapshot();
    let last = i64::try_from(session.last_sent()).expect("few messages");
    let last = if session.direction() == Direction::Server {
        -last
    } else {
        last
    };
    let buffered = session.unacknowledged().map(|message| {
        let text = std::str::from_utf8(&message).expect("our messages are UTF-8");
        let id = Message::parse(text)
            .and_then(|message| message.id())
            .expect("an id");
        id.unsigned_abs().to_string()
    });
    format!(
        "received {}, acknowledged {}, last buffered id {last}, buffered [{}]",
        session.received(),
        session.acknowledged(),
        buffered.collect::<Vec<_>>().join(","),
    )
}

async fn listen(
    replay: &Transcript,
    script: &Script,
    storage: &Arc<SimpleSessionStorageProvider>,
) -> (Server, SocketAddr) {
    let options = server_options(replay, script, storage.clone());
    let server = net::create_server(options)
        .listen("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = server.local_address().and_then(|address| address.as_tcp());
    (server, address.expect("a TCP address"))
}

/// The answers in all transcripts to questions whose answer is always the same.
pub(crate) fn known_answers<'a>(replays: impl Iterator<Item = &'a Transcript>) -> Answers {
    let mut answers = Answers::new();
    for replay in replays.filter(|replay| replay.server_is_reference) {
        for (
            _,
            Recorded {
                conn,
                from,
                message,
                ..
            },
        ) in replay.messages()
        {
            let Some(asked) = message.as_ref().filter(|message| message.is_asking()) else {
                continue;
            };
            if *from == Side::Server || !matches!(asked.interface(), Some("calc" | "errors")) {
                continue;
            }
            let mut said = replay.said(*conn, Side::Server);
            if let Some((_, answer)) =
                said.find(|(_, said)| said.is_answer() && said.id() == asked.id())
            {
                answers.insert(asked.question(), answer.clone());
            }
        }
    }
    answers
}
