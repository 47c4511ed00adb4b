//! The applications that the transcripts were recorded with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jstp::handler::Handler;
use jstp::wire::{DEFAULT_MAX_DEPTH, RawBuf, RawValue};
use jstp::{
    Application, Connection, Interface, Many, MethodCall, MethodOutcome, RemoteError, Results,
    Value,
};
use tokio::sync::oneshot;

use super::message::Message;
use super::raw_peer::until;
use super::transcript::{Side, Transcript};

/// Methods of which the transcripts alone tell what they answer and when.
const SCRIPTED: [(&str, &str); 4] = [
    ("echo", "never"),
    ("echo", "hold"),
    ("echo", "later"),
    ("echo", "fails"),
];

/// What the applications of one replay have in common: the calls that wait for their script, and
/// what has run.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    held: Vec<Held>,
    effects: Vec<String>,
    events: Vec<String>,
}

struct Held {
    interface: String,
    method: String,
    args: String,
    answer: oneshot::Sender<Result<Results, RemoteError>>,
}

impl Script {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The arguments with which `side.effect` was run.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.lock().effects.clone()
    }

    /// The events that were handled, sorted: those of several connections have no order.
    pub(crate) fn events(&self) -> Vec<String> {
        let mut events = self.lock().events.clone();
        events.sort();
        events
    }

    /// Has a held call answer what was recorded.
    pub(crate) async fn release(&self, call: &Message, callback: &Message) {
        let args = jstp::wire::to_string(&call.args()).expect("arguments can be written");
        let (interface, method) = (call.interface().unwrap_or_default(), call.method());
        let is_it =
            |held: &Held| held.interface == interface && held.method == method && held.args == args;
        until(|| self.lock().held.iter().any(is_it)).await;
        let mut inner = self.lock();
        let at = inner.held.iter().position(is_it).expect("seen just now");
        // Fails when the connection was closed meanwhile.
        let _ = inner
            .held
            .remove(at)
            .answer
            .send(recorded_outcome(callback));
    }

    /// Has every held call end now.
    pub(crate) fn release_all(&self) {
        for held in self.lock().held.drain(..) {
            if held.method != "never" {
                let _ = held.answer.send(Ok(Results::new()));
            }
        }
    }
}

fn recorded_outcome(callback: &Message) -> Result<Results, RemoteError> {
    if let Some(Value::Array(error)) = callback.error() {
        return Err(RemoteError::from(error.clone()));
    }
    let mut results = Results::new();
    if let Some(ok) = callback.ok() {
        results.set_many(ok).expect("recorded results are an array");
    }
    Ok(results)
}

/// A method that waits for the script.
struct Scripted(Script);

/// Tells the compiler which handlers these are.
enum ByScript {}

impl Handler<ByScript> for Scripted {
    fn handle_call(&self, call: &MethodCall<'_>, _results: &mut Results) -> MethodOutcome {
        let Some(args) = call.args else {
            return MethodOutcome::Failed(RemoteError::invalid_signature());
        };
        let args: Value = args.as_raw().deserialize().expect("arguments were checked");
        let (answer, answered) = oneshot::channel();
        self.0.lock().held.push(Held {
            interface: call.interface.to_owned(),
            method: call.method.to_owned(),
            args: jstp::wire::to_string(&args).expect("arguments can be written"),
            answer,
        });
        MethodOutcome::Pending(Box::pin(async move {
            match answered.await {
                Ok(outcome) => outcome,
                Err(_) => std::future::pending().await,
            }
        }))
    }
}

/// Whether this is the answer of a method that waits for the script.
pub(crate) fn is_by_script(call: &Message, answer: &Message) -> bool {
    is_scripted(call) && !is_absent(answer)
}

/// Whether a call is answered only when the script says so.
fn is_scripted(call: &Message) -> bool {
    let name = (call.interface().unwrap_or_default(), call.method());
    SCRIPTED.contains(&name) || (call.kind() == "call" && !is_known(name.0, name.1))
}

/// Whether the order in which a call is answered depends on time.
pub(crate) fn is_slow(call: &Message) -> bool {
    is_scripted(call) || call.method() == "slow"
}

fn is_known(interface: &str, method: &str) -> bool {
    let known = known_interfaces("0.0.0", &Script::default());
    let Some((_, found)) = known.iter().find(|(name, _)| *name == interface) else {
        return false;
    };
    found.method_names().iter().any(|name| name == method)
}

/// An application of a server, with everything that the transcript calls.
pub(crate) fn server_application(
    name: &str,
    version: &str,
    replay: &Transcript,
    script: &Script,
) -> Application {
    let interfaces = known_interfaces(version, script);
    let application = Application::new(&format!("{name}@{version}")).expect("a valid version");
    with_scripted(application, interfaces, replay, Side::Client, script)
}

/// What the clients of the transcripts serve: `calc`, and what else the transcript calls.
pub(crate) fn client_application(replay: &Transcript, script: &Script) -> Application {
    let interfaces = vec![("calc", calc())];
    with_scripted(
        Application::default(),
        interfaces,
        replay,
        Side::Server,
        script,
    )
}

/// Adds the methods that `caller` calls with success and that are not known.
fn with_scripted(
    application: Application,
    known: Vec<(&'static str, Interface)>,
    replay: &Transcript,
    caller: Side,
    script: &Script,
) -> Application {
    let known = known
        .into_iter()
        .map(|(name, interface)| (name.to_owned(), interface));
    let recorder = script.clone();
    let application = application.event_handler(
        move |_: Connection, interface: String, event: String, args: RawBuf| {
            let args: Value = args.as_raw().deserialize().expect("arguments were checked");
            recorder
                .lock()
                .events
                .push(event_text(&interface, &event, &args));
        },
    );
    let mut interfaces: BTreeMap<String, Interface> = known.collect();
    for (_, recorded) in replay
        .messages()
        .filter(|(_, recorded)| recorded.from == caller)
    {
        let call = recorded
            .message
            .as_ref()
            .filter(|message| message.kind() == "call");
        let Some((call, interface)) = call.and_then(|call| Some((call, call.interface()?))) else {
            continue;
        };
        let method = call.method();
        if method.is_empty() || !exists(replay, recorded.conn, call) {
            continue;
        }
        let slot = interfaces.entry(interface.to_owned()).or_default();
        if !slot.method_names().iter().any(|name| name == method) {
            *slot = std::mem::take(slot).method(method, Scripted(script.clone()));
        }
    }
    interfaces
        .into_iter()
        .fold(application, |application, (name, interface)| {
            application.interface(name, interface)
        })
}

fn event_text(interface: &str, event: &str, args: &Value) -> String {
    let args = jstp::wire::to_string(args).expect("arguments can be written");
    format!("{interface}.{event} {args}")
}

/// What a handler has to see of an event; `None` when the message is none, or malformed.
pub(crate) fn handled_event(message: &Message) -> Option<String> {
    let is_event = message.kind() == "event" && message.id().is_some();
    let (event, args) = message
        .verb()
        .filter(|(_, args)| is_event && args.is_array())?;
    Some(event_text(message.interface()?, event, args))
}

/// Whether the recording shows that the method called is there.
fn exists(replay: &Transcript, conn: u64, call: &Message) -> bool {
    let sides = [Side::Client, Side::Server].into_iter();
    let mut answers = sides.flat_map(|side| replay.said(conn, side));
    let answer = answers.find(|(_, said)| said.kind() == "callback" && said.id() == call.id());
    !answer.is_some_and(|(_, answer)| is_absent(answer))
}

/// Whether the answer says that there is no such method.
fn is_absent(answer: &Message) -> bool {
    let code = answer.error().and_then(|error| error.get(0)?.as_i64());
    matches!(
        code,
        Some(RemoteError::INTERFACE_NOT_FOUND | RemoteError::METHOD_NOT_FOUND)
    )
}

fn calc() -> Interface {
    Interface::new()
        .method("answer", || 42)
        .method("add", |a: f64, b: f64| a + b)
        .method("divmod", |a: f64, b: f64| Many(((a / b).floor(), a % b)))
}

fn known_interfaces(version: &str, script: &Script) -> Vec<(&'static str, Interface)> {
    let version = version.to_owned();
    let meta = Interface::new().method("version", move || version.clone());
    let effects = script.clone();
    let side = Interface::new().method("effect", move |n: Value| {
        let n = jstp::wire::to_string(&n).expect("a value can be written");
        effects.lock().effects.push(n);
    });
    vec![
        ("meta", meta),
        ("calc", calc()),
        ("echo", echo(script)),
        ("errors", errors()),
        ("session", session()),
        ("side", side),
    ]
}

fn echo(script: &Script) -> Interface {
    let scripted = || Scripted(script.clone());
    Interface::new()
        .method("one", |value: Value| value)
        .method("two", |a: Value, b: Value| Many((a, b)))
        .method(
            "six",
            |a: Value, b: Value, c: Value, d: Value, e: Value, f: Value| Many((a, b, c, d, e, f)),
        )
        .method("nothing", || ())
        .method("slow", async |milliseconds: u64, value: Value| {
            tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
            value
        })
        // A handler of ours answers once.
        .method("twice", || "first")
        .method("never", scripted())
        .method("hold", scripted())
        .method("later", scripted())
        .method("fails", scripted())
}

fn errors() -> Interface {
    type Nothing = Result<(), RemoteError>;
    let custom = || RemoteError::new(1024, "Custom failure");
    Interface::new()
        .method("number", |code: f64| -> Nothing {
            if code == 0.0 {
                Ok(())
            } else {
                Err(RemoteError::from(code))
            }
        })
        .method("text", || -> Nothing {
            Err(RemoteError::from("plain text"))
        })
        .method("error", || -> Nothing {
            Err(RemoteError::from("TypeError: bad type"))
        })
        .method("remote", move || -> Nothing { Err(custom()) })
        .method("info", move || -> Nothing {
            Err(custom().with_info(vec!["extra".into(), jstp::value!({a: 1})]))
        })
        .method("array", || -> Nothing {
            let info = jstp::value!({more: true});
            Err(RemoteError::from(vec![
                Value::from(77),
                Value::from("as array"),
                info,
            ]))
        })
        .method("throws", || -> Nothing {
            panic!("thrown inside the method")
        })
}

fn session() -> Interface {
    Interface::new()
        .method("id", |connection: Connection| {
            connection.session_id().to_string()
        })
        .method("user", |connection: Connection| connection.username())
        .method(
            "set",
            |connection: Connection, key: String, value: Value| {
                connection.session().set(key, value);
            },
        )
        .method("get", |connection: Connection, key: String| {
            connection.session().get(&key).unwrap_or(Value::Null)
        })
}

/// Checks that a recorded text can be read at all.
pub(crate) fn is_readable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        RawValue::parse(text, DEFAULT_MAX_DEPTH).is_ok() && Message::parse(text).is_some()
    })
}
