//! A server to be maltreated, and a scale.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use jstp::{
    Application, Client, Connection, Interface, RemoteError, Server, ServerOptions, Value, net,
};
use tokio::net::TcpListener;

use crate::raw_peer::{DEADLINE, Heard, RawPeer, within};

pub(crate) const MIB: usize = 1024 * 1024;

/// Tells the process of a test that weighs itself from that of all tests.
const ALONE: &str = "JSTP_TEST_ALONE";

/// Whether this is a process in which nothing but the test of this name runs, so that it can weigh
/// itself. If not, the test is run in such a process.
pub(crate) fn is_own_process(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("the program that runs");
    let child = std::process::Command::new(program)
        .args([test, "--exact", "--test-threads=1"])
        .env(ALONE, "1")
        .output()
        .expect("it can be run again");
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && output.contains("1 passed"),
        "{}: {output}{}",
        child.status,
        String::from_utf8_lossy(&child.stderr)
    );
    false
}

/// The memory that the process holds, in bytes; 0 where the system does not tell.
pub(crate) fn resident_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    let kib = line
        .split_whitespace()
        .next()
        .and_then(|kib| kib.parse::<usize>().ok());
    kib.unwrap_or(0) * 1024
}

/// What the handlers of the server have seen.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<i64>>>);

impl Seen {
    pub(crate) fn all(&self) -> Vec<i64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, number: i64) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(number);
    }
}

pub(crate) fn application(seen: &Seen) -> Application {
    let (calls, late, events) = (seen.clone(), seen.clone(), seen.clone());
    Application::new("app")
        .expect("a valid name")
        .interface(
            "calc",
            Interface::new()
                .method("answer", || 42)
                .method("add", |a: f64, b: f64| a + b),
        )
        .interface("echo", Interface::new().method("one", |value: Value| value))
        .interface(
            "bulk",
            Interface::new()
                .method("text", |length: usize| "x".repeat(length))
                .method("later", async |milliseconds: u64, length: usize| {
                    tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
                    "x".repeat(length)
                }),
        )
        .interface(
            "feed",
            Interface::new().method("emit", async |connection: Connection, value: Value| {
                let emitted = connection.emit("feed", "item", (value,)).await;
                emitted.map_err(|_| RemoteError::from("Not emitted"))
            }),
        )
        .interface(
            "log",
            Interface::new()
                .method("note", move |number: i64| calls.add(number))
                .method("later", move |milliseconds: u64, number: i64| {
                    let late = late.clone();
                    async move {
                        tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
                        late.add(number);
                    }
                })
                .event("said", move |number: i64| events.add(number)),
        )
        .interface(
            "bad",
            Interface::new()
                .method("panics", || -> i64 { panic!("as asked") })
                .method("panicsLater", async || -> i64 {
                    tokio::task::yield_now().await;
                    panic!("as asked")
                })
                .method("never", async || std::future::pending::<i64>().await),
        )
}

/// A server and where it listens.
pub(crate) struct Host {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    pub(crate) seen: Seen,
}

impl Host {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options).await
    }

    pub(crate) async fn with(change: impl FnOnce(ServerOptions) -> ServerOptions) -> Self {
        let seen = Seen::default();
        let options = change(ServerOptions::from([application(&seen)]));
        let server = net::create_server(options)
            .listen("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = server.local_address().and_then(|address| address.as_tcp());
        Self {
            server,
            address: address.expect("a port"),
            seen,
        }
    }

    /// A raw client whose handshake is done.
    pub(crate) async fn join(&self) -> RawPeer {
        RawPeer::join(self.address, "app").await
    }

    /// A client that behaves.
    pub(crate) async fn good_client(&self) -> Connection {
        let client = Client::default().without_reconnector();
        within(net::connect("app", client, self.address))
            .await
            .expect("the server lets everybody in")
    }

    /// Somebody new is served, even if the time for a handshake is short and the machine busy.
    pub(crate) async fn is_well_in_the_end(&self) {
        let connect = || net::connect("app", Client::default().without_reconnector(), self.address);
        within(async { while connect().await.is_err() {} }).await;
    }

    /// Somebody new is served as if nothing had happened.
    pub(crate) async fn is_well(&self) {
        let client = self.good_client().await;
        let answer: i64 = within(client.call("calc", "answer", ()))
            .await
            .expect("an answer");
        assert_eq!(answer, 42);
        client.close().await;
    }
}

/// Calls with these ids, each ended by a NUL; `rest` makes the message from the id on.
pub(crate) fn calls(ids: Range<u32>, rest: impl Fn(u32) -> String) -> String {
    let texts: Vec<String> = ids
        .map(|id| format!("{{call:[{id},{}\0", rest(id)))
        .collect();
    texts.concat()
}

/// The connection goes on: a call is answered next.
pub(crate) async fn goes_on(peer: &mut RawPeer, id: i64) {
    peer.send(&format!("{{call:[{id},'calc'],answer:[]}}"))
        .await;
    peer.expect(&format!("{{callback:[{id}],ok:[42]}}")).await;
}

/// Everything that comes before the other side closes.
pub(crate) async fn last_words(peer: &mut RawPeer) -> Vec<String> {
    let mut words = Vec::new();
    loop {
        match peer.hear(DEADLINE).await {
            Heard::Message(message) => words.push(message),
            Heard::End => return words,
            Heard::Silence => panic!("not closed, after {words:?}"),
        }
    }
}

/// One of our clients, and the raw server that it has connected to.
pub(crate) async fn client_of_raw_server() -> (Connection, RawPeer) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    let client = Client::default().without_reconnector();
    let connect = tokio::spawn(net::connect("app", client, address));
    let mut peer = RawPeer::accept(&listener).await;
    peer.expect("{handshake:[0,'app']}").await;
    peer.send("{handshake:[0],ok:'a session'}").await;
    (
        within(connect)
            .await
            .expect("no panic")
            .expect("a connection"),
        peer,
    )
}
