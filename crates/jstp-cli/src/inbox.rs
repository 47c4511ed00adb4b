//! The events that the other side emits to this program: all of them, in order.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jstp_connection::{Api, EventCall, MethodCall, MethodOutcome, Results, Version};
use jstp_wire::{RemoteError, Value};
use tokio::sync::{Semaphore, mpsc};

use crate::failure::Failure;
use crate::output::{NAME, Output, Printable, paint};
use crate::render::list_text;

/// How many events may wait to be shown. Beyond it the connection reads no further, so that the other side
/// has to wait.
const CAPACITY: usize = 1024;

/// An event that was received.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    pub(crate) interface: String,
    pub(crate) event: String,
    pub(crate) args: Vec<Value>,
}

impl Received {
    /// `INTERFACE.EVENT ARGS`, the arguments with commas between them.
    pub(crate) fn line(&self, output: &Output) -> Result<String, Failure> {
        let color = output.has_color();
        let name = format!("{}.{}", self.interface, self.event);
        let mut line = paint(color, NAME, Printable(&name)).to_string();
        let args = list_text(&self.args)?;
        if !args.is_empty() {
            line.push(' ');
            line.push_str(&output.for_reader(&args));
        }
        Ok(line)
    }
}

/// Makes an application that takes all events, and the inbox they go to.
pub(crate) fn inbox() -> (Recipient, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(CAPACITY));
    let recipient = Recipient {
        version: Version::new(1, 0, 0),
        sender,
        room: room.clone(),
    };
    (recipient, Inbox { receiver, room })
}

/// What this program serves: no interfaces, but it takes events of all.
#[derive(Debug)]
pub(crate) struct Recipient {
    version: Version,
    sender: mpsc::UnboundedSender<Received>,
    room: Arc<Semaphore>,
}

impl Api for Recipient {
    fn name(&self) -> &'static str {
        "jstp"
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn call_method(&self, _call: MethodCall<'_>, _results: &mut Results) -> MethodOutcome {
        MethodOutcome::Failed(RemoteError::interface_not_found())
    }

    fn methods(&self, _interface: &str) -> Option<Vec<String>> {
        None
    }

    /// Takes the event at once, to keep the order. When many are waiting, the future that it gives does not
    /// end before there is room, and unfinished ones stop the reading.
    fn handle_event(&self, event: EventCall<'_>) -> Option<BoxFuture<'static, ()>> {
        let received = Received {
            interface: event.interface.to_owned(),
            event: event.event.to_owned(),
            // The connection has checked the text.
            args: event.args.parse().unwrap_or_default(),
        };
        // Fails when nobody wants events any longer.
        self.sender.send(received).ok()?;
        if let Ok(permit) = self.room.try_acquire() {
            permit.forget();
            return None;
        }
        let room = self.room.clone();
        Some(Box::pin(async move {
            if let Ok(permit) = room.acquire().await {
                permit.forget();
            }
        }))
    }
}

/// The events that were received.
#[derive(Debug)]
pub(crate) struct Inbox {
    receiver: mpsc::UnboundedReceiver<Received>,
    room: Arc<Semaphore>,
}

impl Inbox {
    /// The next event; `None` when there can be no further ones.
    pub(crate) async fn next(&mut self) -> Option<Received> {
        let received = self.receiver.recv().await;
        if received.is_some() {
            self.room.add_permits(1);
        }
        received
    }
}
