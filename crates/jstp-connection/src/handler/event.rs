//! Closures and functions as event handlers.

use futures_core::future::BoxFuture;
use serde::de::DeserializeOwned;

use super::{EventHandler, marker};
use crate::api::EventCall;
use crate::connection::Connection;

/// What an event handler may return: `()`, or a future of it.
///
/// `M` tells the compiler which of them it is and is never written.
#[diagnostic::on_unimplemented(
    message = "an event handler returns nothing, not `{Self}`",
    label = "events are not answered",
    note = "an event handler returns `()`, or a future of `()` that is `Send + 'static`"
)]
pub trait IntoEvent<M> {
    /// The future that is still to be run, if there is one.
    fn into_event(self) -> Option<BoxFuture<'static, ()>>;
}

impl IntoEvent<marker::Now<()>> for () {
    fn into_event(self) -> Option<BoxFuture<'static, ()>> {
        None
    }
}

impl<F> IntoEvent<marker::Later<()>> for F
where
    F: Future<Output = ()> + Send + 'static,
{
    fn into_event(self) -> Option<BoxFuture<'static, ()>> {
        Some(Box::pin(self))
    }
}

macro_rules! impl_event_handler {
    ($($arg:ident)*) => {
        impl<F, R, M, $($arg),*> EventHandler<marker::Plain<($($arg,)*), M>> for F
        where
            F: Fn($($arg),*) -> R + Send + Sync + 'static,
            R: IntoEvent<M>,
            $($arg: DeserializeOwned,)*
        {
            #[allow(non_snake_case)]
            fn handle_event(
                &self,
                event: &EventCall<'_>,
            ) -> Result<Option<BoxFuture<'static, ()>>, jstp_wire::Error> {
                let ($($arg,)*) = event.args.parse()?;
                Ok(self($($arg),*).into_event())
            }
        }

        impl<F, R, M, $($arg),*> EventHandler<marker::WithConnection<($($arg,)*), M>> for F
        where
            F: Fn(Connection, $($arg),*) -> R + Send + Sync + 'static,
            R: IntoEvent<M>,
            $($arg: DeserializeOwned,)*
        {
            #[allow(non_snake_case)]
            fn handle_event(
                &self,
                event: &EventCall<'_>,
            ) -> Result<Option<BoxFuture<'static, ()>>, jstp_wire::Error> {
                let ($($arg,)*) = event.args.parse()?;
                Ok(self(event.connection.clone(), $($arg),*).into_event())
            }
        }
    };
}

impl_event_handler!();
impl_event_handler!(A);
impl_event_handler!(A B);
impl_event_handler!(A B C);
impl_event_handler!(A B C D);
impl_event_handler!(A B C D E);
impl_event_handler!(A B C D E G);
impl_event_handler!(A B C D E G H);
impl_event_handler!(A B C D E G H I);
