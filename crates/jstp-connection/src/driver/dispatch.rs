//! From the engine to the handlers.

use std::sync::Arc;
use std::task::Context;

use bytes::Bytes;
use jstp_engine::Incoming;
use jstp_wire::{Call, Event, Inspect, RawBuf, RemoteError};

use super::Driver;
use super::running::internal_error;
use crate::api::{Api, EventCall, MethodCall, MethodOutcome};
use crate::args::Args;
use crate::call::{CallResults, CallSlot};
use crate::connection::Connection;
use crate::event::ConnectionEvent;
use crate::sync::{caught, lock};

impl Driver {
    /// Does what a message asks for.
    pub(super) fn dispatch(
        &mut self,
        cx: &mut Context<'_>,
        application: &Arc<dyn Api>,
        incoming: Incoming<'_, Arc<CallSlot>>,
        frame: &Bytes,
        heartbeat: bool,
    ) {
        match incoming {
            Incoming::Call(call) => self.handle_call(cx, application, &call),
            Incoming::Event(event) => self.handle_event(cx, application, &event),
            Incoming::Inspect(inspect) => self.handle_inspect(application, &inspect),
            Incoming::Callback { token, outcome } => {
                self.detail(|| ConnectionEvent::Callback {
                    outcome: outcome
                        .as_ref()
                        .map(|raw| RawBuf::from_raw(*raw))
                        .map_err(Clone::clone),
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
            _ if heartbeat => self.detail(|| ConnectionEvent::Heartbeat),
            _ => {}
        }
    }

    fn handle_call(&mut self, cx: &mut Context<'_>, application: &Arc<dyn Api>, call: &Call<'_>) {
        self.detail(|| ConnectionEvent::Call {
            interface: call.interface.as_deref().map(ToOwned::to_owned),
            method: call.method.as_deref().map(ToOwned::to_owned),
            args: call.args.map(RawBuf::from_raw),
        });
        let Some(connection) = self.connection() else {
            return;
        };
        match self.call_method(application, &connection, call) {
            MethodOutcome::Done => {
                let results = std::mem::take(&mut self.results);
                self.answer_ok(call.id, results.as_str());
                self.results = results;
            }
            MethodOutcome::Failed(error) => self.answer_error(call.id, &error),
            MethodOutcome::Pending(future) => {
                let size = call.args.map_or(0, |args| args.as_str().len());
                if self.running.is_full(size, &self.shared.options) {
                    // Nothing of the method has run: its future was not polled.
                    self.answer_error(call.id, &RemoteError::from("Too many calls in flight"));
                } else {
                    self.start_call(cx, call.id, future, size);
                }
            }
        }
        self.results.clear();
    }

    fn call_method(
        &mut self,
        application: &Arc<dyn Api>,
        connection: &Connection,
        call: &Call<'_>,
    ) -> MethodOutcome {
        let Some(method) = call.method.as_deref() else {
            return MethodOutcome::Failed(RemoteError::invalid_signature());
        };
        let Some(interface) = call.interface.as_deref() else {
            return MethodOutcome::Failed(RemoteError::interface_not_found());
        };
        let call = MethodCall::new(connection, interface, method, call.args.and_then(Args::new));
        let results = &mut self.results;
        caught("a method", || application.call_method(call, results))
            .unwrap_or_else(|_| MethodOutcome::Failed(internal_error()))
    }

    fn handle_event(
        &mut self,
        cx: &mut Context<'_>,
        application: &Arc<dyn Api>,
        event: &Event<'_>,
    ) {
        self.detail(|| ConnectionEvent::Event {
            interface: event.interface.as_deref().map(ToOwned::to_owned),
            event: event.name.to_string(),
            args: RawBuf::from_raw(event.args),
        });
        let Some(connection) = self.connection() else {
            return;
        };
        let (Some(interface), Some(args)) = (event.interface.as_deref(), Args::new(event.args))
        else {
            return;
        };
        let proxy = lock(&self.shared.proxies).get(interface).cloned();
        if let Some(proxy) = proxy.filter(|proxy| proxy.is_watched(&event.name)) {
            proxy.deliver(&event.name, &RawBuf::from_raw(event.args));
        }
        let call = EventCall::new(&connection, interface, &event.name, args);
        if let Ok(Some(future)) = caught("an event handler", || application.handle_event(call)) {
            self.start_event(cx, future, event.args.as_str().len());
        }
    }

    fn handle_inspect(&mut self, application: &Arc<dyn Api>, inspect: &Inspect<'_>) {
        self.detail(|| ConnectionEvent::Inspect {
            interface: inspect.interface.as_deref().map(ToOwned::to_owned),
        });
        let methods = inspect.interface.as_deref().and_then(|interface| {
            caught("an application", || application.methods(interface))
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
