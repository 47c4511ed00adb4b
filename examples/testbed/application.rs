//! What the testbed serves, and to whom.
//!
//! Tests that want it in their own process include this file by `#[path]`:
//!
//! ```ignore
//! #[path = "../examples/testbed/application.rs"]
//! mod testbed;
//!
//! let server = testbed::create_server(testbed::options()).listen("127.0.0.1:0").await?;
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jstp::{
    Application, AuthError, AuthRequest, CallOptions, Connection, Interface, Many, RemoteError,
    Server, ServerOptions, SessionHandle, Value, WeakServer, net, value,
};

/// The options of the testbed: its authentication, and no applications yet.
pub(crate) fn options() -> ServerOptions {
    ServerOptions::default().with_auth_policy(authenticate)
}

/// A server with these options and the applications of the testbed. The applications broadcast, so
/// the server has to be there first.
pub(crate) fn create_server(options: ServerOptions) -> Server {
    let server = net::create_server(options);
    server.update_applications(applications(&server.downgrade()));
    server
}

async fn authenticate(request: AuthRequest) -> Result<String, AuthError> {
    let (user, expected) = match request.strategy.as_str() {
        "login" => ("marcus", &["marcus", "aurelius"][..]),
        "token" => ("token-user", &["letmein"][..]),
        _ => return Err(AuthError::Denied),
    };
    let given: Vec<String> = request
        .credentials
        .deserialize()
        .map_err(|_| AuthError::Denied)?;
    if given == expected {
        Ok(user.to_owned())
    } else {
        Err(AuthError::Denied)
    }
}

fn applications(server: &WeakServer) -> Vec<Application> {
    let counters = Counters::default();
    let mut applications: Vec<Application> = ["1.0.0", "1.2.0", "2.0.0"]
        .into_iter()
        .map(|version| {
            named("testbed", version)
                .interface("echo", echo())
                .interface("calculator", calculator())
                .interface("errors", errors())
                .interface("counter", counter(&counters))
                .interface("session", session())
                .interface("events", events(server))
                .interface("connection", connection())
                .interface("reverse", reverse())
        })
        .collect();
    applications.push(named("other", "1.0.0"));
    applications
}

/// An application with the interface `meta` that counts the events its clients send.
fn named(name: &'static str, version: &'static str) -> Application {
    let meta = Interface::new()
        .method("version", move || version)
        .method("name", move || name);
    Application::new(&format!("{name}@{version}"))
        .expect("the names and versions above are valid")
        .interface("meta", meta)
        .event_handler(
            |connection: Connection,
             interface: String,
             event: String,
             _args: jstp::wire::RawBuf| {
                count_event(&connection.session(), &interface, &event);
            },
        )
}

fn echo() -> Interface {
    Interface::new()
        // Text in, text out: nothing that JavaScript can say is lost.
        .method("echo", |value: Value| value)
        .method("many", || Many((1, "two", [3])))
        .method("nothing", || ())
        .method("slow", async |ms: u64, value: Value| {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            value
        })
}

fn calculator() -> Interface {
    Interface::new()
        .method("answer", || 42)
        .method("divide", |a: f64, b: f64| {
            if b == 0.0 {
                return Err(RemoteError::new(1, "Zero division"));
            }
            Ok(a / b)
        })
}

fn errors() -> Interface {
    Interface::new()
        .method("code", |code: f64| Err::<(), _>(RemoteError::from(code)))
        .method("custom", || {
            let info = vec![Value::from("extra"), value!({a: 1})];
            Err::<(), _>(RemoteError::new(1024, "Custom failure").with_info(info))
        })
        .method("internal", internal)
}

fn internal() {
    panic!("a handler of the testbed panics, as it was asked to");
}

/// Counters by name, shared by all applications of a server.
#[derive(Clone, Default)]
struct Counters(Arc<Mutex<HashMap<String, u64>>>);

impl Counters {
    fn add(&self, key: String, n: u64) -> u64 {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counters.entry(key).or_default();
        *count += n;
        *count
    }

    fn get(&self, key: &str) -> u64 {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.get(key).copied().unwrap_or_default()
    }
}

fn counter(counters: &Counters) -> Interface {
    let (incremented, read) = (counters.clone(), counters.clone());
    Interface::new()
        .method("increment", move |key: String| incremented.add(key, 1))
        .method("get", move |key: String| read.get(&key))
}

fn session() -> Interface {
    Interface::new()
        .method("id", |connection: Connection| {
            connection.session_id().to_string()
        })
        .method("username", |connection: Connection| connection.username())
        .method(
            "set",
            |connection: Connection, key: String, value: Value| {
                connection.session().set(key, value);
            },
        )
        .method("get", |connection: Connection, key: String| {
            connection.session().get(&key)
        })
}

fn events(server: &WeakServer) -> Interface {
    let server = server.clone();
    Interface::new()
        .method("emit", emit)
        .method(
            "broadcast",
            move |interface: String, event: String, args: Vec<Value>| {
                let server = server.upgrade();
                async move {
                    if let Some(server) = server {
                        server
                            .broadcast(&interface, &event, args)
                            .await
                            .map_err(refused)?;
                    }
                    Ok::<_, RemoteError>(())
                }
            },
        )
        .method("ticks", |connection: Connection, count: u64, ms: u64| {
            drop(tokio::spawn(tick(connection, count, ms)));
        })
        .method(
            "received",
            |connection: Connection, interface: String, event: String| {
                events_received(&connection.session(), &interface, &event)
            },
        )
}

async fn emit(
    connection: Connection,
    interface: String,
    event: String,
    args: Vec<Value>,
) -> Result<(), RemoteError> {
    connection
        .emit(&interface, &event, args)
        .await
        .map_err(refused)
}

/// An event that the caller asked for cannot be sent.
fn refused(error: impl std::error::Error) -> RemoteError {
    RemoteError::from(error.to_string())
}

/// Emits to a session, whether it has a transport or not, until the session is gone from memory.
async fn tick(connection: Connection, count: u64, ms: u64) {
    let session = connection.downgrade();
    drop(connection);
    // At least a moment, for the callback to go first.
    let mut ticks = tokio::time::interval(Duration::from_millis(ms.max(1)));
    ticks.tick().await;
    for i in 0..count {
        ticks.tick().await;
        let Some(connection) = session.upgrade() else {
            return;
        };
        if connection.emit("events", "tick", (i,)).await.is_err() {
            return;
        }
    }
}

/// Counts in the session's own state, which goes where the session goes.
fn count_event(session: &SessionHandle, interface: &str, event: &str) {
    session.update(event_key(interface, event), |count| {
        Value::from(number(count) + 1.0)
    });
}

fn events_received(session: &SessionHandle, interface: &str, event: &str) -> f64 {
    number(session.get(&event_key(interface, event)).as_ref())
}

fn number(count: Option<&Value>) -> f64 {
    count.and_then(Value::as_f64).unwrap_or_default()
}

/// Unlike any key that a client is likely to use, and different for each pair.
fn event_key(interface: &str, event: &str) -> String {
    format!("$received {interface:?} {event:?}")
}

fn connection() -> Interface {
    // There is no transport that the callback could take.
    Interface::new().method("drop", |connection: Connection| connection.detach())
}

fn reverse() -> Interface {
    Interface::new().method("callMethod", call_back).method(
        "inspect",
        async |connection: Connection, interface: String| {
            let proxy = connection.inspect(&interface).await?;
            Ok::<_, RemoteError>(proxy.methods())
        },
    )
}

async fn call_back(
    connection: Connection,
    interface: String,
    method: String,
    args: Vec<Value>,
) -> Result<Many<Vec<Value>>, RemoteError> {
    let results = connection
        .call_with(&interface, &method, args, CallOptions::default())
        .await?;
    Ok(Many(results.all::<Vec<Value>>()?))
}
