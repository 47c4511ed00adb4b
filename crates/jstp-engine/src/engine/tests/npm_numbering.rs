//! A client against the npm peer's server, which numbers backwards after a resume (notes, D1 and D2).

use std::collections::BTreeMap;
use std::time::Instant;

use jstp_session::Direction;

use super::{engine, receive, sent};
use crate::{Config, Engine, Incoming};

/// How the npm peer's server numbers, buffers and resends.
#[derive(Default)]
struct NpmServer {
    /// By absolute id; in JavaScript a `Map`, so an overwritten entry keeps its place.
    buffer: BTreeMap<u64, String>,
    /// What the next message is numbered.
    next: i64,
    last_buffered: i64,
    acknowledged: u64,
    received: u64,
}

impl NpmServer {
    fn new() -> Self {
        Self {
            next: -1,
            ..Self::default()
        }
    }

    fn send(&mut self, write: impl Fn(i64) -> String) -> String {
        let id = self.next;
        self.next -= 1;
        self.last_buffered = id;
        let message = write(id);
        self.buffer.insert(id.unsigned_abs(), message.clone());
        message
    }

    fn emit(&mut self, name: &str) -> String {
        self.send(|id| format!("{{event:[{id},'i'],{name}:[]}}"))
    }

    fn handle(&mut self, message: &str) {
        let number = |text: &str| -> u64 {
            let digits = text
                .split([']', ','])
                .next()
                .expect("split gives at least one part");
            digits.parse::<i64>().expect("an id").unsigned_abs()
        };
        if let Some(rest) = message.strip_prefix("{callback:[") {
            self.acknowledge(number(rest));
        } else if let Some(rest) = message.strip_prefix("{pong:[") {
            self.acknowledge(number(rest));
        } else if let Some(rest) = message.strip_prefix("{call:[") {
            self.received = number(rest);
        }
    }

    /// Entries at or below what was acknowledged stay for ever.
    fn acknowledge(&mut self, id: u64) {
        for dropped in self.acknowledged + 1..=id {
            self.buffer.remove(&dropped);
        }
        self.acknowledged = id;
    }

    /// What is resent to a client that says it has received so many.
    fn resume(&mut self, received: u64) -> Vec<String> {
        self.acknowledge(received);
        self.next = self.last_buffered + 1;
        self.buffer.values().cloned().collect()
    }
}

/// The name of the event that a message is taken for.
fn event_name(client: &mut Engine<u32>, message: &str) -> String {
    match receive(client, message).expect("no violation") {
        Incoming::Event(event) => event.name.to_string(),
        other => panic!("{message} is taken for {other:?}"),
    }
}

fn resume(client: &mut Engine<u32>, server: &mut NpmServer) -> Vec<String> {
    client.detach();
    let resent = server.resume(client.session().received());
    client.resume_as_client(Instant::now(), server.received);
    resent
}

#[test]
fn the_model_numbers_as_the_notes_say() {
    let mut server = NpmServer::new();
    server.resume(0);
    let ids: Vec<_> = (0..4).map(|_| server.emit("e")).collect();
    let expected = [1, 0, -1, -2].map(|id| format!("{{event:[{id},'i'],e:[]}}"));
    assert_eq!(ids, expected);

    let mut server = NpmServer::new();
    let (one, two, three) = (server.emit("a"), server.emit("b"), server.emit("c"));
    assert_eq!(one, "{event:[-1,'i'],a:[]}");
    assert_eq!(two, "{event:[-2,'i'],b:[]}");
    assert_eq!(three, "{event:[-3,'i'],c:[]}");
    assert!(server.resume(3).is_empty());
    assert_eq!(server.emit("d"), "{event:[-2,'i'],d:[]}");
}

#[test]
fn repeated_and_backward_ids_are_no_duplicates() {
    let mut client = engine(Direction::Client, Config::default());
    let mut server = NpmServer::new();
    let mut highest = 0;
    for round in 0..6 {
        for event in 0..=round {
            let name = format!("e{round}x{event}");
            let message = server.emit(&name);
            assert_eq!(event_name(&mut client, &message), name);
            let received = client.session().received();
            assert!(
                received >= highest,
                "went back from {highest} to {received}"
            );
            highest = received;
        }
        for stale in resume(&mut client, &mut server) {
            // Sent a second time through no fault of ours; it is still taken as it comes.
            event_name(&mut client, &stale);
        }
        assert_eq!(client.session().received(), highest);
    }
}

#[test]
fn calls_under_repeated_ids_are_answered_under_the_id_they_came_with() {
    let mut client = engine(Direction::Client, Config::default());
    let mut server = NpmServer::new();
    resume(&mut client, &mut server);
    sent(&mut client);
    for (round, id) in [1, 0, -1, -2].into_iter().enumerate() {
        let message = server.send(|id| format!("{{call:[{id},'i'],m{round}:[]}}"));
        let incoming = receive(&mut client, &message).unwrap();
        let Incoming::Call(call) = incoming else {
            panic!("{message} is no call")
        };
        assert_eq!(call.id, id);
        assert_eq!(call.method.as_deref(), Some(&*format!("m{round}")));
        assert!(client.callback_ok(id, "[]"));
        assert_eq!(sent(&mut client), [format!("{{callback:[{id}],ok:[]}}")]);
    }
}

#[test]
fn our_own_numbering_goes_on_over_resumes_of_such_a_server() {
    let mut client = engine(Direction::Client, Config::default());
    let mut server = NpmServer::new();
    for round in 1..=4_u32 {
        let id = client
            .call(Instant::now(), "i", "m", "[]", round, false)
            .unwrap();
        assert_eq!(id, u64::from(round));
        for message in sent(&mut client) {
            server.handle(&message);
        }
        server.emit("e");
        let answer = format!("{{callback:[{round}],ok:[]}}");
        let incoming = receive(&mut client, &answer).unwrap();
        assert!(matches!(incoming, Incoming::Callback { token, .. } if token == round));
        resume(&mut client, &mut server);
        assert_eq!(client.session().acknowledged(), u64::from(round));
        assert!(sent(&mut client).is_empty());
    }
}

#[test]
fn a_ping_under_any_id_is_answered_with_it() {
    let mut client = engine(Direction::Client, Config::default());
    for id in [-3, 1, 0, -1] {
        receive(&mut client, &format!("{{ping:[{id}]}}")).unwrap();
        assert_eq!(sent(&mut client), [format!("{{pong:[{id}]}}")]);
    }
    assert_eq!(client.session().received(), 3);
}
