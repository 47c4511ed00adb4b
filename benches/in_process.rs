//! Both sides of a connection in this process: what is measured without sockets.

use std::time::Instant;

use bytes::Bytes;
use jstp::transport::memory;
use jstp::{
    Api, Application, Args, Client, Connection, Interface, MethodCall, MethodOutcome, Results,
    Server, net,
};
use jstp_engine::{Config, Engine, Incoming};
use jstp_session::{Direction, Session, SessionId};
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed, decode_text};
use tokio::runtime::Runtime;

/// What is called: `calculator.add(a, b)` and `calculator.echo(text)`.
pub(crate) fn application() -> Application {
    let calculator = Interface::new()
        .method("add", |a: i64, b: i64| a.saturating_add(b))
        .method("echo", |text: String| text);
    let application = Application::new("bench").expect("the name is valid");
    application.interface("calculator", calculator)
}

/// One side's protocol machine.
pub(crate) fn engine(direction: Direction) -> Engine<u32> {
    let session = Session::new(SessionId::from("bench"), direction);
    let mut engine = Engine::new(session, Config::default());
    engine.attach(Instant::now());
    engine
}

/// A client and a server in this process, joined by the transport in memory.
pub(crate) async fn connect() -> (Server, Connection) {
    let (listener, connector) = memory::listener();
    let server = net::create_server([application()]).listen(listener).await;
    let connection = net::connect("bench", Client::default(), connector).await;
    (
        server.expect("it listens"),
        connection.expect("it connects"),
    )
}

/// A runtime without threads of its own.
pub(crate) fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime can be made")
}

/// A message that was received.
pub(crate) fn parse(frame: &Bytes) -> Message<'_> {
    let text = decode_text(frame).expect("the message is text");
    let parsed = Message::parse(text, DEFAULT_MAX_DEPTH).expect("the message is valid");
    let Parsed::Message(message) = parsed else {
        panic!("the message was rejected")
    };
    message
}

/// What it means to an engine.
pub(crate) fn receive<'m>(
    engine: &mut Engine<u32>,
    message: &'m Message<'_>,
    now: Instant,
) -> Incoming<'m, u32> {
    engine
        .handle_message(now, message)
        .expect("the message is in order")
}

/// Answers a call as a driver does: looks the handler up, runs it, has the engine write the callback.
pub(crate) fn answer(
    server: &mut Engine<u32>,
    api: &dyn Api,
    connection: &Connection,
    results: &mut Results,
    frame: &Bytes,
    now: Instant,
) -> Bytes {
    let message = parse(frame);
    let Incoming::Call(call) = receive(server, &message, now) else {
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

/// A call is made by one engine, answered by the other, and its answer taken by the first.
pub(crate) fn round_trip(
    client: &mut Engine<u32>,
    server: &mut Engine<u32>,
    api: &dyn Api,
    connection: &Connection,
    results: &mut Results,
    now: Instant,
) {
    client
        .call(now, "calculator", "add", "[40,2]", 7, false)
        .expect("there is room");
    let frame = client.poll_transmit().expect("there is a call");
    let frame = answer(server, api, connection, results, &frame, now);
    let message = parse(&frame);
    let incoming = receive(client, &message, now);
    assert!(matches!(
        incoming,
        Incoming::Callback {
            token: 7,
            outcome: Ok(_)
        }
    ));
}

/// The same call through handles, drivers and runtime.
pub(crate) async fn call(connection: &Connection) {
    let sum: i64 = connection
        .call("calculator", "add", (40, 2))
        .await
        .expect("the call is answered");
    assert_eq!(sum, 42);
}
