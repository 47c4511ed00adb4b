//! What the server has to know of a session, as the replay sees it.

use std::collections::HashMap;

use jstp::{CallError, Connection, Value};
use tokio::task::JoinHandle;

use super::super::message::{Message, as_written_without_loss};
use super::super::raw_peer::within;

/// Its results; none for a ping.
type Call = JoinHandle<Result<Value, CallError>>;

pub(super) struct Session {
    /// Ours.
    pub(super) id: String,
    pub(super) application: String,
    pub(super) connection: Connection,
    /// The connection of the transcript that it goes over.
    pub(super) conn: u64,
    /// The server's numbered messages, the one with id -1 first.
    sent: Vec<Sent>,
    /// By the ids of the recording: the ids that they have here, the latest last; `None` where the
    /// message should not have been sent.
    aliases: HashMap<i64, Vec<Option<i64>>>,
    /// The highest id that the client was sent.
    pub(super) delivered: u64,
    acknowledged: u64,
    calls: HashMap<i64, Call>,
}

struct Sent {
    recorded: String,
    text: String,
}

impl Session {
    pub(super) fn new(id: String, application: String, connection: Connection, conn: u64) -> Self {
        Self {
            id,
            application,
            connection,
            conn,
            sent: Vec::new(),
            aliases: HashMap::new(),
            delivered: 0,
            acknowledged: 0,
            calls: HashMap::new(),
        }
    }

    pub(super) fn has_sent(&self, message: &Message) -> bool {
        self.sent.iter().any(|sent| sent.recorded == message.text)
    }

    /// Gives a new message its id; its text as it has to travel.
    pub(super) fn number(&mut self, message: &Message) -> String {
        let id = self.last_id() - 1;
        let text = as_written_without_loss(&message.with_id(id));
        self.sent.push(Sent {
            recorded: message.text.clone(),
            text: text.clone(),
        });
        text
    }

    pub(super) fn last_id(&self) -> i64 {
        -i64::try_from(self.sent.len()).expect("few messages")
    }

    /// The text of the message sent last that was recorded like this.
    pub(super) fn last_text(&self) -> String {
        self.sent.last().expect("sent just now").text.clone()
    }

    /// The client sees a message as it was recorded, and that has the id `here` now.
    pub(super) fn alias(&mut self, message: &Message, here: Option<i64>) {
        if let Some(id) = message.id().filter(|_| message.is_asking()) {
            self.aliases.entry(id).or_default().push(here);
        }
    }

    /// What the client's answer to `id` has to answer here.
    pub(super) fn answered(&mut self, id: i64) -> Option<i64> {
        let here = match self.aliases.get_mut(&id).and_then(Vec::pop) {
            Some(here) => here?,
            // An answer to something that was never asked is passed on.
            None => id,
        };
        let last = self.last_id().unsigned_abs();
        self.acknowledged = self.acknowledged.max(here.unsigned_abs().min(last));
        Some(here)
    }

    pub(super) fn add_call(&mut self, id: i64, call: Call) {
        self.calls.insert(id, call);
    }

    /// The call of the server has to end as the client answers.
    pub(super) async fn check_answer(&mut self, id: i64, answer: &Message) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        let outcome = within(call).await.expect("no panic");
        match (outcome, answer.error()) {
            (Ok(results), _) => {
                let none = Value::Array(Vec::new());
                assert_eq!(&results, answer.ok().unwrap_or(&none), "{}", answer.text);
            }
            (Err(error), Some(expected)) => {
                assert_eq!(error.code(), expected[0].as_i64(), "{}", answer.text);
            }
            (Err(error), None) => panic!("{}: {error}", answer.text),
        }
    }

    /// The client resumes and says that it has received `count` messages: gives what has to be sent
    /// again. Calls among the rest have lost their answers.
    pub(super) async fn resume(&mut self, count: u64, burst: &[&Message]) -> Vec<String> {
        let last = self.last_id().unsigned_abs();
        let base = self.acknowledged.max(count.min(last));
        self.acknowledged = base;
        self.delivered = last;
        for message in burst {
            let sent = self
                .sent
                .iter()
                .rposition(|sent| sent.recorded == message.text);
            let id = sent
                .and_then(|at| i64::try_from(at + 1).ok())
                .filter(|id| id.unsigned_abs() > base);
            self.alias(message, id.map(|id| -id));
        }
        for (_, call) in self.calls.extract_if(|id, _| id.unsigned_abs() <= base) {
            let outcome = within(call).await.expect("no panic");
            assert!(
                matches!(outcome, Err(CallError::CallbackLost)),
                "{outcome:?}"
            );
        }
        let base = usize::try_from(base).expect("few messages");
        self.sent[base..]
            .iter()
            .map(|sent| sent.text.clone())
            .collect()
    }
}
