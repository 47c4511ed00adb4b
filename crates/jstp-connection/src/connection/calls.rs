//! Calls of the other side's methods, and what is answered likewise: introspections and pings.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use jstp_engine::SendError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Connection;
use crate::args::into_arguments_text;
use crate::call::{CallOptions, CallResults, CallSlot, WhenFull};
use crate::error::CallError;
use crate::proxy::RemoteProxy;
use crate::scratch::Scratch;
use crate::shared::{Shared, State};
use crate::sync::now;

impl Connection {
    /// Calls a method of the other side and gives its first result.
    ///
    /// `args` is anything that serializes to an array, such as a tuple; `()` is no arguments. A method
    /// without results gives `()` or `None`; for several use [`call_many`](Self::call_many).
    ///
    /// While the connection is lost the call waits in the session's buffer, and while that is full for
    /// room. It is sent at most once to its method. Dropping the future forgets the call: once it was
    /// polled the message is sent all the same.
    ///
    /// # Errors
    ///
    /// [`CallError::Remote`] with what the other side answered; [`CallError::CallbackLost`] when the
    /// connection was lost between the call and its answer; further as [`CallError`] says.
    pub async fn call<R: DeserializeOwned>(
        &self,
        interface: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        let args = into_arguments_text(args)?;
        self.call_text(interface, method, args, WhenFull::Wait, false)
            .await?
            .first()
    }

    /// As [`call`](Self::call), but gives all results, as a tuple or a `Vec`.
    pub async fn call_many<R: DeserializeOwned>(
        &self,
        interface: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        self.call_with(interface, method, args, CallOptions::default())
            .await?
            .all()
    }

    /// As [`call`](Self::call), but makes the call again when its answer was lost with the connection:
    /// the method may run more than once.
    pub async fn call_with_resend<R: DeserializeOwned>(
        &self,
        interface: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, CallError> {
        let options = CallOptions::default().with_resend(true);
        self.call_with(interface, method, args, options)
            .await?
            .first()
    }

    /// As [`call`](Self::call), with options, and gives the results undecoded.
    pub async fn call_with(
        &self,
        interface: &str,
        method: &str,
        args: impl Serialize,
        options: CallOptions,
    ) -> Result<CallResults, CallError> {
        let args = into_arguments_text(args)?;
        let call = self.call_text(interface, method, args, options.when_full, options.resend);
        match options.timeout {
            None => call.await,
            Some(timeout) => tokio::time::timeout(timeout, call)
                .await
                .unwrap_or(Err(CallError::Timeout)),
        }
    }

    /// Makes a call with the text of its arguments. A call without a timeout is this alone: thousands may be
    /// under way, and the smaller their futures are the more of them are in the processor's cache.
    fn call_text<'a>(
        &'a self,
        interface: &'a str,
        method: &'a str,
        args: Scratch,
        when_full: WhenFull,
        resend: bool,
    ) -> impl Future<Output = Result<CallResults, CallError>> {
        self.answer_to(when_full, move |state, slot| {
            let now = state.time();
            state
                .engine
                .call(now, interface, method, &args, slot, resend)
        })
    }

    /// Asks for the methods of an interface of the other side. The proxy is also kept in
    /// [`proxies`](Self::proxies).
    ///
    /// # Errors
    ///
    /// [`CallError::Remote`] with code 12 when the other side has no such interface; further as
    /// [`call`](Self::call).
    pub async fn inspect(&self, interface: &str) -> Result<RemoteProxy, CallError> {
        let methods = self
            .answer_to(WhenFull::Wait, |state, slot| {
                state.engine.inspect(now(), interface, slot)
            })
            .await?
            .all::<Vec<String>>()?;
        Ok(self.proxy_with_methods(interface, Some(methods)))
    }

    /// Sends a ping and gives the time until its answer.
    pub async fn ping(&self) -> Result<Duration, CallError> {
        let start = tokio::time::Instant::now();
        self.answer_to(WhenFull::Wait, |state, slot| state.engine.ping(slot))
            .await?;
        Ok(start.elapsed())
    }

    /// Makes a call by `send` and waits for its answer.
    #[expect(
        clippy::manual_async_fn,
        reason = "the future of a function has room for its arguments twice"
    )]
    fn answer_to(
        &self,
        when_full: WhenFull,
        send: impl Fn(&mut State, Arc<CallSlot>) -> Result<u64, SendError>,
    ) -> impl Future<Output = Result<CallResults, CallError>> {
        async move {
            let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            let slot = CallSlot::take(waker);
            let attempt = |state: &mut State| {
                let id = send(state, slot.clone())?;
                slot.set_id(id);
                Ok(())
            };
            // As a rule there is room, and this is still the poll that the waker is of.
            let mut is_registered = true;
            match self.shared().command(attempt) {
                Err(SendError::Full) if when_full == WhenFull::Wait => {
                    Box::pin(self.send_when_room(attempt)).await?;
                    is_registered = false;
                }
                other => other?,
            }
            // The message has the arguments.
            drop(send);
            self.answer_in(slot, is_registered).await
        }
    }

    /// Waits for the answer to a call that was made. `is_registered` tells that the slot knows the waker of
    /// this poll.
    async fn answer_in(
        &self,
        slot: Arc<CallSlot>,
        mut is_registered: bool,
    ) -> Result<CallResults, CallError> {
        let mut call = CallGuard {
            shared: self.shared(),
            slot: &slot,
            is_done: false,
        };
        let answer = poll_fn(|cx| {
            if std::mem::take(&mut is_registered) {
                return Poll::Pending;
            }
            let polled = call.slot.poll(cx);
            call.is_done = polled.is_ready();
            polled
        })
        .await;
        drop(call);
        CallSlot::leave(slot);
        answer
    }
}

/// Forgets a call that nobody waits for any longer.
struct CallGuard<'a> {
    shared: &'a Shared,
    slot: &'a Arc<CallSlot>,
    is_done: bool,
}

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        // Under the lock, since a resume may be giving the call another id.
        let mut state = self.shared.state();
        let is_meant = |token: &Arc<CallSlot>| Arc::ptr_eq(token, self.slot);
        state.engine.forget_call(self.slot.id(), is_meant);
    }
}
