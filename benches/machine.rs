//! Messages on their way through the protocol machine, without sockets.
//!
//! See `benches/README.md`.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use jstp::transport::memory;
use jstp::{
    Api, Application, Args, Client, Connection, Interface, MethodCall, MethodOutcome, Results,
    Server, net,
};
use jstp_engine::{Config, Engine, Incoming};
use jstp_session::{Direction, Session, SessionId};
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed, decode_text};
use tokio::runtime::Runtime;

/// Calls under way at once where there are several.
const IN_FLIGHT: usize = 64;

fn application() -> Application {
    let calculator = Interface::new().method("add", |a: i64, b: i64| a.saturating_add(b));
    let application = Application::new("bench").expect("the name is valid");
    application.interface("calculator", calculator)
}

fn engine(direction: Direction) -> Engine<u32> {
    let session = Session::new(SessionId::from("bench"), direction);
    let mut engine = Engine::new(session, Config::default());
    engine.attach(Instant::now());
    engine
}

/// A client and a server in this process, joined by the transport in memory.
async fn connect() -> (Server, Connection) {
    let (listener, connector) = memory::listener();
    let server = net::create_server([application()]).listen(listener).await;
    let connection = net::connect("bench", Client::default(), connector).await;
    (
        server.expect("it listens"),
        connection.expect("it connects"),
    )
}

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime can be made")
}

fn receive<'f>(engine: &mut Engine<u32>, frame: &'f Bytes, now: Instant) -> Incoming<'f, u32> {
    let text = decode_text(frame).expect("the message is text");
    let parsed = Message::parse(text, DEFAULT_MAX_DEPTH).expect("the message is valid");
    let Parsed::Message(message) = parsed else {
        panic!("the message was rejected")
    };
    engine
        .handle_message(now, message)
        .expect("the message is in order")
}

/// Answers a call as a driver does: looks the handler up, runs it, has the engine write the callback.
fn answer(
    server: &mut Engine<u32>,
    api: &dyn Api,
    connection: &Connection,
    results: &mut Results,
    frame: &Bytes,
    now: Instant,
) -> Bytes {
    let Incoming::Call(call) = receive(server, frame, now) else {
        panic!("not a call")
    };
    let (interface, method) = (call.interface.as_deref(), call.method.as_deref());
    let call_of_method = MethodCall::new(
        connection,
        interface.expect("the call has an interface"),
        method.expect("the call has a method"),
        call.args.and_then(Args::new),
    );
    let outcome = api.call_method(call_of_method, results);
    assert!(matches!(outcome, MethodOutcome::Done), "{outcome:?}");
    server.callback_ok(call.id, results.as_str());
    server.poll_transmit().expect("there is a callback")
}

/// A call comes in, its handler is found and run, its callback goes out.
fn one_side(criterion: &mut Criterion) {
    let runtime = runtime();
    // Handlers are given a connection.
    let (_server, connection) = runtime.block_on(connect());
    let api = application();
    let mut results = Results::new();
    let mut server = engine(Direction::Server);
    let frame = Bytes::from_static(b"{call:[1,'calculator'],add:[40,2]}");
    let now = Instant::now();
    criterion.bench_function("machine/call to callback", |bencher| {
        bencher.iter(|| {
            let frame = black_box(&frame);
            answer(&mut server, &api, &connection, &mut results, frame, now)
        });
    });
}

/// A call is made by one engine, answered by the other, and its answer taken by the first.
fn back_to_back(criterion: &mut Criterion) {
    let runtime = runtime();
    let (_server, connection) = runtime.block_on(connect());
    let api = application();
    let mut results = Results::new();
    let (mut client, mut server) = (engine(Direction::Client), engine(Direction::Server));
    let now = Instant::now();
    criterion.bench_function("machine/two engines", |bencher| {
        bencher.iter(|| {
            client
                .call(now, "calculator", "add", "[40,2]", 7, false)
                .expect("there is room");
            let frame = client.poll_transmit().expect("there is a call");
            let frame = answer(&mut server, &api, &connection, &mut results, &frame, now);
            let incoming = receive(&mut client, &frame, now);
            assert!(matches!(
                incoming,
                Incoming::Callback {
                    token: 7,
                    outcome: Ok(_)
                }
            ));
        });
    });
}

/// The same with all that stands around the engines: handles, drivers, runtime.
fn connections(criterion: &mut Criterion) {
    let runtime = runtime();
    let (_server, connection) = runtime.block_on(connect());
    let call = async || {
        let sum: i64 = connection
            .call("calculator", "add", (40, 2))
            .await
            .expect("the call is answered");
        assert_eq!(sum, 42);
    };
    criterion.bench_function("machine/connection, 1 in flight", |bencher| {
        bencher.iter(|| runtime.block_on(call()));
    });
    let mut group = criterion.benchmark_group("machine");
    group.throughput(Throughput::Elements(IN_FLIGHT as u64));
    group.bench_function("connection, 64 in flight", |bencher| {
        bencher.iter(|| runtime.block_on(join_all((0..IN_FLIGHT).map(|_| call()))));
    });
    group.finish();
}

criterion_group!(benches, one_side, back_to_back, connections);
criterion_main!(benches);
