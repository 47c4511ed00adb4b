//! What the two sides say.

use jstp::Value;

use super::super::app::{handled_event, is_by_script, is_readable, is_slow};
use super::super::message::{Message, as_written_without_loss};
use super::super::raw_peer::within;
use super::super::transcript::{Recorded, Side, Step};
use super::session::Session;
use super::{Asked, Phase, ServerReplay};

/// The answer to a resume that is refused.
const REFUSED: &str = "{handshake:[0],error:[11]}";

impl ServerReplay<'_> {
    pub(super) async fn client_says(&mut self, at: usize, said: &Recorded) {
        let bytes = self.client_bytes(said).await;
        if said.lost {
            return;
        }
        if let Some(bytes) = bytes {
            self.line(said.conn).push(&bytes, !said.unterminated);
        }
        let next = self.replay.steps.get(at + 1);
        let goes_on = matches!(next, Some(Step::Message(next))
            if next.conn == said.conn && next.from == Side::Client && !next.lost);
        if goes_on {
            return;
        }
        let cut = self.cut;
        self.line(said.conn).flush(cut).await;
        if self.conn(said.conn).phase == Phase::Refusing {
            self.line(said.conn).expect(REFUSED).await;
            self.conn(said.conn).phase = Phase::Refused;
        }
    }

    /// What the client sends here, and what follows from it. `None`: nothing.
    async fn client_bytes(&mut self, said: &Recorded) -> Option<Vec<u8>> {
        let phase = self.conn(said.conn).phase;
        let Some(message) = said.message.as_ref().filter(|_| is_readable(&said.bytes)) else {
            self.conn(said.conn).phase = Phase::Over;
            return Some(said.bytes.clone());
        };
        let text = self.mapped(&message.text).into_bytes();
        match (phase, message.kind()) {
            (Phase::Over | Phase::Refusing | Phase::Refused, _) | (_, "") => Some(text),
            (Phase::New, "handshake") if message.is_request() => {
                Some(self.request(said.conn, message))
            }
            (Phase::New, _) | (Phase::Joined, "handshake") => {
                self.conn(said.conn).phase = Phase::Over;
                Some(text)
            }
            (Phase::Joined, _) if message.is_answer() => self.answer_of_client(said, message).await,
            (Phase::Joined, _) => {
                if !said.lost {
                    self.ask(said.conn, message);
                }
                Some(text)
            }
        }
    }

    fn request(&mut self, conn: u64, message: &Message) -> Vec<u8> {
        self.conn(conn).phase = Phase::Joined;
        let known = message.resumes().and_then(|name| self.sessions.get(name));
        let Some(session) = known else {
            return self.mapped(&message.text).into_bytes();
        };
        let is_other = message.header(1).and_then(Value::as_str) != Some(&session.application);
        let mut count = message
            .verb()
            .and_then(|(_, credentials)| credentials[1].as_u64());
        let mut text = message.text.clone();
        if self.replay.client_is_reference {
            count = Some(session.delivered);
            text = message.with_count(session.delivered);
        }
        let text = self.mapped(&text).into_bytes();
        let conn = self.conn(conn);
        conn.count = count.unwrap_or(0);
        if is_other {
            conn.phase = Phase::Refusing;
        }
        text
    }

    /// The client answers a call of the server.
    async fn answer_of_client(&mut self, said: &Recorded, message: &Message) -> Option<Vec<u8>> {
        let (Some(name), Some(id)) = (self.conn(said.conn).session.clone(), message.id()) else {
            return Some(message.text.clone().into_bytes());
        };
        if said.lost {
            // The server is none the wiser.
            return None;
        }
        let here = self.session(&name).answered(id)?;
        let text = message.with_id(here);
        let cut = self.cut;
        self.line(said.conn).push(text.as_bytes(), true);
        self.line(said.conn).flush(cut).await;
        self.session(&name).check_answer(here, message).await;
        None
    }

    fn ask(&mut self, conn: u64, message: &Message) {
        let Some(id) = message.id().filter(|_| message.is_numbered()) else {
            return;
        };
        self.events.extend(handled_event(message));
        let conn = self.conn(conn);
        conn.received = conn.received.max(id.unsigned_abs());
        if message.is_asking() {
            conn.asked.push(Asked {
                message: message.clone(),
                answered: false,
            });
        }
    }

    pub(super) async fn server_says(&mut self, at: usize, said: &Recorded) {
        let message = said.message.as_ref().expect("the reference sends objects");
        if self.conn(said.conn).phase == Phase::Refused || self.handled.contains(&at) {
            return;
        }
        if message.is_handshake() {
            self.respond(said.conn, message).await;
        } else if message.is_answer() {
            self.answer(said.conn, message).await;
        } else if message.interface() == Some("news") {
            self.broadcast(at, message).await;
        } else {
            let name = self.conn(said.conn).session.clone().expect("joined");
            self.emit_or_call(&name, message).await;
            self.expect_numbered(&name, said).await;
        }
    }

    async fn respond(&mut self, conn: u64, message: &Message) {
        match message.ok() {
            Some(Value::String(name)) => {
                assert_eq!(message.text, format!("{{handshake:[0],ok:'{name}'}}"));
                self.bind(conn, name).await;
            }
            Some(_) => self.resumed(conn).await,
            None => {
                self.conn(conn).phase = Phase::Over;
                self.line(conn).expect(&message.text).await;
            }
        }
    }

    /// A new session, whose id is ours.
    async fn bind(&mut self, conn: u64, name: &str) {
        let is_it = |heard: &str| {
            let id = heard
                .strip_prefix("{handshake:[0],ok:'")
                .and_then(|rest| rest.strip_suffix("'}"));
            id.is_some_and(is_uuid_v4)
        };
        let heard = self.line(conn).expect_that("a new session", is_it).await;
        let id = heard.split('\'').nth(1).expect("seen just now").to_owned();
        let (request, _) = self
            .replay
            .handshake(conn)
            .expect("a session was asked for");
        let application = request
            .header(1)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let connection = self.find_client(&id).await;
        self.conn(conn).session = Some(name.to_owned());
        self.sessions.insert(
            name.to_owned(),
            Session::new(id, application, connection, conn),
        );
    }

    async fn resumed(&mut self, conn: u64) {
        let (request, _) = self.replay.handshake(conn).expect("a resume was asked for");
        let name = request.resumes().expect("a session").to_owned();
        let of_session = |conn: &&super::Conn| conn.session.as_deref() == Some(&*name);
        let counts = self
            .conns
            .values()
            .filter(of_session)
            .map(|conn| conn.received);
        let received = counts.max().unwrap_or(0);
        self.line(conn)
            .expect(&format!("{{handshake:[0],ok:{received}}}"))
            .await;

        let burst = self.replay.burst(conn, Side::Server);
        self.handled.extend(burst.iter().map(|(at, _)| *at));
        let burst: Vec<&Message> = burst.into_iter().map(|(_, message)| message).collect();
        let count = self.conn(conn).count;
        for text in self.session(&name).resume(count, &burst).await {
            self.line(conn).expect(&text).await;
        }
        let connection = self.find_client(&self.sessions[&name].id).await;
        self.conn(conn).session = Some(name.clone());
        let session = self.session(&name);
        session.connection = connection;
        session.conn = conn;
    }

    /// An answer of the server to a call that it should answer.
    async fn answer(&mut self, conn: u64, answer: &Message) {
        let session = self.conn(conn).session.clone();
        let mut asked = self
            .conns
            .iter_mut()
            .filter(|(number, other)| **number == conn || other.session == session)
            .flat_map(|(_, conn)| &mut conn.asked);
        let asked = asked.find(|asked| asked.message.id() == answer.id() && !asked.answered);
        let Some(asked) = asked else { return };
        asked.answered = true;
        if is_by_script(&asked.message, answer) {
            let call = asked.message.clone();
            self.script.release(&call, answer).await;
        }
        let text = as_written_without_loss(&self.mapped(&answer.text));
        self.line(conn).expect(&text).await;
    }

    /// Whatever was asked and not answered in the recording is answered all the same.
    pub(super) async fn settle(&mut self, conn: u64) {
        let asked = std::mem::take(&mut self.conn(conn).asked);
        for asked in asked
            .iter()
            .filter(|asked| !asked.answered && !is_slow(&asked.message))
        {
            let id = asked.message.id().expect("only integers are noted");
            let known = self
                .answers
                .get(&asked.message.question())
                .map(|known| known.with_id(id));
            let is_it = |heard: &str| match &known {
                Some(known) => heard == known,
                None => Message::parse(heard)
                    .is_some_and(|heard| heard.is_answer() && heard.id() == Some(id)),
            };
            let what = format!("{{callback:[{id}]}}");
            self.line(conn).expect_that(&what, is_it).await;
        }
        self.line(conn).expect_nothing_early();
        self.conn(conn).asked = asked;
    }

    /// An event that several connections got at once.
    async fn broadcast(&mut self, at: usize, message: &Message) {
        let steps = self.replay.steps.iter().enumerate().skip(at);
        let same: Vec<(usize, &Recorded)> = steps
            .map_while(|(at, step)| match step {
                Step::Message(said) => Some((at, said)),
                _ => None,
            })
            .take_while(|(_, said)| {
                said.from == Side::Server
                    && said
                        .message
                        .as_ref()
                        .is_some_and(|said| said.question() == message.question())
            })
            .collect();
        let (interface, event) = (message.interface().unwrap_or_default(), message.method());
        let report = within(self.server.broadcast(interface, event, message.args())).await;
        assert_eq!(
            report.expect("an event").accepted,
            same.len(),
            "{}",
            self.replay.name
        );
        for (at, said) in same {
            let name = self.conn(said.conn).session.clone().expect("joined");
            let said_message = said.message.as_ref().expect("an event");
            self.session(&name).number(said_message);
            self.expect_numbered(&name, said).await;
            self.handled.insert(at);
        }
    }

    async fn expect_numbered(&mut self, name: &str, said: &Recorded) {
        let session = self.session(name);
        let (text, id) = (session.last_text(), session.last_id());
        session.alias(said.message.as_ref().expect("an object"), Some(id));
        if !said.lost {
            session.delivered = id.unsigned_abs();
        }
        self.line(said.conn).expect(&text).await;
    }

    /// Has the server send a message of its own.
    pub(super) async fn emit_or_call(&mut self, name: &str, message: &Message) {
        let session = self.session(name);
        let text = session.number(message);
        let id = session.last_id();
        let connection = session.connection.clone();
        let message = Message::parse(&text).expect("it was a message before");
        let interface = message.interface().unwrap_or_default().to_owned();
        let (verb, args) = (message.method().to_owned(), message.args());
        let call =
            match message.kind() {
                "event" => {
                    connection
                        .try_emit(&interface, &verb, args)
                        .expect("there is room");
                    return;
                }
                "call" => tokio::spawn(async move {
                    connection.call_many::<Value>(&interface, &verb, args).await
                }),
                "inspect" => tokio::spawn(async move {
                    let methods = connection.inspect(&interface).await?.methods();
                    Ok(methods.into_iter().collect::<Value>())
                }),
                _ => tokio::spawn(async move {
                    connection.ping().await?;
                    Ok(Value::Array(Vec::new()))
                }),
            };
        session.add_call(id, call);
        // It is sent when its future is polled first.
        tokio::task::yield_now().await;
    }
}

fn is_uuid_v4(id: &str) -> bool {
    let groups: Vec<&str> = id.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && id
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
        && groups[2].starts_with('4')
}
