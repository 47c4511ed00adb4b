//! Closures and functions as method handlers.

use serde::de::DeserializeOwned;

use jstp_wire::RemoteError;

use super::{Handler, marker};
use crate::api::{MethodCall, MethodOutcome, Results};
use crate::connection::Connection;
use crate::reply::IntoOutcome;

/// The arguments of `call` as the tuple that a handler takes.
fn parse<T: DeserializeOwned>(call: &MethodCall<'_>) -> Result<T, RemoteError> {
    let args = call.args.ok_or_else(RemoteError::invalid_signature)?;
    args.parse().map_err(|error| {
        tracing::debug!(
            interface = call.interface,
            method = call.method,
            %error,
            "a call was refused for its arguments"
        );
        RemoteError::invalid_signature()
    })
}

macro_rules! impl_handler {
    ($($arg:ident)*) => {
        impl<F, R, M, $($arg),*> Handler<marker::Plain<($($arg,)*), M>> for F
        where
            F: Fn($($arg),*) -> R + Send + Sync + 'static,
            R: IntoOutcome<M>,
            $($arg: DeserializeOwned,)*
        {
            #[allow(non_snake_case)]
            fn handle_call(&self, call: &MethodCall<'_>, results: &mut Results) -> MethodOutcome {
                match parse::<($($arg,)*)>(call) {
                    Ok(($($arg,)*)) => self($($arg),*).into_outcome(results),
                    Err(error) => MethodOutcome::Failed(error),
                }
            }
        }

        impl<F, R, M, $($arg),*> Handler<marker::WithConnection<($($arg,)*), M>> for F
        where
            F: Fn(Connection, $($arg),*) -> R + Send + Sync + 'static,
            R: IntoOutcome<M>,
            $($arg: DeserializeOwned,)*
        {
            #[allow(non_snake_case)]
            fn handle_call(&self, call: &MethodCall<'_>, results: &mut Results) -> MethodOutcome {
                match parse::<($($arg,)*)>(call) {
                    Ok(($($arg,)*)) => {
                        self(call.connection.clone(), $($arg),*).into_outcome(results)
                    }
                    Err(error) => MethodOutcome::Failed(error),
                }
            }
        }
    };
}

impl_handler!();
impl_handler!(A);
impl_handler!(A B);
impl_handler!(A B C);
impl_handler!(A B C D);
impl_handler!(A B C D E);
impl_handler!(A B C D E G);
impl_handler!(A B C D E G H);
impl_handler!(A B C D E G H I);
