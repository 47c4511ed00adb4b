//! What all the tests share: places to listen on, both kinds of servers, our client end.

use std::fmt::Debug;
use std::time::Duration;

use jstp::{
    Application, Backoff, CallError, Client, Connection, ConnectionEvent, ConnectionEvents,
    Interface, RemoteError, Server, ServerOptions, Value, net, value,
};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use crate::npm::{DEADLINE, NpmPeer};
use crate::place::{Folder, Net, Place, transport};
use crate::testbed;

/// Waits for something that must not take longer than the deadline.
pub(crate) async fn within<F: IntoFuture>(what: &str, future: F) -> F::Output {
    match timeout(DEADLINE, future.into_future()).await {
        Ok(output) => output,
        Err(elapsed) => panic!("{what}: {elapsed}"),
    }
}

/// The npm package serving its testbed.
pub(crate) struct NpmServer {
    pub(crate) peer: NpmPeer,
    pub(crate) place: Place,
    _folder: Folder,
}

impl NpmServer {
    pub(crate) async fn start(net: Net) -> Self {
        Self::start_with(net, json!({})).await
    }

    /// Starts it with further fields of the command `listen`.
    pub(crate) async fn start_with(net: Net, fields: Json) -> Self {
        let peer = NpmPeer::spawn_production().await;
        let folder = Folder::new();
        let place = listen(&peer, &Place::anywhere(net, &folder), fields).await;
        Self {
            peer,
            place,
            _folder: folder,
        }
    }

    /// Connects our client end to it.
    pub(crate) async fn connect(&self) -> Connection {
        connect("testbed@^1.0", client(), &self.place).await
    }
}

/// Our server with the testbed, in this process.
pub(crate) struct OurServer {
    pub(crate) server: Server,
    pub(crate) place: Place,
    _folder: Folder,
}

impl OurServer {
    pub(crate) async fn start(net: Net) -> Self {
        Self::start_with(net, testbed::options()).await
    }

    pub(crate) async fn start_with(net: Net, options: ServerOptions) -> Self {
        Self::listen(net, testbed::create_server(with_transport(options))).await
    }

    /// Serves another application.
    pub(crate) async fn serve(net: Net, application: Application) -> Self {
        let options = with_transport(ServerOptions::new([application]));
        Self::listen(net, net::create_server(options)).await
    }

    async fn listen(net: Net, server: Server) -> Self {
        let folder = Folder::new();
        let place = Place::anywhere(net, &folder);
        let mut ours = Self {
            server,
            place,
            _folder: folder,
        };
        ours.place = ours.listen_also(&ours.place).await;
        ours
    }

    /// Has it listen on a further place; gives the place with the port that it was given.
    pub(crate) async fn listen_also(&self, place: &Place) -> Place {
        let listening = self.server.listen(place.address()).await;
        drop(listening.expect("the address is free"));
        let address = self.server.local_addresses().pop();
        let port = address.and_then(|address| address.as_tcp());
        place.clone().with_port(port.map(|address| address.port()))
    }

    /// Connects the client end of a driver, which serves its application and comes back quickly after
    /// a loss.
    pub(crate) async fn connect(&self, peer: &NpmPeer) -> Json {
        self.connect_with(peer, json!({})).await
    }

    /// Connects the client end of a driver with further fields of the command `connect`.
    pub(crate) async fn connect_with(&self, peer: &NpmPeer, fields: Json) -> Json {
        peer.must(connect_request(&self.place, fields)).await
    }

    /// The one client that is connected.
    pub(crate) async fn client(&self) -> Connection {
        within("a client", async {
            loop {
                if let Some(client) = self.server.get_clients().pop() {
                    return client;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

/// Has a driver listen; gives the place with the port that it was given.
pub(crate) async fn listen(peer: &NpmPeer, place: &Place, fields: Json) -> Place {
    let answer = peer.must(merge(place.request(json!({"cmd": "listen"})), fields));
    let port = answer.await["port"].as_u64();
    place
        .clone()
        .with_port(port.and_then(|port| port.try_into().ok()))
}

/// A request with further fields, or others.
fn merge(mut request: Json, fields: Json) -> Json {
    if let Json::Object(fields) = fields {
        for (key, value) in fields {
            request[key] = value;
        }
    }
    request
}

/// The options with what all transports need.
pub(crate) fn with_transport(mut options: ServerOptions) -> ServerOptions {
    options.transport = transport();
    options
}

/// The request that connects the client end of a driver, some fields of it replaced.
pub(crate) fn connect_request(place: &Place, fields: Json) -> Json {
    let request = json!({
        "cmd": "connect", "app": "testbed@^1.0", "application": true, "reconnect": 5,
    });
    merge(place.request(request), fields)
}

/// Our client end: serves what the driver's client end serves, and comes back quickly after a loss.
pub(crate) fn client() -> Client {
    Client::default()
        .with_application(peer_application())
        .with_reconnector(quick())
}

/// Tries again every few milliseconds.
pub(crate) fn quick() -> Backoff {
    let wait = Duration::from_millis(5);
    Backoff::new(wait, wait, Duration::ZERO)
}

pub(crate) async fn connect(app: &str, client: Client, place: &Place) -> Connection {
    let client = client.with_transport(transport());
    let connection = within("connect", net::connect(app, client, place.address())).await;
    connection.unwrap_or_else(|error| panic!("connecting to {app}: {error}"))
}

/// What our client end serves, as the driver's client end does.
fn peer_application() -> Application {
    let calc = Interface::new()
        .method("add", |a: f64, b: f64| a + b)
        .method("answer", || 42);
    let echo = Interface::new()
        .method("echo", |value: Value| value)
        .method("quiet", |value: Value| value);
    let errors = Interface::new()
        .method("code", |code: i64| {
            Err::<(), _>(RemoteError::from_code(code))
        })
        .method("custom", || Err::<(), _>(custom_failure()))
        .method("internal", || -> u8 {
            panic!("a handler panics, as it was asked to")
        });
    Application::new("peer")
        .expect("the name is valid")
        .interface("calc", calc)
        .interface("echo", echo)
        .interface("errors", errors)
}

/// The error of `errors.custom`.
pub(crate) fn custom_failure() -> RemoteError {
    let info = vec![Value::from("extra"), value!({a: 1})];
    RemoteError::new(1024, "Custom failure").with_info(info)
}

/// Our value for a text.
pub(crate) fn parse(text: &str) -> Value {
    jstp::wire::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A call of ours with any results, within the deadline.
pub(crate) async fn call(
    connection: &Connection,
    interface: &str,
    method: &str,
    args: impl serde::Serialize,
) -> Result<Value, CallError> {
    let what = format!("{interface}.{method}");
    within(&what, connection.call(interface, method, args)).await
}

/// The code of the error that a call ends with.
#[track_caller]
pub(crate) fn code<T: Debug>(outcome: Result<T, CallError>) -> i64 {
    let error = outcome.expect_err("the call fails");
    error.code().unwrap_or_else(|| panic!("no code: {error:?}"))
}

/// The code of the error that a request to a driver ends with.
#[track_caller]
pub(crate) fn npm_code<T: Debug>(outcome: Result<T, Json>) -> i64 {
    let error = outcome.expect_err("the request fails");
    error["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("no code: {error}"))
}

/// Waits for an event of a connection.
pub(crate) async fn event_where(
    events: &mut ConnectionEvents,
    what: &str,
    condition: impl Fn(&ConnectionEvent) -> bool,
) -> ConnectionEvent {
    within(what, async {
        loop {
            let event = events
                .recv()
                .await
                .unwrap_or_else(|| panic!("{what}: the connection is gone"));
            if condition(&event) {
                return event;
            }
        }
    })
    .await
}

/// Pseudo-random numbers that are the same in each run.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`, by a linear congruential generator.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
