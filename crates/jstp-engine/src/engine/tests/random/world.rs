//! A pair of engines, their users, and what both sides have to agree upon.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jstp_session::SessionLimits;
use jstp_wire::RemoteError;

use super::Step;
use crate::engine::tests::pair::{Client, Pair, Seen, Server, Side};
use crate::{Config, EventLog, Heartbeat, SendError, SharedEvent, Status, Turn};

const MAX_MESSAGES: usize = 12;
const MAX_CALLS: usize = 10;
const MAX_WAITING: usize = 5;
/// Own pings, and calls made again, may stand beyond the limits.
const MAX_BUFFERED: usize = MAX_MESSAGES + MAX_CALLS + 33;

/// What the user of one side did and has seen.
#[derive(Default)]
struct User {
    /// Names of events and methods in the order in which they were sent.
    sent: Vec<String>,
    /// Names of events and methods in the order in which they came.
    got: Vec<String>,
    /// Calls of the other side that wait for an answer: id and method.
    open: Vec<(i64, String)>,
    /// Calls of this side that have not ended: token and id.
    waiting: Vec<(u32, u64)>,
    /// Tokens of calls that are made again.
    resend: HashSet<u32>,
    /// How often each token ended.
    ended: HashMap<u32, usize>,
    tokens: u32,
    /// A message was refused, and there was no room since.
    refused: bool,
    /// The same for an event that may wait.
    waits_in_vain: bool,
    /// The turn of an event that was refused, and how many messages were accepted before.
    turn: Option<(Turn, usize)>,
    /// It was not told of room since.
    waits_for_turn: bool,
    received: u64,
    acknowledged: u64,
}

pub(super) struct World {
    pair: Pair,
    users: [User; 2],
    /// For each side.
    logs: [EventLog; 2],
}

impl World {
    pub(super) fn new() -> Self {
        let heartbeat = Heartbeat::every(Duration::from_millis(100))
            .with_timeout(Duration::from_secs(1_000_000));
        let config = Config::default()
            .with_ping_after(6, 1_000_000)
            .with_max_calls(MAX_CALLS)
            .with_max_waiting(MAX_WAITING, usize::MAX)
            .with_heartbeat(heartbeat);
        let limits = SessionLimits::default().with_max_buffered_messages(MAX_MESSAGES);
        let mut pair = Pair::with(&config, limits);
        pair.delay = Duration::from_millis(7);
        Self {
            pair,
            users: Default::default(),
            logs: Default::default(),
        }
    }

    pub(super) fn apply(&mut self, step: &Step) {
        match *step {
            Step::Emit(side) => self.emit(side),
            Step::Queue(side) => self.queue(side),
            Step::Log(side) => self.log(side),
            Step::Follow(side) => self.follow(side),
            Step::EmitInTurn(side) => self.emit_in_turn(side),
            Step::GiveUp(side) => self.give_up(side),
            Step::Call { side, resend } => self.call(side, resend),
            Step::Ping(side) => self.ping(side),
            Step::Answer { side, which, fails } => self.answer(side, which, fails),
            Step::Forget { side, which } => self.forget(side, which),
            Step::Deliver { side, count } => self.pair.step(side, count),
            Step::Cut {
                to_client,
                to_server,
            } => self.pair.cut_after(to_client, to_server),
            Step::Reconnect => {
                self.pair.abandon();
                self.pair.reconnect();
            }
            Step::Advance { millis } => self.pair.advance(Duration::from_millis(millis)),
        }
        self.look();
    }

    fn emit(&mut self, side: Side) {
        let name = format!("e{}", self.users[side as usize].sent.len());
        let now = self.pair.now;
        let outcome = self.pair.engine(side).emit(now, "i", &name, "[]");
        let user = &mut self.users[side as usize];
        match outcome {
            Ok(()) => user.sent.push(name),
            Err(error) => {
                assert_eq!(error, SendError::Full);
                user.refused = true;
            }
        }
    }

    fn emit_in_turn(&mut self, side: Side) {
        let user = &mut self.users[side as usize];
        let name = format!("t{}", user.sent.len());
        let now = self.pair.now;
        let engine = self.pair.engine(side);
        engine.set_turn(user.turn.map(|(turn, _)| turn));
        let outcome = engine.emit(now, "i", &name, "[]");
        engine.set_turn(None);
        if outcome.is_err() {
            assert_eq!(outcome, Err(SendError::Full));
            user.refused |= user.turn.is_none();
            user.turn
                .get_or_insert_with(|| (engine.take_turn(), user.sent.len()));
            user.waits_for_turn = true;
            return;
        }
        // It overtakes events that wait, but none that was accepted before its turn was taken.
        user.waits_for_turn = false;
        let place = user.sent.len() - engine.waiting_events();
        if let Some((turn, before)) = user.turn.take() {
            engine.give_turn_back(turn);
            assert!(place >= before, "{name} overtakes what came before it");
        } else {
            assert_eq!(engine.waiting_events(), 0);
        }
        user.sent.insert(place, name);
    }

    fn give_up(&mut self, side: Side) {
        let user = &mut self.users[side as usize];
        user.waits_for_turn = false;
        if let Some((turn, _)) = user.turn.take() {
            self.pair.engine(side).give_turn_back(turn);
        }
    }

    fn queue(&mut self, side: Side) {
        let name = format!("e{}", self.users[side as usize].sent.len());
        let event = SharedEvent::new("i", &name, "[]");
        let now = self.pair.now;
        let outcome = self.pair.engine(side).queue_shared(now, &event);
        let user = &mut self.users[side as usize];
        match outcome {
            Ok(_) => user.sent.push(name),
            Err(error) => {
                assert_eq!(error, SendError::Full);
                user.waits_in_vain = true;
            }
        }
    }

    fn log(&mut self, side: Side) {
        let now = self.pair.now;
        let engine = self.pair.engine(side);
        if engine.log_position().is_none() {
            return self.queue(side);
        }
        let user = &mut self.users[side as usize];
        let name = format!("e{}", user.sent.len());
        let is_long = user.sent.len().is_multiple_of(3);
        let args = if is_long {
            long_args()
        } else {
            "[]".to_owned()
        };
        let event = SharedEvent::new("i", &name, &args);
        let log = &mut self.logs[side as usize];
        match engine.admit_logged(now, &event, log.end()) {
            Ok(_) => {
                log.append(now, &event);
                user.sent.push(name);
            }
            Err(error) => {
                assert_eq!(error, SendError::Full);
                user.waits_in_vain = true;
            }
        }
    }

    fn follow(&mut self, side: Side) {
        let engine = self.pair.engine(side);
        if engine.log_position().is_some() {
            engine.unfollow();
        } else {
            engine.follow(self.logs[side as usize].reader());
        }
    }

    fn call(&mut self, side: Side, resend: bool) {
        let user = &mut self.users[side as usize];
        let token = user.tokens;
        let method = method(token);
        let now = self.pair.now;
        match self
            .pair
            .engine(side)
            .call(now, "i", &method, "[1,2]", token, resend)
        {
            Ok(id) => {
                user.sent.push(method);
                user.began(token, id);
                user.resend.extend(resend.then_some(token));
            }
            Err(SendError::Full) => user.refused = true,
            Err(error) => assert_eq!(error, SendError::TooManyCalls),
        }
    }

    fn ping(&mut self, side: Side) {
        let user = &mut self.users[side as usize];
        match self.pair.engine(side).ping(user.tokens) {
            Ok(id) => user.began(user.tokens, id),
            Err(SendError::Full) => user.refused = true,
            Err(error) => assert_eq!(error, SendError::TooManyCalls),
        }
    }

    fn answer(&mut self, side: Side, which: usize, fails: bool) {
        let user = &mut self.users[side as usize];
        if which >= user.open.len() {
            return;
        }
        let (id, method) = user.open.remove(which);
        let engine = self.pair.engine(side);
        let attached = engine.status() == Status::Attached;
        let taken = if fails {
            engine.callback_error(id, &RemoteError::new(100, method))
        } else {
            engine.callback_ok(id, &format!("['{method}']"))
        };
        assert_eq!(taken, attached);
    }

    fn forget(&mut self, side: Side, which: usize) {
        let user = &mut self.users[side as usize];
        if let Some(&(token, id)) = user.waiting.get(which) {
            assert!(self.pair.engine(side).forget_call(id, |_| true));
            user.end(token);
        }
    }

    /// Takes note of what both sides have seen.
    fn look(&mut self) {
        for side in [Client, Server] {
            for seen in self.pair.seen(side) {
                self.users[side as usize].saw(seen);
            }
        }
    }

    /// What holds at any time.
    pub(super) fn check(&mut self) {
        for side in [Client, Server] {
            let other = self.pair.engine(side.other()).session();
            let (sent_to_us, received_of_us) = (other.last_sent(), other.received());
            let engine = self.pair.engine(side);
            assert!(engine.calls_under_way() <= MAX_CALLS);
            assert!(engine.waiting_events() <= MAX_MESSAGES + MAX_WAITING);
            let session = engine.session();
            assert!(session.buffered_count() <= MAX_BUFFERED);
            assert!(session.received() <= sent_to_us);
            assert!(session.acknowledged() <= received_of_us);
            assert!(received_of_us <= session.last_sent());
            let user = &mut self.users[side as usize];
            assert!(
                session.received() >= user.received && session.acknowledged() >= user.acknowledged
            );
            (user.received, user.acknowledged) = (session.received(), session.acknowledged());
        }
    }

    /// A last resume, after which nothing goes wrong any more: all has to come to its end.
    pub(super) fn finish(mut self) {
        self.pair.cut();
        self.pair.delay = Duration::ZERO;
        self.pair.resume();
        self.look();
        for side in [Client, Server] {
            while !self.users[side as usize].open.is_empty() {
                self.answer(side, 0, false);
            }
        }
        self.pair.run();
        self.look();
        self.check();
        for side in [Client, Server] {
            let other = side.other();
            assert_eq!(self.pair.engine(side).calls_under_way(), 0);
            let last_sent = self.pair.engine(side).session().last_sent();
            assert_eq!(self.pair.engine(other).session().received(), last_sent);
            let user = &self.users[side as usize];
            assert!(
                !user.refused && !user.waits_for_turn && !user.waits_in_vain,
                "{side:?} waits for room in vain"
            );
            self.check_delivered(side);
            self.users[side as usize].check_ended();
        }
    }

    /// Everything reached the other side in order; only calls made again did so more than once.
    fn check_delivered(&self, side: Side) {
        let sender = &self.users[side as usize];
        let mut came = HashSet::new();
        let mut first_times = Vec::new();
        for name in &self.users[side.other() as usize].got {
            if came.insert(name) {
                first_times.push(name);
            } else {
                let is_resent = sender.resend.iter().any(|&token| method(token) == *name);
                assert!(is_resent, "{name} came twice");
            }
        }
        assert!(
            first_times.into_iter().eq(&sender.sent),
            "not what {side:?} sent"
        );
    }

    /// Both sides close: what has not ended does so now.
    pub(super) fn close(mut self) {
        for side in [Client, Server] {
            self.pair.engine(side).close();
        }
        self.look();
        for user in &self.users {
            assert!(!user.refused && !user.waits_for_turn && !user.waits_in_vain);
            user.check_ended();
        }
    }
}

impl User {
    fn began(&mut self, token: u32, id: u64) {
        self.tokens += 1;
        self.waiting.push((token, id));
    }

    fn end(&mut self, token: u32) {
        self.waiting.retain(|&(waiting, _)| waiting != token);
        *self.ended.entry(token).or_default() += 1;
    }

    fn saw(&mut self, seen: Seen) {
        match seen {
            Seen::Event { name, args, .. } => {
                assert!(args == "[]" || args == long_args(), "{args}");
                self.got.push(name);
            }
            Seen::Call { id, method, args } => {
                assert_eq!(args, "[1,2]");
                self.got.push(method.clone());
                self.open.push((id, method));
            }
            Seen::Answer(token, outcome) => {
                match outcome {
                    Ok(results) => assert_eq!(results, format!("['{}']", method(token))),
                    Err(code) => assert_eq!(code, 100),
                }
                self.end(token);
            }
            Seen::Lost(token, _) => {
                assert!(
                    !self.resend.contains(&token),
                    "a call to be made again is lost"
                );
                self.end(token);
            }
            Seen::Pong(token) | Seen::Closed(token) => self.end(token),
            Seen::Resent(token, id) => {
                assert!(self.resend.contains(&token));
                let waiting = self
                    .waiting
                    .iter_mut()
                    .find(|(waiting, _)| *waiting == token);
                waiting
                    .expect("only a call that has not ended is made again")
                    .1 = id;
            }
            Seen::Room => {
                assert!(self.refused, "room that nobody waits for");
                self.refused = false;
            }
            Seen::Turn(turn) => {
                assert!(self.turn.is_some_and(|(taken, _)| taken == turn));
                assert!(self.waits_for_turn, "a turn that nobody waits for");
                self.waits_for_turn = false;
            }
            Seen::WaitingRoom => {
                assert!(self.waits_in_vain, "room that nobody waits for");
                self.waits_in_vain = false;
            }
            // The late answer to a call that was lost or forgotten.
            Seen::Rejected => {}
            Seen::Inspect { .. } | Seen::PeerDead => panic!("{seen:?} without a cause"),
        }
    }

    fn check_ended(&self) {
        assert!(
            self.waiting.is_empty(),
            "calls that never end: {:?}",
            self.waiting
        );
        assert_eq!(self.ended.len(), self.tokens as usize);
        assert!(
            self.ended.values().all(|&times| times == 1),
            "{:?}",
            self.ended
        );
    }
}

/// So long that a session shares the text.
fn long_args() -> String {
    format!("['{}']", "x".repeat(2000))
}

fn method(token: u32) -> String {
    format!("m{token}")
}
