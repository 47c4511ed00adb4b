//! Interfaces of the other side.

mod subscription;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use jstp_wire::{RawBuf, RawValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use subscription::{EventArgs, EventError, Missed, Subscription};

use crate::Connection;
use crate::args::into_arguments_text;
use crate::call::{CallOptions, CallResults};
use crate::error::{CallError, EmitError};
use crate::queue::{QueueLimits, Sender, queue};
use crate::sync::lock;

/// An interface of the other side: calls its methods, emits and receives its events.
///
/// Comes from [`Connection::inspect`], which knows its methods, or from [`Connection::proxy`]. Clones
/// are the same proxy, and keep the connection open.
///
/// ```
/// use jstp_connection::RemoteProxy;
///
/// async fn greet(chat: &RemoteProxy) -> Result<(), Box<dyn std::error::Error>> {
///     let mut said = chat.subscribe("said");
///     let greeting: String = chat.call("greet", ("JSTP",)).await?;
///     chat.emit("say", (greeting,)).await?;
///     if let Some(event) = said.recv_as().await {
///         let (speaker, text): (String, String) = event?;
///         tracing::info!("{speaker}: {text}");
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct RemoteProxy {
    connection: Connection,
    core: Arc<ProxyCore>,
}

/// What the driver needs to know of a proxy.
pub(crate) struct ProxyCore {
    interface: Box<str>,
    methods: Mutex<Vec<String>>,
    subscribers: Mutex<HashMap<String, Vec<Sender<EventArgs>>>>,
    limits: QueueLimits,
}

impl ProxyCore {
    /// A proxy of which no methods are known. `limits` are those of each subscription.
    pub(crate) fn new(interface: &str, limits: QueueLimits) -> Self {
        Self {
            interface: interface.into(),
            methods: Mutex::default(),
            subscribers: Mutex::default(),
            limits,
        }
    }

    /// Takes note of the methods that an inspection has given.
    pub(crate) fn set_methods(&self, methods: Vec<String>) {
        *lock(&self.methods) = methods;
    }

    /// Hands an event to those who subscribed to it.
    pub(crate) fn deliver(&self, event: &str, args: &RawBuf) {
        let mut all = lock(&self.subscribers);
        let Some(subscribers) = all.get_mut(event) else {
            return;
        };
        let size = args.as_str().len();
        subscribers.retain(|subscriber| subscriber.send(EventArgs::new(args.clone()), size));
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
    pub fn interface(&self) -> &str {
        &self.core.interface
    }

    /// The names of its methods, in the order in which the other side gave them; none before it was
    /// inspected.
    pub fn methods(&self) -> Vec<String> {
        lock(&self.core.methods).clone()
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
        self.connection.call(self.interface(), method, args).await
    }

    /// Calls a method and gives all its results, as [`Connection::call_many`].
    pub async fn call_many<R: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        self.connection
            .call_many(self.interface(), method, args)
            .await
    }

    /// Calls a method, again if the answer is lost, as [`Connection::call_with_resend`].
    pub async fn call_with_resend<R: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        self.connection
            .call_with_resend(self.interface(), method, args)
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
            .call_with(self.interface(), method, args, options)
            .await
    }

    /// Emits an event of the interface to the other side, as [`Connection::emit`], and then to the
    /// subscribers here.
    pub async fn emit(&self, event: &str, args: impl Serialize) -> Result<(), EmitError> {
        let args = into_arguments_text(args)?;
        self.connection
            .emit_text(self.interface(), event, &args)
            .await?;
        self.emit_text_locally(event, &args);
        Ok(())
    }

    /// Emits an event to the subscribers here alone; nothing is sent.
    pub fn emit_local(&self, event: &str, args: impl Serialize) -> Result<(), EmitError> {
        let args = into_arguments_text(args)?;
        self.emit_text_locally(event, &args);
        Ok(())
    }

    fn emit_text_locally(&self, event: &str, args: &str) {
        if self.core.is_watched(event) {
            let args = RawBuf::from_raw(RawValue::from_trusted(args));
            self.core.deliver(event, &args);
        }
    }

    /// The events of this name from now on, whoever emits them: the other side, or
    /// [`emit`](Self::emit) here.
    ///
    /// A stream that holds back nothing: when more wait for the subscriber than
    /// [`subscriber_queue`](crate::ConnectionOptions::subscriber_queue) allows, further ones are left
    /// out and counted ([`Missed`]). To miss none whatever happens, handle events in the
    /// [`Application`](crate::Application) instead.
    pub fn subscribe(&self, event: &str) -> Subscription {
        let (sender, receiver) = queue(self.core.limits);
        let mut all = lock(&self.core.subscribers);
        let subscribers = all.entry(event.to_owned()).or_default();
        // Those who unsubscribed from an event that never comes.
        subscribers.retain(Sender::is_watched);
        subscribers.push(sender);
        Subscription::new(receiver)
    }
}

impl fmt::Debug for RemoteProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteProxy")
            .field("interface", &self.interface())
            .field("methods", &self.methods())
            .finish_non_exhaustive()
    }
}
