//! What the two sides say.

use jstp::{ConnectError, Value};

use super::super::app::{handled_event, is_by_script};
use super::super::message::{Message, as_written_without_loss};
use super::super::raw_peer::{until, within};
use super::super::transcript::{Recorded, Side, Step};
use super::{Attempt, ClientReplay, Phase};

impl ClientReplay<'_> {
    pub(super) async fn client_says(&mut self, at: usize, said: &Recorded) {
        let message = said.message.as_ref().expect("the reference sends objects");
        if message.is_request() {
            return self.open(said.conn, message).await;
        }
        if self.handled.contains(&at) || !self.conns.contains_key(&said.conn) {
            return;
        }
        if message.is_numbered() {
            self.send(at, said, message).await;
        } else {
            self.release(said, message).await;
            let text = as_written_without_loss(&message.text);
            self.line(said.conn).expect(&text).await;
        }
    }

    async fn send(&mut self, at: usize, said: &Recorded, message: &Message) {
        let resend = self.is_resent(at, message);
        let waits = self.conn(said.conn).phase == Phase::New;
        if waits && self.peer(said.conn).has_sent(message) {
            return;
        }
        let text = self.peer(said.conn).send(message, resend).await;
        if waits {
            // The resume is not answered yet: the call comes behind the answer.
            self.line(said.conn).expect_silence().await;
        } else {
            self.line(said.conn).expect(&text).await;
        }
    }

    /// Whether a call is made again after its callback was lost: then nobody saw it fail, and the
    /// first message that is new after the next resume calls the same method.
    fn is_resent(&self, at: usize, message: &Message) -> bool {
        self.resent_as(at, message).is_some()
    }

    /// The step at which it is made again.
    fn resent_as(&self, at: usize, message: &Message) -> Option<usize> {
        let Some(Step::Message(said)) = self.replay.steps.get(at) else {
            return None;
        };
        let answered = self.replay.messages().any(|(_, other)| {
            let answer = other.message.as_ref();
            other.from == Side::Server
                && other.conn == said.conn
                && !other.lost
                && answer.is_some_and(|answer| answer.is_answer() && answer.id() == message.id())
        });
        let session = self
            .replay
            .said(said.conn, Side::Server)
            .find_map(|(_, said)| said.ok().filter(|_| said.is_handshake())?.as_str());
        let next = self
            .replay
            .next_resume(at, session.filter(|_| !answered)?)?;
        let (_, response) = self.replay.handshake(next)?;
        let received = response?.ok()?.as_i64()?;
        let mut burst = self.replay.burst(next, Side::Client).into_iter();
        let (resent_at, resent) = burst.find(|(_, again)| again.id() > message.id())?;
        let is_same = resent.kind() == "call"
            && resent.interface() == message.interface()
            && resent.method() == message.method();
        (message.id()? <= received && is_same).then_some(resent_at)
    }

    /// What the client sends while it is away, so that it comes with the next resume.
    pub(super) async fn send_while_away(&mut self, at: usize, peer: usize) {
        let Some(session) = self.peers[peer].session.clone() else {
            return;
        };
        let Some(next) = self.replay.next_resume(at, &session) else {
            return;
        };
        let resent: Vec<usize> = self
            .replay
            .messages()
            .filter(|(before, said)| *before < at && said.from == Side::Client)
            .filter_map(|(before, said)| self.resent_as(before, said.message.as_ref()?))
            .collect();
        for (position, message) in self.replay.burst(next, Side::Client) {
            if !resent.contains(&position) && !self.peers[peer].has_sent(message) {
                self.peers[peer].send(message, false).await;
            }
        }
    }

    /// A method of the client that waits for the script answers now.
    async fn release(&mut self, said: &Recorded, answer: &Message) {
        let mut calls = self.replay.said(said.conn, Side::Server);
        let call = calls.find(|(_, call)| call.kind() == "call" && call.id() == answer.id());
        if let Some((_, call)) = call.filter(|(_, call)| is_by_script(call, answer)) {
            self.script.release(call, answer).await;
        }
    }

    pub(super) async fn server_says(&mut self, at: usize, said: &Recorded) {
        if said.lost || !self.conns.contains_key(&said.conn) {
            return;
        }
        self.line(said.conn).push(&said.bytes, !said.unterminated);
        self.conn(said.conn).said.push(said.clone());
        let next = self.replay.steps.get(at + 1);
        let goes_on = matches!(next, Some(Step::Message(next))
            if next.conn == said.conn && next.from == Side::Server && !next.lost);
        if goes_on {
            return;
        }
        let cut = self.cut;
        self.line(said.conn).flush(cut).await;
        for said in std::mem::take(&mut self.conn(said.conn).said) {
            self.heard_by_client(&said).await;
        }
    }

    /// What the client has to make of a message.
    async fn heard_by_client(&mut self, said: &Recorded) {
        let phase = self.conn(said.conn).phase;
        match (&said.message, phase) {
            (_, Phase::Over) => {}
            (Some(message), _) if message.kind().is_empty() => {}
            (Some(message), Phase::New) if message.is_handshake() => {
                self.responded(said.conn, message).await;
            }
            (None, _) | (_, Phase::New) => self.conn(said.conn).phase = Phase::Over,
            (Some(message), _) if message.is_handshake() => {
                self.conn(said.conn).phase = Phase::Over;
            }
            (Some(message), _) if message.is_answer() => {
                self.peer(said.conn).answered(message).await;
            }
            (Some(message), _) => {
                self.events.extend(handled_event(message));
                // What is not read before a close is not read at all.
                until(|| self.script.events().len() >= self.events.len()).await;
                let id = message.id().filter(|_| message.is_numbered());
                let peer = self.peer(said.conn);
                peer.received = peer.received.max(id.map_or(0, i64::unsigned_abs));
            }
        }
    }

    async fn responded(&mut self, conn: u64, response: &Message) {
        let attempt = self.conn(conn).attempt.take().expect("one response");
        self.conn(conn).phase = if response.ok().is_some() {
            Phase::Joined
        } else {
            Phase::Over
        };
        match attempt {
            Attempt::Connect(connect) => {
                let outcome = within(connect).await.expect("no panic");
                self.connected(conn, response, outcome);
            }
            Attempt::Resume(resume) => {
                let outcome = within(resume).await.expect("no panic");
                self.resumed(conn, response, outcome).await;
            }
        }
    }

    fn connected(
        &mut self,
        conn: u64,
        response: &Message,
        outcome: Result<jstp::Connection, ConnectError>,
    ) {
        match (outcome, response.ok()) {
            (Ok(connection), Some(Value::String(session))) => {
                assert_eq!(connection.session_id().as_str(), session);
                let peer = self.peer(conn);
                peer.session = Some(session.clone());
                peer.conn = Some(conn);
                peer.joined(connection);
            }
            (Err(ConnectError::Refused(error)), None) => check_refusal(response, &error),
            (Err(_), None) if response.is_request() => {}
            (outcome, _) => panic!("{}: {outcome:?}", response.text),
        }
    }

    async fn resumed(&mut self, conn: u64, response: &Message, outcome: Result<(), ConnectError>) {
        match (outcome, response.ok()) {
            (Ok(()), Some(count)) => {
                let burst = self.replay.burst(conn, Side::Client);
                let count = count.as_u64().unwrap_or(0);
                let peer = self.peer(conn);
                peer.conn = Some(conn);
                for text in peer.resumed(count).await {
                    self.line(conn).expect(&text).await;
                }
                let again = burst.iter().filter(|(at, message)| {
                    let before = self.replay.messages().filter(|(before, _)| before < at);
                    let mut before = before.filter_map(|(before, said)| {
                        self.resent_as(before, said.message.as_ref()?)
                    });
                    self.peers[self.conns[&conn].peer].has_sent(message)
                        || before.any(|resent| resent == *at)
                });
                let again: Vec<usize> = again.map(|(at, _)| *at).collect();
                self.handled.extend(again);
            }
            (Err(ConnectError::Refused(error)), None) => {
                check_refusal(response, &error);
                self.peer(conn).given_up().await;
            }
            (outcome, _) => panic!("{}: {outcome:?}", response.text),
        }
    }
}

fn check_refusal(response: &Message, error: &jstp::RemoteError) {
    let expected = response.error().expect("a refusal has an error");
    assert_eq!(error.code(), expected[0].as_i64(), "{}", response.text);
    if let Some(message) = expected.get(1).and_then(Value::as_str) {
        assert_eq!(error.message(), message);
    }
}
