//! One of our clients, as the replay sees it.

use jstp::{
    ApplicationName, CallError, CallOptions, Client, Connection, Credentials, SimpleConnectPolicy,
    Value,
};
use tokio::task::JoinHandle;

use super::super::app::{Script, client_application};
use super::super::message::{Message, as_written_without_loss};
use super::super::raw_peer::within;
use super::super::transcript::Transcript;

/// Its results; none for a ping.
type Outcome = JoinHandle<Result<Value, CallError>>;

#[derive(Default)]
pub(super) struct Peer {
    connection: Option<Connection>,
    /// The name of its session.
    pub(super) session: Option<String>,
    /// The connection of the transcript that it goes over.
    pub(super) conn: Option<u64>,
    /// A resume was refused.
    pub(super) refused: bool,
    /// The highest id received.
    pub(super) received: u64,
    acknowledged: u64,
    /// Its numbered messages, the one with id 1 first.
    sent: Vec<Sent>,
    calls: Vec<Call>,
}

struct Sent {
    recorded: String,
    text: String,
}

struct Call {
    id: i64,
    message: Message,
    resend: bool,
    outcome: Outcome,
}

impl Peer {
    pub(super) fn connection(&self) -> Connection {
        self.connection
            .clone()
            .expect("connected before it is used")
    }

    pub(super) fn joined(&mut self, connection: Connection) {
        self.connection = Some(connection);
    }

    pub(super) fn has_sent(&self, message: &Message) -> bool {
        self.sent.iter().any(|sent| sent.recorded == message.text)
    }

    fn last_id(&self) -> i64 {
        i64::try_from(self.sent.len()).expect("few messages")
    }

    /// Sends a numbered message through the API, and gives the text that has to travel.
    pub(super) async fn send(&mut self, message: &Message, resend: bool) -> String {
        let (id, text) = self.number(message);
        let message = Message::parse(&text).expect("it was a message before");
        let connection = self.connection();
        let interface = message.interface().unwrap_or_default().to_owned();
        let (verb, args) = (message.method().to_owned(), message.args());
        let outcome = match message.kind() {
            "event" => {
                connection
                    .try_emit(&interface, &verb, args)
                    .expect("there is room");
                return text;
            }
            "call" => tokio::spawn(async move {
                let options = CallOptions::default().with_resend(resend);
                connection
                    .call_with(&interface, &verb, args, options)
                    .await?
                    .all()
            }),
            "inspect" => tokio::spawn(async move {
                let methods = connection.inspect(&interface).await?.methods();
                Ok(methods.into_iter().collect::<Value>())
            }),
            _ => tokio::spawn(async move {
                connection.ping().await?;
                Ok(Value::Array(Vec::new()))
            }),
        };
        self.calls.push(Call {
            id,
            message,
            resend,
            outcome,
        });
        // It is sent when its future is polled first.
        tokio::task::yield_now().await;
        text
    }

    fn number(&mut self, message: &Message) -> (i64, String) {
        let id = self.last_id() + 1;
        let text = as_written_without_loss(&message.with_id(id));
        self.sent.push(Sent {
            recorded: message.text.clone(),
            text: text.clone(),
        });
        (id, text)
    }

    /// The server has answered: a call of that id has to end with just that.
    pub(super) async fn answered(&mut self, answer: &Message) {
        let Some(id) = answer.id() else { return };
        let last = self.last_id().unsigned_abs();
        self.acknowledged = self.acknowledged.max(id.unsigned_abs().min(last));
        let is_valid = answer.kind() == "pong"
            || answer.ok().is_some_and(Value::is_array)
            || answer.error().is_some_and(Value::is_truthy);
        let Some(at) = self.calls.iter().position(|call| call.id == id) else {
            return;
        };
        let call = self.calls.remove(at);
        if !is_valid {
            // No other answer will come, so the call ends.
            let outcome = within(call.outcome).await.expect("no panic");
            return assert!(outcome.is_err(), "{}: {outcome:?}", answer.text);
        }
        match (
            within(call.outcome).await.expect("no panic"),
            answer.ok(),
            answer.error(),
        ) {
            (Ok(results), Some(expected), _) => assert_eq!(&results, expected, "{}", answer.text),
            (Ok(_), None, None) => {}
            (Err(error), None | Some(Value::Null), Some(expected)) => {
                assert_eq!(error.code(), expected[0].as_i64(), "{}", answer.text);
            }
            (outcome, ..) => panic!("{}: {outcome:?}", answer.text),
        }
    }

    /// The server resumes and says that it has received `count` messages: gives what has to come now.
    /// Calls among the rest have lost their answers, and fail or are made again.
    pub(super) async fn resumed(&mut self, count: u64) -> Vec<String> {
        let base = self
            .acknowledged
            .max(count.min(self.last_id().unsigned_abs()));
        self.acknowledged = base;
        let skipped = usize::try_from(base).expect("few messages");
        let mut texts: Vec<String> = self.sent[skipped..]
            .iter()
            .map(|sent| sent.text.clone())
            .collect();
        let lost: Vec<Call> = self
            .calls
            .extract_if(.., |call| call.id.unsigned_abs() <= base)
            .collect();
        for mut call in lost {
            if call.resend {
                let (id, text) = self.number(&call.message);
                texts.push(text);
                call.id = id;
                self.calls.push(call);
                continue;
            }
            let outcome = within(call.outcome).await.expect("no panic");
            assert!(
                matches!(outcome, Err(CallError::CallbackLost)),
                "{}: {outcome:?}",
                call.message.text
            );
        }
        texts
    }

    /// The server does not know the session any longer: every call has to end.
    pub(super) async fn given_up(&mut self) {
        self.refused = true;
        for call in self.calls.drain(..) {
            let outcome = within(call.outcome).await.expect("no panic");
            assert!(outcome.is_err(), "{}: {outcome:?}", call.message.text);
        }
    }
}

/// What a handshake request asks for.
pub(super) fn application(request: &Message) -> ApplicationName {
    let text = |index| {
        request
            .header(index)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    ApplicationName::new(text(1)).with_version(text(2))
}

/// A client that makes this handshake request.
pub(super) fn client(replay: &Transcript, script: &Script, request: &Message) -> Client {
    let client =
        super::patient(Client::default().with_application(client_application(replay, script)));
    let Some((strategy, credentials)) = request.verb() else {
        return client;
    };
    let policy = if strategy == "login" {
        let (user, password): (String, String) =
            jstp::wire::from_value(credentials).expect("a name and a password");
        SimpleConnectPolicy::login(user, password)
    } else {
        let credentials = Credentials::from_serialize(credentials).expect("a value");
        SimpleConnectPolicy::custom(strategy, credentials).expect("a usable name")
    };
    client.with_connect_policy(policy)
}
