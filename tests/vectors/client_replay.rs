//! Replays transcripts against our client: a raw server says what was recorded, and the client is
//! driven through its API to say its part.
//!
//! What the client said has to come byte for byte, with these exceptions, by rule and not by scenario
//! (`D…` are the defects of the reference by their numbers in its notes):
//!
//! - The count with which it resumes is the highest integer id received (D5).
//! - A call made again because its callback was lost has its arguments (D3).
//! - A call made before a resume was answered waits for the answer, and gets the next id (D7).
//! - Every call that the server had received before a resume and whose callback has not come fails
//!   with -1 (D4).
//! - A resume that was refused is not tried again (D10).
//! - Last elements that are undefined are written (D11), line separators escaped (D12).

#[path = "client_replay/peer.rs"]
mod peer;
#[path = "client_replay/speech.rs"]
mod speech;

use std::collections::{BTreeMap, HashSet};

use jstp::{Client, ConnectError, Connection, Reconnect, ReconnectContext, Reconnector, net};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::app::Script;
use super::line::{Cut, Line};
use super::message::Message;
use super::raw_peer::{RawPeer, within};
use super::server_replay::counters;
use super::transcript::{Closer, Recorded, Side, Step, Transcript};
use peer::Peer;

pub(crate) struct ClientReplay<'a> {
    replay: &'a Transcript,
    cut: Cut,
    script: Script,
    listener: TcpListener,
    conns: BTreeMap<u64, Conn>,
    peers: Vec<Peer>,
    /// Steps that were seen to ahead of their turn.
    handled: HashSet<usize>,
    /// What the event handlers have to see.
    events: Vec<String>,
}

/// One connection to the raw server.
struct Conn {
    line: Option<Line>,
    phase: Phase,
    /// Which client it is of.
    peer: usize,
    attempt: Option<Attempt>,
    /// What the server has said and not yet been seen to.
    said: Vec<Recorded>,
}

/// A connect or resume under way.
enum Attempt {
    Connect(JoinHandle<Result<Connection, ConnectError>>),
    Resume(JoinHandle<Result<(), ConnectError>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Joined,
    /// The client has to close it.
    Over,
}

/// Waits for ever: the replay says when to reconnect.
struct Never;

#[async_trait::async_trait]
impl Reconnector for Never {
    async fn next(&self, _context: ReconnectContext<'_>) -> Reconnect {
        std::future::pending().await
    }
}

impl<'a> ClientReplay<'a> {
    pub(crate) async fn new(replay: &'a Transcript, cut: Cut) -> Self {
        Self {
            replay,
            cut,
            script: Script::default(),
            listener: TcpListener::bind("127.0.0.1:0").await.expect("a free port"),
            conns: BTreeMap::new(),
            peers: Vec::new(),
            handled: HashSet::new(),
            events: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let replay = self.replay;
        for (at, step) in replay.steps.iter().enumerate() {
            match step {
                Step::Open(_) => {}
                Step::Message(said) if said.from == Side::Client => {
                    self.client_says(at, said).await;
                }
                Step::Message(said) => self.server_says(at, said).await,
                Step::Close { conn, by } => self.close(at, *conn, *by).await,
                Step::Observed { at, what } => self.observe(at, what).await,
            }
        }
        for conn in replay.connections() {
            if self
                .conns
                .get(&conn)
                .is_some_and(|conn| conn.line.is_some())
            {
                self.close(replay.steps.len(), conn, Closer::Client).await;
            }
        }
        self.events.sort();
        assert_eq!(self.script.events(), self.events, "{}", replay.name);
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

    fn peer(&mut self, conn: u64) -> &mut Peer {
        let peer = self.conn(conn).peer;
        &mut self.peers[peer]
    }

    /// The client asks to be let in.
    async fn open(&mut self, conn: u64, request: &Message) {
        let address = self.listener.local_addr().expect("a bound address");
        let known = request.resumes().map(|session| {
            let known = self
                .peers
                .iter()
                .position(|peer| peer.session.as_deref() == Some(session));
            known.expect("a session is resumed by the client that has it")
        });
        let (peer, attempt, text) = match known {
            Some(known) if self.peers[known].refused => return,
            Some(known) => {
                let peer = &self.peers[known];
                let connection = peer.connection();
                let resume =
                    tokio::spawn(async move { net::reconnect(&connection, address).await });
                (
                    known,
                    Attempt::Resume(resume),
                    request.with_count(peer.received),
                )
            }
            None => {
                let client = peer::client(self.replay, &self.script, request);
                let application = peer::application(request);
                let connect = tokio::spawn(net::connect(application, client, address));
                self.peers.push(Peer::default());
                (
                    self.peers.len() - 1,
                    Attempt::Connect(connect),
                    request.text.clone(),
                )
            }
        };
        let raw = RawPeer::accept(&self.listener).await;
        let name = format!("{}, connection {conn}, {:?}", self.replay.name, self.cut);
        let mut line = Line::new(raw, name);
        line.expect(&text).await;
        let conn_state = Conn {
            line: Some(line),
            phase: Phase::New,
            peer,
            attempt: Some(attempt),
            said: Vec::new(),
        };
        self.conns.insert(conn, conn_state);
    }

    async fn close(&mut self, at: usize, conn: u64, by: Closer) {
        let Some(state) = self.conns.get_mut(&conn) else {
            return;
        };
        let mut line = state.line.take().expect("closed once");
        let phase = state.phase;
        let peer = state.peer;
        match by {
            Closer::Client => {
                if phase == Phase::Joined {
                    let connection = self.peers[peer].connection();
                    tokio::spawn(async move { connection.close().await });
                }
                line.expect_end().await;
                line.finish().await;
            }
            Closer::Server => {
                line.finish().await;
                line.expect_end().await;
            }
            Closer::Network if self.cut == Cut::Bytes => line.reset(),
            Closer::Network => drop(line),
        }
        self.check_attempt_failed(conn).await;
        let is_current = self.peers[peer].conn == Some(conn);
        if phase != Phase::New && is_current {
            within(self.peers[peer].connection().disconnected()).await;
            if by != Closer::Client {
                self.send_while_away(at, peer).await;
            }
        }
    }

    /// The connection ended without an answer to the handshake.
    async fn check_attempt_failed(&mut self, conn: u64) {
        match self.conn(conn).attempt.take() {
            None => {}
            Some(Attempt::Connect(connect)) => {
                let outcome = within(connect).await.expect("no panic");
                assert!(outcome.is_err(), "{}: {outcome:?}", self.replay.name);
            }
            Some(Attempt::Resume(resume)) => {
                let outcome = within(resume).await.expect("no panic");
                assert!(outcome.is_err(), "{}: {outcome:?}", self.replay.name);
            }
        }
    }

    async fn observe(&mut self, at: &str, what: &str) {
        if at == "client" && self.replay.group == "mixed" && what.starts_with("received") {
            let connection = self.peers[0].connection();
            super::raw_peer::until(|| counters(&connection) == what).await;
        }
    }
}

/// Makes a client of the transcripts.
pub(super) fn patient(client: Client) -> Client {
    client.with_reconnector(Never)
}
