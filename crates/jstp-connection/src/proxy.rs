//! Interfaces of the other side.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, RwLock};
use std::task::{Context, Poll};

use futures_core::Stream;
use jstp_wire::RawBuf;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Connection;
use crate::args::arguments_text;
use crate::call::{CallOptions, CallResults};
use crate::error::{CallError, EmitError};
use crate::queue::{QueueLimits, Received, Receiver, Sender, queue};
use crate::sync::lock;

/// The events kept for a subscriber that is slow.
const LIMITS: QueueLimits = QueueLimits {
    items: 8192,
    bytes: 8 * 1024 * 1024,
};

/// An interface of the other side: calls its methods, emits and receives its events.
///
/// Comes from [`Connection::inspect`], which knows its methods, or from [`Connection::proxy`]. Clones
/// are the same proxy.
#[derive(Clone)]
pub struct RemoteProxy {
    connection: Connection,
    core: Arc<ProxyCore>,
}

/// What the driver needs to know of a proxy.
#[derive(Default)]
pub(crate) struct ProxyCore {
    description: RwLock<Description>,
    subscribers: Mutex<HashMap<String, Vec<Sender<EventArgs>>>>,
}

#[derive(Default)]
struct Description {
    interface: String,
    methods: Vec<String>,
}

impl ProxyCore {
    pub(crate) fn describe(&self, interface: &str, methods: Option<Vec<String>>) {
        let mut description = self
            .description
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        interface.clone_into(&mut description.interface);
        if let Some(methods) = methods {
            description.methods = methods;
        }
    }

    fn description(&self) -> std::sync::RwLockReadGuard<'_, Description> {
        self.description
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Hands an event to those who subscribed to it.
    pub(crate) fn deliver(&self, event: &str, args: &RawBuf) {
        let mut all = lock(&self.subscribers);
        let Some(subscribers) = all.get_mut(event) else {
            return;
        };
        let size = args.as_str().len();
        subscribers.retain(|subscriber| subscriber.send(EventArgs(args.clone()), size));
        if subscribers.is_empty() {
            all.remove(event);
        }
    }

    /// Whether anybody subscribed to an event.
    pub(crate) fn is_watched(&self, event: &str) -> bool {
        lock(&self.subscribers).contains_key(event)
    }
}

impl RemoteProxy {
    pub(crate) fn new(connection: Connection, core: Arc<ProxyCore>) -> Self {
        Self { connection, core }
    }

    /// The name of the interface.
    pub fn interface(&self) -> String {
        self.core.description().interface.clone()
    }

    /// The names of its methods, in the order in which the other side gave them; none before it was
    /// inspected.
    pub fn methods(&self) -> Vec<String> {
        self.core.description().methods.clone()
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Calls a method and gives its first result, as [`Connection::call`].
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        self.connection.call(&self.interface(), method, args).await
    }

    /// Calls a method and gives all its results, as [`Connection::call_many`].
    pub async fn call_many<R: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        self.connection
            .call_many(&self.interface(), method, args)
            .await
    }

    /// Calls a method, again if the answer is lost, as [`Connection::call_with_resend`].
    pub async fn call_with_resend<R: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        self.connection
            .call_with_resend(&self.interface(), method, args)
            .await
    }

    /// Calls a method with options, as [`Connection::call_with`].
    pub async fn call_with(
        &self,
        method: &str,
        args: impl Serialize,
        options: CallOptions,
    ) -> Result<CallResults, CallError> {
        self.connection
            .call_with(&self.interface(), method, args, options)
            .await
    }

    /// Emits an event of the interface to the other side, and to the subscribers here.
    pub async fn emit(&self, event: &str, args: impl Serialize) -> Result<(), EmitError> {
        let args = arguments_text(&args)?;
        self.connection
            .emit_text(&self.interface(), event, &args)
            .await?;
        self.emit_text_locally(event, &args);
        Ok(())
    }

    /// Emits an event to the subscribers here alone; nothing is sent.
    pub fn emit_local(&self, event: &str, args: impl Serialize) -> Result<(), EmitError> {
        let args = arguments_text(&args)?;
        self.emit_text_locally(event, &args);
        Ok(())
    }

    fn emit_text_locally(&self, event: &str, args: &str) {
        if self.core.is_watched(event) {
            self.core.deliver(
                event,
                &RawBuf::from_raw(jstp_wire::RawValue::from_trusted(args)),
            );
        }
    }

    /// The events of this name from now on, whoever emits them: the other side, or
    /// [`emit`](Self::emit) here.
    ///
    /// A stream that holds back nothing: when more than 8,192 events or 8 MiB wait for the subscriber,
    /// further ones are left out and counted ([`Missed`]). To miss none whatever happens, handle
    /// events in the [`Application`](crate::Application) instead.
    pub fn subscribe(&self, event: &str) -> Subscription {
        let (sender, receiver) = queue(LIMITS);
        let mut all = lock(&self.core.subscribers);
        let subscribers = all.entry(event.to_owned()).or_default();
        // Those who unsubscribed from an event that never comes.
        subscribers.retain(Sender::is_watched);
        subscribers.push(sender);
        Subscription { receiver }
    }
}

impl fmt::Debug for RemoteProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let description = self.core.description();
        f.debug_struct("RemoteProxy")
            .field("interface", &description.interface)
            .field("methods", &description.methods)
            .finish_non_exhaustive()
    }
}

/// The arguments of an event.
#[derive(Debug, Clone)]
pub struct EventArgs(RawBuf);

impl EventArgs {
    /// All arguments: into a tuple of exactly as many, or a `Vec`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, jstp_wire::Error> {
        self.0.as_raw().deserialize()
    }

    /// The text of the array.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// So many events are missing: the subscriber was too slow for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} events were missed")]
pub struct Missed(pub u64);

/// The events of one name of an interface. Ends with the connection. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    receiver: Receiver<EventArgs>,
}

impl Subscription {
    /// The arguments of the next event; `None` when the connection is gone.
    pub async fn recv(&mut self) -> Option<Result<EventArgs, Missed>> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<EventArgs, Missed>>> {
        self.receiver.poll_recv(cx).map(|received| {
            received.map(|received| match received {
                Received::Item(args) => Ok(args),
                Received::Missed(count) => Err(Missed(count)),
            })
        })
    }
}

impl Stream for Subscription {
    type Item = Result<EventArgs, Missed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_recv(cx)
    }
}
