//! What methods answer with.

use std::any::TypeId;

use jstp_wire::RemoteError;
use serde::Serialize;

use crate::api::{MethodOutcome, Results};
use crate::args::ArgumentsError;
use crate::handler::marker;

/// Several results of a method, given as a tuple or another sequence.
///
/// A handler that returns `Many((1, "two", [3]))` answers `ok:[1,'two',[3]]`; without it the
/// tuple would be the one result, an array: `ok:[[1,'two',[3]]]`.
///
/// ```
/// use jstp_connection::{Interface, Many};
///
/// let interface = Interface::new()
///     .method("divide", |a: i64, b: i64| match a.checked_rem(b) {
///         Some(rest) => Ok(Many((a / b, rest))),
///         None => Err(jstp_wire::RemoteError::from("division by zero")),
///     });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Many<T>(pub T);

/// What a handler may return, as such or from a future.
///
/// - any value that can be serialized: one result; `()` is none
/// - [`Many`] of a tuple or another sequence: several results
/// - a `Result` of one of these and an error that turns into a [`RemoteError`]
///
/// `M` tells the compiler which of them it is and is never written. The error type of a `Result`
/// must not itself be `Serialize` (as texts and numbers are), or the whole could be taken for a
/// value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a method",
    label = "this cannot be sent to the caller",
    note = "a method returns a value that is `Serialize + 'static`, `Many` of a sequence, or a \
            `Result` of these with an error that is `Into<RemoteError>`"
)]
pub trait IntoReply<M> {
    /// Writes the results.
    ///
    /// # Errors
    ///
    /// The error that the caller gets.
    fn into_reply(self, results: &mut Results) -> Result<(), RemoteError>;
}

impl<T: Serialize + 'static> IntoReply<marker::Value> for T {
    fn into_reply(self, results: &mut Results) -> Result<(), RemoteError> {
        if TypeId::of::<T>() == TypeId::of::<()>() {
            results.clear();
            return Ok(());
        }
        results
            .set(&self)
            .map_err(|error| unwritable(&error.into()))
    }
}

impl<T: Serialize + 'static> IntoReply<marker::Several> for Many<T> {
    fn into_reply(self, results: &mut Results) -> Result<(), RemoteError> {
        results
            .set_many(&self.0)
            .map_err(|error| unwritable(&error))
    }
}

impl<T, E, M> IntoReply<marker::Fallible<M>> for Result<T, E>
where
    T: IntoReply<M>,
    E: Into<RemoteError>,
{
    fn into_reply(self, results: &mut Results) -> Result<(), RemoteError> {
        self.map_err(Into::into)?.into_reply(results)
    }
}

/// The answer to a call whose result cannot be written: the caller learns no details.
fn unwritable(error: &ArgumentsError) -> RemoteError {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the result of a method cannot be written"
    );
    RemoteError::internal_api_error()
}

/// What a handler may return: an [`IntoReply`], or a future of one.
///
/// `M` tells the compiler which of them it is and is never written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a method",
    label = "this cannot be sent to the caller",
    note = "a method returns a value that is `Serialize + 'static`, `Many` of a sequence, a \
            `Result` of these with an error that is `Into<RemoteError>`, or a future of all \
            these that is `Send + 'static`"
)]
pub trait IntoOutcome<M> {
    /// Writes the results, or gives the future that will.
    fn into_outcome(self, results: &mut Results) -> MethodOutcome;
}

impl<R, M> IntoOutcome<marker::Now<M>> for R
where
    R: IntoReply<M>,
{
    fn into_outcome(self, results: &mut Results) -> MethodOutcome {
        self.into_reply(results).into()
    }
}

impl<F, M> IntoOutcome<marker::Later<M>> for F
where
    F: Future + Send + 'static,
    F::Output: IntoReply<M>,
{
    fn into_outcome(self, _results: &mut Results) -> MethodOutcome {
        MethodOutcome::Pending(Box::pin(async move {
            let reply = self.await;
            let mut results = Results::new();
            reply.into_reply(&mut results).map(|()| results)
        }))
    }
}
