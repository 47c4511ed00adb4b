//! How often calls and events allocate, on both sides together.
//!
//! Server and clients run on the one thread whose allocations are counted. What a test allows besides the
//! values of the user is for the memory that a few hundred messages share.

use std::future::Future;
use std::time::Duration;

use allocation_counter::AllocationInfo;
use jstp::{Application, Client, Connection, Interface, Server, net};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const DEADLINE: Duration = Duration::from_secs(60);

/// A server of methods and events, and a client of it.
struct Pair {
    runtime: Runtime,
    connection: Connection,
    /// Stops with the last handle.
    _server: Server,
}

impl Pair {
    fn new() -> Self {
        let echo = Interface::new()
            .method("number", |number: i64| number)
            .method("text", |text: String| text)
            .method("later", async |number: i64| number)
            .event("tick", |_: i64| ());
        let app = Application::new("app")
            .expect("a name")
            .interface("echo", echo);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (server, connection) = runtime.block_on(async {
            let server = net::create_server([app]).listen("127.0.0.1:0").await;
            let server = server.expect("a free port");
            let address = server.local_address().expect("it listens").to_string();
            let connection = net::connect("app", Client::default(), address.as_str()).await;
            (server, connection.expect("a connection"))
        });
        Self {
            runtime,
            connection,
            _server: server,
        }
    }

    /// How often each of `count` rounds allocates, once everything has grown to its size.
    fn allocations<F>(&self, count: u32, rounds: impl Fn(Connection, u32) -> F) -> f64
    where
        F: Future<Output = ()>,
    {
        let total = self.measure(count, rounds).count_total;
        f64::from(u32::try_from(total).expect("few")) / f64::from(count)
    }

    /// What `count` rounds allocate, once everything has grown to its size.
    fn measure<F>(&self, count: u32, rounds: impl Fn(Connection, u32) -> F) -> AllocationInfo
    where
        F: Future<Output = ()>,
    {
        let mut counted = AllocationInfo::default();
        for _ in 0..2 {
            counted = allocation_counter::measure(|| {
                let rounds = rounds(self.connection.clone(), count);
                let outcome = self
                    .runtime
                    .block_on(async { tokio::time::timeout(DEADLINE, rounds).await });
                outcome.expect("in time");
            });
        }
        counted
    }
}

/// Makes `count` calls, of which 64 are always under way.
async fn calls_at_once<F>(connection: Connection, count: u32, call: fn(Connection) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let connection = connection.clone();
        callers.spawn(async move {
            for _ in 0..count / 64 {
                call(connection.clone()).await;
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.expect("no panic");
    }
}

async fn number(connection: Connection) {
    let number: i64 = connection
        .call("echo", "number", (7,))
        .await
        .expect("an answer");
    assert_eq!(number, 7);
}

async fn text(connection: Connection) {
    let text: String = connection
        .call("echo", "text", ("some text",))
        .await
        .expect("an answer");
    assert_eq!(text, "some text");
}

async fn later(connection: Connection) {
    let number: i64 = connection
        .call("echo", "later", (7,))
        .await
        .expect("an answer");
    assert_eq!(number, 7);
}

#[test]
fn a_call_allocates_nothing() {
    let each = Pair::new().allocations(5_000, |connection, count| async move {
        for _ in 0..count {
            number(connection.clone()).await;
        }
    });
    assert!(each < 0.01, "{each} per call");
}

#[test]
fn calls_at_the_same_time_allocate_next_to_nothing() {
    let each = Pair::new().allocations(20_000, |connection, count| {
        calls_at_once(connection, count, number)
    });
    assert!(each < 0.04, "{each} per call");
}

#[test]
fn texts_are_allocated_once_on_each_side_by_the_user() {
    let each = Pair::new().allocations(20_000, |connection, count| {
        calls_at_once(connection, count, text)
    });
    assert!(each < 2.05, "{each} per call");
}

#[test]
fn long_texts_take_no_new_memory_but_for_the_users_own() {
    const LENGTH: usize = 1_000_000;
    let calls = 50;
    let counted = Pair::new().measure(calls, |connection, count| async move {
        let long = "x".repeat(LENGTH);
        for _ in 0..count {
            let answer: String = connection
                .call("echo", "text", (&long,))
                .await
                .expect("an answer");
            assert_eq!(answer.len(), LENGTH);
        }
    });
    let texts = counted.bytes_total / LENGTH as u64;
    assert!(texts <= u64::from(2 * calls + 2), "{texts} texts");
}

#[test]
fn the_future_of_an_asynchronous_method_is_allocated() {
    let each = Pair::new().allocations(20_000, |connection, count| {
        calls_at_once(connection, count, later)
    });
    assert!(each < 1.05, "{each} per call");
}

#[test]
fn events_allocate_next_to_nothing() {
    let each = Pair::new().allocations(20_000, |connection, count| async move {
        for _ in 0..count {
            connection.emit("echo", "tick", (7,)).await.expect("room");
        }
        // Answered behind the last event.
        number(connection).await;
    });
    assert!(each < 0.05, "{each} per event");
}
