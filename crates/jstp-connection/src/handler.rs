#![doc = include_str!("../docs/handlers.md")]

use futures_core::future::BoxFuture;

use crate::api::{EventCall, MethodCall, MethodOutcome, Results};

mod erased;
mod event;
pub mod marker;
mod method;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use erased::{ErasedAnyEvent, ErasedEvent, ErasedMethod, any_event, event, method};
pub use event::IntoEvent;

/// What handles the calls of one method.
///
/// Implemented by closures and functions of up to eight arguments; the [module docs](self) show
/// their shapes. `M` tells the compiler which shape it is and is never written; a type of your
/// own may implement `Handler<()>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle the calls of a method",
    label = "not a method handler",
    note = "a handler is a closure or function, plain or async, that takes an optional leading \
            `Connection` and up to 8 arguments that are `DeserializeOwned` with their types \
            written, and returns a value that is `Serialize + 'static`, `Many`, or a `Result` of \
            these with an error that is `Into<RemoteError>` and not `Serialize`",
    note = "its future and what it captures must be `Send + 'static`; an async closure that \
            captures is written `move |a: u8| {{ let x = x.clone(); async move {{ .. }} }}`"
)]
pub trait Handler<M>: Send + Sync + 'static {
    /// Handles one call: writes the results, fails, or gives a future. Must not block.
    fn handle_call(&self, call: &MethodCall<'_>, results: &mut Results) -> MethodOutcome;
}

/// What handles one kind of event.
///
/// Implemented by closures and functions of up to eight arguments that return `()` or a future
/// of it; the [module docs](self) show their shapes. `M` tells the compiler which shape it is
/// and is never written; a type of your own may implement `EventHandler<()>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle events",
    label = "not an event handler",
    note = "an event handler is a closure or function, plain or async, that takes an optional \
            leading `Connection` and up to 8 arguments that are `DeserializeOwned` with their \
            types written, and returns `()`",
    note = "its future and what it captures must be `Send + 'static`; an async closure that \
            captures is written `move |a: u8| {{ let x = x.clone(); async move {{ .. }} }}`"
)]
pub trait EventHandler<M>: Send + Sync + 'static {
    /// Handles one event, at once or by a future that is run for it. Must not block.
    ///
    /// # Errors
    ///
    /// When the arguments do not fit; the event is ignored then.
    fn handle_event(
        &self,
        event: &EventCall<'_>,
    ) -> Result<Option<BoxFuture<'static, ()>>, jstp_wire::Error>;
}
