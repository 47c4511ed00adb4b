//! From the engine to the handlers.

use std::sync::Arc;
use std::task::Context;

use bytes::Bytes;
use jstp_engine::Incoming;
use jstp_wire::{Call, Event, Inspect, Message, Parsed, RawBuf, RemoteError, decode_text};

use super::Driver;
use super::running::{internal_error, weight};
use crate::api::{Api, EventCall, MethodCall, MethodOutcome, Results};
use crate::args::Args;
use crate::call::{CallResults, CallSlot};
use crate::connection::Connection;
use crate::event::ConnectionEvent;
use crate::shared::State;
use crate::sync::{caught, lock};

/// How many messages that have waited are handled before others get their turn.
const WAITING_BUDGET: usize = 128;

/// What messages are handled with, asked for once for all that have come and not before there is one: others
/// count their handles of it as well.
pub(super) struct Served {
    application: Arc<dyn Api>,
    connection: Connection,
    results: Results,
    /// The call that `results` answer, if the engine has not been given them.
    answered: Option<i64>,
}

impl Served {
    /// Gives the engine the answer that it has not got. That waits for a lock that is taken anyway: for the next
    /// message, before which it goes out. False: there is none.
    #[inline]
    pub(super) fn give_answer(&mut self, state: &mut State, restarts: u64) -> bool {
        let Some(id) = self.answered.take() else {
            return false;
        };
        // In a new session the id is another call's.
        if state.restarts == restarts {
            state.engine.callback_ok(id, self.results.as_str());
        }
        true
    }
}

impl Driver {
    /// `None` when the last handle was dropped, and this driver is about to end.
    pub(super) fn served(&self) -> Option<Served> {
        Some(Served {
            connection: self.connection()?,
            application: self.shared.application(),
            results: Results::new(),
            answered: None,
        })
    }

    /// Gives the engine the answer that it has not got.
    pub(super) fn give_answer(&mut self, served: &mut Served) {
        if served.answered.is_some() {
            let mut state = self.shared.state();
            served.give_answer(&mut state, self.restarts);
            self.paused = !state.engine.wants_input();
        }
    }

    /// Does what a message asks for.
    pub(super) fn dispatch(
        &mut self,
        cx: &mut Context<'_>,
        served: &mut Served,
        incoming: Incoming<'_, Arc<CallSlot>>,
        parsed: &Parsed<'_>,
        frame: &Bytes,
    ) {
        match incoming {
            Incoming::Call(call) => self.take_call(cx, served, call, frame),
            Incoming::Event(event) => self.take_event(cx, served, event, frame),
            Incoming::Inspect(inspect) => self.handle_inspect(served, inspect),
            Incoming::Callback { token, outcome } => {
                self.detail(|| ConnectionEvent::Callback {
                    outcome: outcome
                        .as_ref()
                        .map(|raw| RawBuf::from_raw(*raw))
                        .map_err(|error| (*error).clone()),
                });
                Self::complete(&token, frame, outcome);
            }
            Incoming::Pong { token } => token.complete(Ok(CallResults::none())),
            Incoming::Rejected(rejection) => {
                let reason = rejection.to_string();
                self.report(&ConnectionEvent::MessageRejected {
                    reason,
                    message: frame.clone(),
                });
            }
            _ if matches!(parsed, Parsed::Message(Message::Heartbeat)) => {
                self.detail(|| ConnectionEvent::Heartbeat);
            }
            _ => {}
        }
    }

    /// Handles a call, or lets it wait for handlers to end, or refuses it.
    fn take_call(
        &mut self,
        cx: &mut Context<'_>,
        served: &mut Served,
        call: &Call<'_>,
        frame: &Bytes,
    ) {
        if self.is_idle() {
            return self.handle_call(cx, served, call);
        }
        let size = call.args.map_or(0, weight);
        if !self.has_to_wait(size) {
            self.handle_call(cx, served, call);
        } else if self
            .backlog
            .fits(frame.len(), self.shared.options.max_waiting_bytes)
        {
            self.backlog.push(frame, self.restarts, size);
        } else {
            self.answer_error(call.id, &RemoteError::from("Too many calls in flight"));
        }
    }

    /// Handles an event, or lets it wait for handlers to end. There is room for it to wait, or it would
    /// not have been received.
    fn take_event(
        &mut self,
        cx: &mut Context<'_>,
        served: &Served,
        event: &Event<'_>,
        frame: &Bytes,
    ) {
        let size = if self.is_idle() {
            0
        } else {
            weight(event.args)
        };
        if self.has_to_wait(size) {
            self.backlog.push(frame, self.restarts, size);
        } else {
            self.handle_event(cx, served, event);
        }
    }

    /// Whether no handler is running and none waits.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.backlog.is_empty()
    }

    /// Whether a message has to wait for handlers to end, or for messages that do.
    pub(super) fn has_to_wait(&self, size: usize) -> bool {
        !self.backlog.is_empty() || self.running.is_full(size, &self.shared.options)
    }

    /// Handles messages that have waited, as far as handlers have ended.
    pub(super) fn poll_backlog(&mut self, cx: &mut Context<'_>) {
        if self.backlog.is_empty() {
            return;
        }
        let Some(mut served) = self.served() else {
            return;
        };
        for _ in 0..WAITING_BUDGET {
            let full = self
                .backlog
                .next_size()
                .is_none_or(|size| self.running.is_full(size, &self.shared.options));
            if full || self.paused {
                return;
            }
            let Some(waiting) = self.backlog.pop() else {
                return;
            };
            // A message held back behind the backlog may fit into it now.
            self.again |= self.held.is_some();
            if waiting.restarts == self.restarts {
                self.handle_waiting(cx, &mut served, &waiting.frame);
                self.give_answer(&mut served);
            }
        }
        self.again = true;
    }

    fn handle_waiting(&mut self, cx: &mut Context<'_>, served: &mut Served, frame: &Bytes) {
        // It was read once before it had to wait, without an error.
        let Ok(text) = decode_text(frame) else { return };
        match Message::parse(text, self.shared.options.max_depth) {
            Ok(Parsed::Message(Message::Call(call))) => self.handle_call(cx, served, &call),
            Ok(Parsed::Message(Message::Event(event))) => {
                self.handle_event(cx, served, &event);
            }
            _ => {}
        }
    }

    fn handle_call(&mut self, cx: &mut Context<'_>, served: &mut Served, call: &Call<'_>) {
        self.detail(|| ConnectionEvent::Call {
            interface: call.interface.as_deref().map(ToOwned::to_owned),
            method: call.method.as_deref().map(ToOwned::to_owned),
            args: call.args.map(RawBuf::from_raw),
        });
        match Self::call_method(served, call) {
            MethodOutcome::Done => served.answered = Some(call.id),
            MethodOutcome::Failed(error) => self.answer_error(call.id, &error),
            MethodOutcome::Pending(future) => {
                let size = call.args.map_or(0, weight);
                self.start_call(cx, call.id, future, size);
            }
        }
    }

    fn call_method(served: &mut Served, call: &Call<'_>) -> MethodOutcome {
        let Some(method) = call.method.as_deref() else {
            return MethodOutcome::Failed(RemoteError::invalid_signature());
        };
        let Some(interface) = call.interface.as_deref() else {
            return MethodOutcome::Failed(RemoteError::interface_not_found());
        };
        let args = call.args.and_then(Args::new);
        let Served {
            application,
            connection,
            results,
            ..
        } = served;
        let call = MethodCall::new(connection, interface, method, args);
        results.clear();
        caught("a method", || application.call_method(call, results))
            .unwrap_or_else(|_| MethodOutcome::Failed(internal_error()))
    }

    fn handle_event(&mut self, cx: &mut Context<'_>, served: &Served, event: &Event<'_>) {
        self.detail(|| ConnectionEvent::Event {
            interface: event.interface.as_deref().map(ToOwned::to_owned),
            event: event.name.to_string(),
            args: RawBuf::from_raw(event.args),
        });
        let (Some(interface), Some(args)) = (event.interface.as_deref(), Args::new(event.args))
        else {
            return;
        };
        let proxy = lock(&self.shared.proxies).get(interface).cloned();
        if let Some(proxy) = proxy.filter(|proxy| proxy.is_watched(&event.name)) {
            proxy.deliver(&event.name, &RawBuf::from_raw(event.args));
        }
        let call = EventCall::new(&served.connection, interface, &event.name, args);
        if let Ok(Some(future)) =
            caught("an event handler", || served.application.handle_event(call))
        {
            self.start_event(cx, future, weight(event.args));
        }
    }

    fn handle_inspect(&mut self, served: &Served, inspect: &Inspect<'_>) {
        self.detail(|| ConnectionEvent::Inspect {
            interface: inspect.interface.as_deref().map(ToOwned::to_owned),
        });
        let methods = inspect.interface.as_deref().and_then(|interface| {
            caught("an application", || served.application.methods(interface))
                .ok()
                .flatten()
        });
        match methods {
            Some(methods) => match jstp_wire::to_string(&methods) {
                Ok(text) => self.answer_ok(inspect.id, &text),
                Err(_) => self.answer_error(inspect.id, &internal_error()),
            },
            None => self.answer_error(inspect.id, &RemoteError::interface_not_found()),
        }
    }
}
