//! Two engines joined by queues of messages, under virtual time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jstp_session::{Direction, Session, SessionId, SessionLimits};
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed};

use crate::{
    CallKind, ClientHandshake, ClientStep, Config, Engine, Event, Incoming, RequestedStrategy,
    ServerHandshake, ServerStep, Status, Transmits, Turn,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client = 0,
    Server = 1,
}

pub(super) use Side::{Client, Server};
impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Client => Server,
            Server => Client,
        }
    }
}

/// What a side got to know.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Seen {
    Call {
        id: i64,
        method: String,
        args: String,
    },
    Event {
        id: i64,
        name: String,
        args: String,
    },
    Inspect {
        id: i64,
    },
    /// The token of a call, and its results or the code of its error.
    Answer(u32, Result<String, i64>),
    Pong(u32),
    Rejected,
    Lost(u32, CallKind),
    Resent(u32, u64),
    Closed(u32),
    Room,
    Turn(Turn),
    WaitingRoom,
    PeerDead,
}

/// One side: its engine, and how far its handshake is.
pub(super) struct Peer {
    pub(super) engine: Engine<u32>,
    pub(super) seen: Vec<Seen>,
    /// Everything that was handed to the transport.
    pub(super) sent: Vec<String>,
    /// Messages on their way to this side, with the time when they arrive.
    inbox: VecDeque<(Instant, Bytes)>,
    handshaking: bool,
    /// Taken from the engine, but not sent yet.
    batch: Transmits,
}

/// A client and a server. Messages travel when [`run`](Self::run) or [`advance`](Self::advance) says
/// so, and take [`delay`](Self::delay).
pub(super) struct Pair {
    pub(super) now: Instant,
    pub(super) delay: Duration,
    peers: [Peer; 2],
    handshake: Option<ClientHandshake>,
}

impl Pair {
    /// A pair whose handshake is done.
    pub(super) fn connected() -> Self {
        Self::with(&Config::default(), SessionLimits::default())
    }

    /// A pair whose handshake is done, with the same options on both sides.
    pub(super) fn with(config: &Config, limits: SessionLimits) -> Self {
        let peer = |direction| {
            let session = Session::new(SessionId::from("S1"), direction).with_limits(limits);
            Peer {
                engine: Engine::new(session, config.clone()),
                seen: Vec::new(),
                sent: Vec::new(),
                inbox: VecDeque::new(),
                handshaking: false,
                batch: Transmits::default(),
            }
        };
        let mut pair = Self {
            now: Instant::now(),
            delay: Duration::ZERO,
            peers: [peer(Direction::Client), peer(Direction::Server)],
            handshake: None,
        };
        pair.open(ClientHandshake::connect(
            "app",
            None,
            None,
            DEFAULT_MAX_DEPTH,
        ));
        pair.run();
        pair
    }

    pub(super) fn peer(&mut self, side: Side) -> &mut Peer {
        &mut self.peers[side as usize]
    }

    pub(super) fn engine(&mut self, side: Side) -> &mut Engine<u32> {
        &mut self.peer(side).engine
    }

    /// What a side saw since the last time it was asked.
    pub(super) fn seen(&mut self, side: Side) -> Vec<Seen> {
        self.collect(side);
        std::mem::take(&mut self.peer(side).seen)
    }

    /// What a side sent since the last time it was asked.
    pub(super) fn sent(&mut self, side: Side) -> Vec<String> {
        std::mem::take(&mut self.peer(side).sent)
    }

    pub(super) fn emit(&mut self, side: Side, name: &str) {
        let now = self.now;
        self.engine(side)
            .emit(now, "i", name, "[]")
            .expect("there is room");
    }

    pub(super) fn call(&mut self, side: Side, method: &str, token: u32) -> u64 {
        let now = self.now;
        self.engine(side)
            .call(now, "i", method, "[1,2]", token, false)
            .expect("there is room")
    }

    pub(super) fn call_with_resend(&mut self, side: Side, method: &str, token: u32) -> u64 {
        let now = self.now;
        self.engine(side)
            .call(now, "i", method, "[1,2]", token, true)
            .expect("there is room")
    }

    /// Gives up a handshake that is under way, if there is one.
    pub(super) fn abandon(&mut self) {
        self.handshake = None;
    }

    /// Begins to resume the session on a new transport.
    pub(super) fn reconnect(&mut self) {
        let session = self.engine(Client).session();
        let (id, received) = (session.id().clone(), session.received());
        self.open(ClientHandshake::resume(
            "app",
            None,
            &id,
            received,
            DEFAULT_MAX_DEPTH,
        ));
    }

    /// Resumes, until everything that was sent has arrived.
    pub(super) fn resume(&mut self) {
        self.reconnect();
        self.run();
        assert_eq!(self.engine(Client).status(), Status::Attached);
    }

    /// Loses the transport and all that is under way on it.
    pub(super) fn cut(&mut self) {
        self.cut_after(0, 0);
    }

    /// Loses the transport when so many bytes (each message and its NUL) have reached the sides.
    pub(super) fn cut_after(&mut self, to_client: usize, to_server: usize) {
        self.transmit();
        for (side, mut budget) in [(Server, to_server), (Client, to_client)] {
            while let Some((_, message)) = self.peer(side).inbox.pop_front() {
                if message.len() + 1 > budget {
                    break;
                }
                budget -= message.len() + 1;
                self.deliver(side, &message);
            }
        }
        self.handshake = None;
        for peer in &mut self.peers {
            peer.engine.detach();
            peer.inbox.clear();
            peer.handshaking = false;
        }
        self.collect(Client);
        self.collect(Server);
    }

    /// Bytes under way to a side.
    pub(super) fn in_flight(&mut self, side: Side) -> usize {
        self.transmit();
        self.peer(side)
            .inbox
            .iter()
            .map(|(_, message)| message.len() + 1)
            .sum()
    }

    /// Lets at most `count` messages reach a side, whatever the delay.
    pub(super) fn step(&mut self, side: Side, count: usize) {
        self.transmit();
        for _ in 0..count {
            let Some((_, message)) = self.peer(side).inbox.pop_front() else {
                return;
            };
            self.deliver(side, &message);
            self.transmit();
        }
    }

    /// Lets everything arrive that arrives by now.
    pub(super) fn run(&mut self) {
        loop {
            self.transmit();
            let now = self.now;
            let due = [Client, Server].into_iter().find(|&side| {
                self.peer(side)
                    .inbox
                    .front()
                    .is_some_and(|&(at, _)| at <= now)
            });
            let Some(side) = due else { break };
            if let Some((_, message)) = self.peer(side).inbox.pop_front() {
                self.deliver(side, &message);
            }
        }
    }

    /// Lets time pass, with all that happens meanwhile.
    pub(super) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.run();
            let next = self
                .peers
                .iter()
                .flat_map(|peer| {
                    let arrival = peer.inbox.front().map(|&(at, _)| at);
                    arrival.into_iter().chain(peer.engine.poll_timeout())
                })
                .min();
            let Some(next) = next.filter(|&next| next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            for peer in &mut self.peers {
                peer.engine.handle_timeout(next);
            }
        }
        self.now = end;
        self.collect(Client);
        self.collect(Server);
    }

    fn open(&mut self, handshake: ClientHandshake) {
        assert!(self.handshake.is_none(), "a handshake is under way already");
        self.engine(Client).detach();
        let request = handshake.request();
        self.handshake = Some(handshake);
        for peer in &mut self.peers {
            peer.inbox.clear();
            peer.handshaking = true;
        }
        let arrival = self.now + self.delay;
        self.peer(Server).inbox.push_back((arrival, request));
    }

    fn transmit(&mut self) {
        for side in [Client, Server] {
            self.collect(side);
            while let Some(message) = self.next_transmit(side) {
                // What goes to a transport that was left reaches nobody.
                if self.peer(side).handshaking {
                    continue;
                }
                let arrival = self.now + self.delay;
                let text = String::from_utf8(message.to_vec()).expect("messages are text");
                self.peer(side).sent.push(text);
                self.peer(side.other()).inbox.push_back((arrival, message));
            }
            self.collect(side);
        }
    }

    /// The next message, which is taken alone, or together with others.
    fn next_transmit(&mut self, side: Side) -> Option<Bytes> {
        let Peer {
            engine,
            batch,
            sent,
            ..
        } = self.peer(side);
        if batch.is_empty() {
            match sent.len() % 4 {
                0 => return engine.poll_transmit(),
                1 => engine.poll_transmits(batch, usize::MAX),
                some => engine.poll_transmits(batch, some * 80),
            }
        }
        let message = batch.pop();
        if batch.is_empty() {
            assert_eq!(
                (batch.bytes(), batch.shared_bytes(), batch.answer_bytes()),
                (0, 0, 0)
            );
        }
        message
    }

    fn collect(&mut self, side: Side) {
        let Peer { engine, seen, .. } = self.peer(side);
        while let Some(event) = engine.poll_event() {
            seen.push(match event {
                Event::CallbackLost { token, kind } => Seen::Lost(token, kind),
                Event::CallResent { token, id } => Seen::Resent(token, id),
                Event::CallClosed { token } => Seen::Closed(token),
                Event::Room => Seen::Room,
                Event::Turn(turn) => Seen::Turn(turn),
                Event::WaitingRoom => Seen::WaitingRoom,
                Event::PeerDead => Seen::PeerDead,
            });
        }
    }

    fn deliver(&mut self, side: Side, message: &Bytes) {
        let text = std::str::from_utf8(message).expect("messages are text");
        if self.peer(side).handshaking {
            match side {
                Server => self.accept(text),
                Client => self.accepted(text),
            }
            return;
        }
        let now = self.now;
        let peer = self.peer(side);
        let parsed = Message::parse(text, DEFAULT_MAX_DEPTH).expect("a valid message");
        let incoming = match &parsed {
            Parsed::Message(message) => peer.engine.handle_message(now, message),
            Parsed::Rejected(rejected) => Ok(peer.engine.handle_rejected(now, rejected.clone())),
        };
        peer.seen
            .extend(seen(&incoming.expect("no violation of the protocol")));
    }

    fn accept(&mut self, request: &str) {
        let step = ServerHandshake::new(DEFAULT_MAX_DEPTH).handle_text(request);
        let Ok(ServerStep::Request(request)) = step else {
            panic!("no request: {step:?}")
        };
        let now = self.now;
        let peer = self.peer(Server);
        peer.handshaking = false;
        match request.strategy {
            RequestedStrategy::Session { id, received } => {
                assert_eq!(id.as_ref(), Some(peer.engine.session().id()));
                peer.engine.resume_as_server(now, received);
            }
            _ => peer.engine.attach_as_server(now),
        }
    }

    fn accepted(&mut self, response: &str) {
        let now = self.now;
        let handshake = self
            .handshake
            .take()
            .expect("the client waits for a response");
        let peer = self.peer(Client);
        peer.handshaking = false;
        match handshake.handle_text(response).expect("a usable response") {
            ClientStep::Connected { session } => {
                assert_eq!(&session, peer.engine.session().id());
                peer.engine.attach(now);
            }
            ClientStep::Resumed { received } => peer.engine.resume_as_client(now, received),
            step => panic!("not connected: {step:?}"),
        }
    }
}

fn seen(incoming: &Incoming<'_, u32>) -> Option<Seen> {
    Some(match incoming {
        Incoming::Nothing => return None,
        Incoming::Call(call) => Seen::Call {
            id: call.id,
            method: call.method.as_deref().unwrap_or_default().to_owned(),
            args: call
                .args
                .map(|args| args.as_str().to_owned())
                .unwrap_or_default(),
        },
        Incoming::Event(event) => Seen::Event {
            id: event.id,
            name: event.name.to_string(),
            args: event.args.as_str().to_owned(),
        },
        Incoming::Inspect(inspect) => Seen::Inspect { id: inspect.id },
        Incoming::Callback { token, outcome } => {
            let outcome = outcome.map(|results| results.as_str().to_owned());
            Seen::Answer(
                *token,
                outcome.map_err(|error| error.code().unwrap_or_default()),
            )
        }
        Incoming::Pong { token } => Seen::Pong(*token),
        Incoming::Rejected(_) => Seen::Rejected,
    })
}
