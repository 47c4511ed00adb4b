//! Handlers of any shape, without their markers: what an application keeps.

use std::sync::Arc;

use futures_core::future::BoxFuture;
use jstp_wire::RawBuf;

use super::{EventHandler, Handler, IntoEvent};
use crate::api::{EventCall, MethodCall, MethodOutcome, Results};
use crate::connection::Connection;

/// A method handler of any shape.
pub(crate) type ErasedMethod =
    Arc<dyn Fn(&MethodCall<'_>, &mut Results) -> MethodOutcome + Send + Sync>;

/// An event handler of any shape.
pub(crate) type ErasedEvent = Arc<
    dyn Fn(&EventCall<'_>) -> Result<Option<BoxFuture<'static, ()>>, jstp_wire::Error>
        + Send
        + Sync,
>;

/// A handler of whatever event comes.
pub(crate) type ErasedAnyEvent =
    Arc<dyn Fn(&EventCall<'_>) -> Option<BoxFuture<'static, ()>> + Send + Sync>;

pub(crate) fn method<M: 'static>(handler: impl Handler<M>) -> ErasedMethod {
    Arc::new(move |call, results| handler.handle_call(call, results))
}

pub(crate) fn event<M: 'static>(handler: impl EventHandler<M>) -> ErasedEvent {
    Arc::new(move |event| handler.handle_event(event))
}

pub(crate) fn any_event<F, R, M>(handler: F) -> ErasedAnyEvent
where
    F: Fn(Connection, String, String, RawBuf) -> R + Send + Sync + 'static,
    R: IntoEvent<M>,
{
    Arc::new(move |event| {
        handler(
            event.connection.clone(),
            event.interface.to_owned(),
            event.event.to_owned(),
            RawBuf::from_raw(event.args.as_raw()),
        )
        .into_event()
    })
}
