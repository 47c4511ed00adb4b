//! From the transport to the engine.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use jstp_transport::intake::poll_within;
use jstp_wire::{Message, Parsed, RemoteError, decode_text};

use super::Driver;
use super::dispatch::Served;
use super::running::weight;
use crate::budget::FREE;
use crate::call::{CallResults, CallSlot};
use crate::event::{CloseReason, ConnectionEvent};
use crate::sync::now;

/// How many messages are handled before others get their turn.
const BUDGET: usize = 128;
/// How many are handled before their answers are written by a connection that is the only busy one of
/// its thread: the other side can go on with these while the next ones are handled. Where others wait
/// for their turn, fewer and longer writes are better.
const BUDGET_ALONE: usize = 16;
/// How many bytes of messages are, but for the last one.
const BUDGET_BYTES: usize = 128 * 1024;

thread_local! {
    /// The connection that was the last to be driven by this thread.
    static LATEST: Cell<Option<u64>> = const { Cell::new(None) };
}

/// How many messages the connection `id` may handle now.
fn budget(id: u64) -> usize {
    if LATEST.replace(Some(id)) == Some(id) {
        BUDGET_ALONE
    } else {
        BUDGET
    }
}

/// What is to be done with a message.
enum Fate {
    Handle,
    /// Keep it, and everything behind it, for later.
    Hold,
    /// Drop it as if it had not come.
    Skip,
}

/// Why reading stops.
enum Stop {
    /// For now: there is nothing, another transport took over, or a message has to wait.
    Pause,
    /// The transport has ended.
    End(CloseReason),
    /// The other side broke the protocol.
    Close(CloseReason),
}

impl Driver {
    /// Reads and handles messages.
    pub(super) fn poll_input(&mut self, cx: &mut Context<'_>) {
        let held = self.held.as_ref().map(Bytes::len);
        // What is held for another reason, as for room for answers, may be what handlers wait for.
        self.starved = self.starved && held.is_some_and(|held| self.share.holds_back(held));
        if self.starved {
            return;
        }
        let mut served = None;
        let outcome = self.handle_messages(cx, &mut served);
        if let Some(served) = &mut served {
            self.give_answer(served);
        }
        match outcome {
            Ok(()) => self.again = true,
            Err(Stop::Pause) => {}
            Err(Stop::End(reason @ CloseReason::ByPeer)) => self.finish(reason),
            Err(Stop::End(reason)) => self.broken(reason),
            Err(Stop::Close(reason)) => {
                self.report(&ConnectionEvent::Error(reason.to_string()));
                self.finish(reason);
            }
        }
    }

    /// `Ok`: there may be more.
    fn handle_messages(
        &mut self,
        cx: &mut Context<'_>,
        served: &mut Option<Served>,
    ) -> Result<(), Stop> {
        let mut bytes = 0;
        for _ in 0..budget(self.shared.id) {
            if bytes >= BUDGET_BYTES {
                break;
            }
            if self.paused {
                return Err(Stop::Pause);
            }
            let Poll::Ready(message) = self.poll_message(cx) else {
                return Err(Stop::Pause);
            };
            let message = message.map_err(Stop::End)?;
            let len = message.len();
            bytes += len;
            if len > FREE {
                self.share.set_message(len);
            }
            if served.is_none() {
                *served = self.served();
            }
            let Some(served) = served else {
                return Err(Stop::Pause);
            };
            let outcome = self.handle_message(cx, served, message);
            self.share
                .set_message(self.held.as_ref().map_or(0, Bytes::len));
            outcome?;
        }
        Ok(())
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, CloseReason>> {
        if let Some(message) = self.held.take() {
            return Poll::Ready(Ok(message));
        }
        let Some(transport) = self.transport.as_mut() else {
            return Poll::Pending;
        };
        loop {
            let poll = || transport.as_mut().poll_next(cx);
            let (polled, intake) = poll_within(self.share.allowance(), poll);
            if let Poll::Ready(message) = polled {
                return Poll::Ready(match message {
                    Some(Ok(message)) => Ok(message),
                    Some(Err(error)) => Err(CloseReason::Transport(Arc::new(error))),
                    None => Err(CloseReason::ByPeer),
                });
            }
            self.share.set_message(intake.held());
            if !intake.is_stopped() {
                return Poll::Pending;
            }
            // It may go on when there is memory, or it has its turn.
            if self.share.allowance() <= intake.held() {
                self.starved = true;
                return Poll::Pending;
            }
        }
    }

    /// The transport gave an error. What was answered before is still written where the other side
    /// broke the rules rather than the network.
    fn broken(&mut self, reason: CloseReason) {
        self.report(&ConnectionEvent::Error(reason.to_string()));
        match &reason {
            CloseReason::Transport(error) if error.is_io() => self.fail(reason),
            _ => self.finish(reason),
        }
    }

    fn handle_message(
        &mut self,
        cx: &mut Context<'_>,
        served: &mut Served,
        frame: Bytes,
    ) -> Result<(), Stop> {
        let violation =
            |error: &dyn std::fmt::Display| Stop::Close(CloseReason::Protocol(error.to_string()));
        let text = decode_text(&frame).map_err(|error| violation(&error))?;
        // It is looked at where it is, since moving it from here to there takes longer than to handle it.
        let parsed = Message::parse(text, self.shared.options.max_depth);
        let parsed = parsed.as_ref().map_err(|error| violation(error))?;
        match self.fate(parsed, frame.len()) {
            Fate::Handle => {}
            Fate::Skip => return Ok(()),
            Fate::Hold => {
                self.held = Some(frame);
                return Err(Stop::Pause);
            }
        }
        let mut state = self.shared.state();
        // The other side, which was told what came by the transport that was replaced, sends it again.
        if state.generation != self.generation {
            return Err(Stop::Pause);
        }
        if served.give_answer(&mut state, self.restarts) && !state.engine.wants_input() {
            self.paused = true;
            self.held = Some(frame);
            return Err(Stop::Pause);
        }
        let heartbeat = state.engine.heartbeat();
        let now = heartbeat.map(|_| *self.now.get_or_insert_with(now));
        let incoming = match parsed {
            Parsed::Message(message) => state.engine.handle_message(now, message),
            Parsed::Rejected(rejected) => Ok(state.engine.handle_rejected(now, rejected.clone())),
        };
        // A ping is answered by the engine itself.
        self.paused = !state.engine.wants_input();
        self.shared.settle(&mut state);
        drop(state);
        self.detail(|| ConnectionEvent::IncomingMessage(frame.clone()));
        match incoming {
            Ok(incoming) => self.dispatch(cx, served, incoming, parsed, &frame),
            Err(error) => return Err(violation(&error)),
        }
        Ok(())
    }

    /// What is to be done with a message.
    ///
    /// While the connection drains, what begins something new is skipped: it counts as not received,
    /// so that the other side sends it again when it resumes. Whatever is numbered behind it has to be
    /// skipped as well, but answers are taken, as running handlers may wait for them.
    ///
    /// With as many handlers running as may, calls and events wait in the backlog, so that answers
    /// behind them are still taken, for which the handlers may wait. When that is full calls are
    /// refused; events cannot be, so that reading stops.
    fn fate(&mut self, parsed: &Parsed<'_>, len: usize) -> Fate {
        if self.shared.draining.load(Ordering::Relaxed) {
            let skip = match parsed {
                Parsed::Message(Message::Call(_) | Message::Event(_) | Message::Inspect(_)) => true,
                Parsed::Message(Message::Ping { .. }) | Parsed::Rejected(_) => self.skipping,
                Parsed::Message(_) => false,
            };
            self.skipping |= skip;
            return if skip { Fate::Skip } else { Fate::Handle };
        }
        match parsed {
            Parsed::Message(Message::Call(_) | Message::Event(_)) if self.share.holds_back(len) => {
                self.starved = true;
                Fate::Hold
            }
            Parsed::Message(Message::Event(event)) if !self.is_idle() => {
                let limit = self.shared.options.max_waiting_bytes;
                if self.has_to_wait(weight(event.args)) && !self.backlog.fits(len, limit) {
                    Fate::Hold
                } else {
                    Fate::Handle
                }
            }
            _ => Fate::Handle,
        }
    }

    /// Hands the answer to a call to the one who waits for it.
    pub(super) fn complete(
        slot: &CallSlot,
        frame: &Bytes,
        outcome: Result<jstp_wire::RawValue<'_>, &RemoteError>,
    ) {
        slot.complete(match outcome {
            Ok(results) => Ok(CallResults::new(results.as_str(), frame)),
            Err(error) => Err(error.clone().into()),
        });
    }

    /// Tells those who wait for a drained connection to settle.
    pub(super) fn note_settled(&self) {
        if self.is_idle() && self.shared.draining.load(Ordering::Relaxed) {
            self.shared.drained.store(true, Ordering::Relaxed);
            self.shared.settled.notify_waiters();
        }
    }
}
