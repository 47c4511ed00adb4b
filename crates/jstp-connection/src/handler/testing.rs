//! What tests of handlers need.

use std::sync::Arc;

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use jstp_session::{Direction, Session, SessionId};
use jstp_wire::{DEFAULT_MAX_DEPTH, RawValue, RemoteError};

use crate::api::{Api, EventCall, MethodCall, MethodOutcome, Results};
use crate::application::Application;
use crate::args::Args;
use crate::connection::Connection;
use crate::lifecycle;
use crate::options::ConnectionOptions;

/// A connection that was never attached to a transport.
pub(crate) fn connection() -> Connection {
    let session = Session::new(SessionId::from("a session"), Direction::Server);
    let application = Arc::new(Application::default());
    lifecycle::prepare(
        session,
        application,
        ConnectionOptions::default(),
        Arc::new(()),
    )
}

/// The value that `text` is.
pub(crate) fn raw(text: &str) -> RawValue<'_> {
    RawValue::parse(text, DEFAULT_MAX_DEPTH).unwrap()
}

/// Calls a method; gives the results as text. What is pending must not have to wait.
pub(crate) fn call(
    api: &dyn Api,
    interface: &str,
    method: &str,
    args: &str,
) -> Result<String, RemoteError> {
    let connection = connection();
    let args = Args::new(raw(args));
    let call = MethodCall::new(&connection, interface, method, args);
    let mut results = Results::new();
    match api.call_method(call, &mut results) {
        MethodOutcome::Done => Ok(results.as_str().to_owned()),
        MethodOutcome::Failed(error) => Err(error),
        MethodOutcome::Pending(future) => {
            assert_eq!(results.as_str(), "[]");
            let results = future.now_or_never().expect("the handler has to wait");
            results.map(|results| results.as_str().to_owned())
        }
    }
}

/// Hands over an event.
pub(crate) fn emit(
    api: &dyn Api,
    interface: &str,
    event: &str,
    args: &str,
) -> Option<BoxFuture<'static, ()>> {
    let connection = connection();
    let args = Args::new(raw(args)).unwrap();
    api.handle_event(EventCall::new(&connection, interface, event, args))
}
