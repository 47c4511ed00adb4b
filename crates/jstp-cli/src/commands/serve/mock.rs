//! The applications of a mock server: they look up what the file says now.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jstp_auth::{AuthError, AuthPolicy, AuthRequest};
use jstp_connection::{
    Api, Args, Connection, EventCall, MethodCall, MethodOutcome, PreparedEvent, Results, Version,
};
use jstp_server::{ApplicationIndex, Server, WeakServer};
use jstp_wire::{RemoteError, Value};
use tokio::sync::{Semaphore, mpsc};

use super::spec::{Answer, Emission, Receivers, Spec};

/// How many events may wait for their delay; further ones are left out.
const MAX_WAITING: usize = 10_000;

/// What all applications of one server share.
#[derive(Debug)]
pub(super) struct Shared {
    spec: RwLock<Arc<Spec>>,
    /// Set once the server is there, which needs this first.
    server: OnceLock<WeakServer>,
    waiting: Arc<Semaphore>,
    /// Where calls and events are told of; `None` when nobody wants to know.
    log: Option<mpsc::Sender<String>>,
}

impl Shared {
    pub(super) fn new(spec: Spec, log: Option<mpsc::Sender<String>>) -> Arc<Self> {
        Arc::new(Self {
            spec: RwLock::new(Arc::new(spec)),
            server: OnceLock::new(),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            log,
        })
    }

    /// Says which server serves the applications.
    pub(super) fn set_server(&self, server: WeakServer) {
        // Only the first one counts, and there is no other.
        let _ = self.server.set(server);
    }

    /// What the file says now.
    pub(super) fn spec(&self) -> Arc<Spec> {
        self.spec
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set_spec(&self, spec: Spec) {
        *self.spec.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(spec);
    }

    /// The applications to serve. Clients that are connected see changes of theirs without this.
    pub(super) fn applications(self: &Arc<Self>) -> ApplicationIndex {
        let spec = self.spec();
        let mocks = spec.applications.iter().map(|application| {
            let mock = Mock {
                name: application.name.clone(),
                version: application.version.clone(),
                shared: Arc::clone(self),
            };
            Arc::new(mock) as Arc<dyn Api>
        });
        mocks.collect()
    }

    /// Emits events once their delays have passed. When there are too many, they are left out.
    fn emit(&self, from: &Connection, emissions: &[Emission]) {
        for emission in emissions {
            let Ok(permit) = Arc::clone(&self.waiting).try_acquire_owned() else {
                self.log(|| format!("too many events wait: {emission:?} is left out"));
                return;
            };
            let (emission, weak) = (emission.clone(), from.downgrade());
            let server = self.server.get().cloned();
            tokio::spawn(async move {
                tokio::time::sleep(emission.delay).await;
                match (emission.to, weak.upgrade()) {
                    (Receivers::Caller, Some(caller)) => {
                        // Fails when the caller is gone for good.
                        let _ = emission.event.emit_to(&caller).await;
                    }
                    (Receivers::All, Some(caller)) => {
                        let application = caller.application();
                        let server = server.and_then(|server| server.upgrade());
                        emit_to_all(server.as_ref(), &*application, &emission.event);
                    }
                    (_, None) => {}
                }
                drop(permit);
            });
        }
    }

    /// Says what happened, unless more has happened than could be said.
    fn log(&self, text: impl FnOnce() -> String) {
        if let Some(log) = &self.log {
            let _ = log.try_send(text());
        }
    }
}

/// Emits an event to all clients of one version of an application. Those whose buffers are full miss it.
pub(super) fn emit_to_all(server: Option<&Server>, application: &dyn Api, event: &PreparedEvent) {
    for client in server.map(Server::get_clients).into_iter().flatten() {
        let theirs = client.application();
        if theirs.name() == application.name() && theirs.version() == application.version() {
            let _ = event.try_emit_to(&client);
        }
    }
}

/// One version of an application, of which only the name is fixed.
pub(super) struct Mock {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) shared: Arc<Shared>,
}

impl Mock {
    fn answer(&self, call: &MethodCall<'_>) -> Result<Answer, RemoteError> {
        let spec = self.shared.spec();
        let interface = spec
            .find(&self.name, &self.version)
            .and_then(|application| application.interfaces.get(call.interface))
            .ok_or_else(RemoteError::interface_not_found)?;
        let method = interface
            .method(call.method)
            .ok_or_else(RemoteError::method_not_found)?;
        let args: Value = call
            .args
            .and_then(|args| args.as_raw().deserialize().ok())
            .ok_or_else(RemoteError::invalid_signature)?;
        method.answer(&args).cloned()
    }

    fn log(&self, kind: &str, interface: &str, name: &str, args: Option<Args<'_>>) {
        self.shared.log(|| {
            let args = args.map_or("", |args| args.as_raw().as_str());
            format!(
                "{}@{} {kind} {interface}.{name} {args}",
                self.name, self.version
            )
        });
    }
}

impl Api for Mock {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn call_method(&self, call: MethodCall<'_>, results: &mut Results) -> MethodOutcome {
        self.log("call", call.interface, call.method, call.args);
        let answer = match self.answer(&call) {
            Ok(answer) => answer,
            Err(error) => return MethodOutcome::Failed(error),
        };
        if answer.delay.is_zero() {
            // Spawned, and so emitted after the answer.
            self.shared.emit(call.connection, &answer.emit);
            return write(&answer, results).into();
        }
        let (shared, caller) = (Arc::clone(&self.shared), call.connection.downgrade());
        MethodOutcome::Pending(Box::pin(async move {
            tokio::time::sleep(answer.delay).await;
            if let Some(caller) = caller.upgrade() {
                shared.emit(&caller, &answer.emit);
            }
            let mut results = Results::new();
            write(&answer, &mut results)?;
            Ok(results)
        }))
    }

    fn methods(&self, interface: &str) -> Option<Vec<String>> {
        let spec = self.shared.spec();
        let application = spec.find(&self.name, &self.version)?;
        let methods = application.interfaces.get(interface)?.methods.iter();
        Some(methods.map(|(name, _)| name.clone()).collect())
    }

    fn handle_event(&self, event: EventCall<'_>) -> Option<BoxFuture<'static, ()>> {
        self.log("event", event.interface, event.event, Some(event.args));
        let spec = self.shared.spec();
        let application = spec.find(&self.name, &self.version)?;
        let interface = application.interfaces.get(event.interface)?;
        let emissions = interface.events.get(event.event)?;
        self.shared.emit(event.connection, emissions);
        None
    }
}

fn write(answer: &Answer, results: &mut Results) -> Result<(), RemoteError> {
    let array = answer.outcome.as_ref().map_err(Clone::clone)?;
    results
        .set_raw(array.as_raw())
        .map_err(|_| RemoteError::internal_api_error())
}

/// Lets in whom the file names now.
#[derive(Debug)]
pub(super) struct Door(pub(super) Arc<Shared>);

#[async_trait]
impl AuthPolicy for Door {
    async fn authenticate(&self, request: &AuthRequest) -> Result<String, AuthError> {
        match &self.0.spec().users {
            Some(users) => users.authenticate(request).await,
            None => Err(AuthError::Denied),
        }
    }
}
