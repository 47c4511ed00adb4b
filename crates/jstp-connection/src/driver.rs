//! The task behind a connection: moves messages between transport, engine and handlers.

mod backlog;
mod dispatch;
mod input;
mod linger;
mod output;
mod running;

use std::cell::LazyCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use jstp_engine::Transmits;
use jstp_transport::BoxTransport;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

use crate::budget::Share;
use crate::connection::{Connection, Handle};
use crate::event::{CloseReason, ConnectionEvent};
use crate::shared::{Shared, State};
use crate::sync::caught;

use backlog::Backlog;
pub(crate) use linger::{Linger, Waiter};
use output::{Blocked, Unwritten};
use running::RunningSet;

/// How long a transport that was replaced may take to close.
const REPLACED_TIMEOUT: Duration = Duration::from_millis(500);

/// Drives one connection until its last handle is dropped, over all its transports.
///
/// Each poll does, in this order: commands of the handles, messages that came, handlers that have gone
/// on, timers, messages to send. Output comes last so that all answers of a poll leave in one write.
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Driver {
    shared: Arc<Shared>,
    handle: Weak<Handle>,
    transport: Option<BoxTransport>,
    /// The transport before, closed when that is gone.
    lingering: Option<watch::Receiver<()>>,
    /// The count of [`State::generation`] that `transport` belongs to.
    generation: u64,
    /// The count of [`State::restarts`] that calls are received in.
    restarts: u64,
    /// A message that was read but may not be handled yet.
    held: Option<Bytes>,
    /// Messages taken from the engine that the transport has not taken.
    staged: Transmits,
    running: RunningSet,
    /// Messages that wait for running handlers to end.
    backlog: Backlog,
    /// What is held of the memory budget.
    share: Share,
    /// Reading waits until less is held of the budget.
    starved: bool,
    /// Nothing was read at the last poll, so that answers to our pings may be unread.
    unread: bool,
    timer: Pin<Box<Sleep>>,
    unwritten: Unwritten,
    blocked: Blocked,
    /// Reading, and running handlers, wait until answers were written.
    paused: bool,
    /// Draining, and a numbered message was dropped: those behind it must not count as received.
    skipping: bool,
    /// There is more to do at once.
    again: bool,
    /// The time of this poll, if it was asked for.
    now: Option<std::time::Instant>,
    /// The observer wants to know of every message. It is asked once in each poll.
    observed: bool,
}

impl Driver {
    pub(crate) fn spawn(connection: &Connection) {
        let shared = connection.shared().clone();
        let generation = shared.state().generation;
        tokio::spawn(Self {
            handle: Arc::downgrade(connection.handle()),
            transport: None,
            lingering: None,
            // A transport that waits already is taken over at the first poll.
            generation: generation.wrapping_sub(1),
            restarts: 0,
            held: None,
            staged: Transmits::default(),
            running: RunningSet::default(),
            backlog: Backlog::default(),
            share: Share::new(shared.options.memory_budget.clone()),
            starved: false,
            unread: false,
            timer: Box::pin(tokio::time::sleep_until(Instant::now())),
            unwritten: Unwritten::default(),
            blocked: Blocked::default(),
            paused: false,
            skipping: false,
            again: false,
            now: None,
            observed: false,
            shared,
        });
    }

    /// A handle to give to handlers and watchers; `None` when the last one was dropped.
    fn connection(&self) -> Option<Connection> {
        self.handle.upgrade().map(Connection::from_handle)
    }

    fn report(&self, event: &ConnectionEvent) {
        if let Some(connection) = self.connection() {
            self.shared.hub.report(&connection, event);
        }
    }

    /// Whether somebody wants to know of every message.
    fn wants_details(&self) -> bool {
        self.observed || self.shared.hub.is_watched()
    }

    fn detail(&self, event: impl FnOnce() -> ConnectionEvent) {
        if !self.wants_details() {
            return;
        }
        if let Some(connection) = self.connection() {
            self.shared.hub.detail(&connection, self.observed, &event());
        }
    }

    /// Does what the handles asked for. True: the driver has to end.
    fn poll_commands(&mut self, cx: &mut Context<'_>) -> bool {
        let shared = self.shared.clone();
        let mut state = shared.state();
        // Cloned only if somebody has taken it: its counter is that of the task, which others wake.
        if !state
            .driver
            .as_ref()
            .is_some_and(|driver| driver.will_wake(cx.waker()))
        {
            state.driver = Some(cx.waker().clone());
        }
        let end = state.command.end;
        if std::mem::take(&mut state.command.close) {
            let waiters = std::mem::take(&mut state.close_waiters);
            let generation = state.generation;
            // Not under the lock: what the handlers hold may want it when it is dropped.
            drop(state);
            let _ = caught("a handler that was dropped", || self.running.clear());
            self.backlog.clear();
            let state = shared.state();
            // A transport that was attached in between came after the close, which does not concern it.
            if state.generation == generation {
                self.close(state, CloseReason::Closed, waiters);
            }
        } else if std::mem::take(&mut state.command.cut) {
            self.generation = state.generation;
            drop(state);
            self.transport_lost(CloseReason::Detached);
        } else if std::mem::take(&mut state.command.peer_dead) {
            drop(state);
            self.fail(CloseReason::PeerDead);
        } else if self.generation != state.generation && state.announcing == 0 {
            self.take_over(state);
        }
        end
    }

    /// Goes on with the transport that was attached, if any.
    fn take_over(&mut self, mut state: std::sync::MutexGuard<'_, State>) {
        self.lingering = None;
        self.generation = state.generation;
        self.restarts = state.restarts;
        self.staged = Transmits::default();
        let kept = self.share.hand_over_message();
        self.forget_input();
        self.paused = false;
        self.skipping = false;
        self.blocked = Blocked::default();
        self.unwritten = Unwritten::default();
        let next = state.next_transport.take();
        drop(state);
        if let Some(old) = std::mem::replace(&mut self.transport, next) {
            // Its side knows of the new one and has no reason to go on reading here.
            let timeout = self.shared.options.close_timeout.min(REPLACED_TIMEOUT);
            let linger = Linger::new(old, Transmits::default(), timeout).holding(kept);
            let _ = linger.spawn(Vec::new());
        }
    }

    /// Flushes what waits for the transport and closes it, in a task of its own.
    fn close(
        &mut self,
        mut state: std::sync::MutexGuard<'_, State>,
        reason: CloseReason,
        waiters: Vec<Waiter>,
    ) {
        // A transport that was attached but never seen by this driver is closed just the same.
        let transport = if self.generation == state.generation {
            self.transport.take()
        } else {
            self.staged = Transmits::default();
            // The old one, if there is a newer, was given up when that was attached.
            let old = self.transport.take();
            state.next_transport.take().or(old)
        };
        loop {
            state.engine.poll_transmits(&mut self.staged, usize::MAX);
            if !state.engine.has_transmit() {
                break;
            }
        }
        state.generation += 1;
        self.generation = state.generation;
        state.engine.detach();
        self.shared.settle(&mut state);
        drop(state);
        let kept = self.share.hand_over_message();
        self.forget_input();
        self.unpause();
        let left = std::mem::take(&mut self.staged);
        match transport {
            Some(transport) => {
                let timeout = self.shared.options.close_timeout;
                let linger = Linger::new(transport, left, timeout).holding(kept);
                self.lingering = Some(linger.spawn(waiters));
                self.report(&ConnectionEvent::Close(reason));
            }
            None => self.join_closing(waiters),
        }
    }

    /// Has the waiters told when the transport that is closing already, if any, is gone.
    fn join_closing(&mut self, mut waiters: Vec<Waiter>) {
        waiters.retain(|waiter| matches!(waiter, Waiter::Gone(_)));
        if waiters.is_empty() {
            return;
        }
        if let Some(mut end) = self.lingering.clone() {
            tokio::spawn(async move {
                // It is told of nothing but its end.
                let _ = end.changed().await;
                waiters.into_iter().for_each(Waiter::tell);
            });
        }
    }

    /// The transport failed or was cut: nothing more can be written to it.
    fn transport_lost(&mut self, reason: CloseReason) {
        self.forget_input();
        self.staged = Transmits::default();
        self.unpause();
        if self.transport.take().is_some() {
            tracing::debug!(connection = self.shared.id, %reason, "transport lost");
            self.report(&ConnectionEvent::Close(reason));
        }
    }

    /// Nothing of the transport's input is held any longer.
    fn forget_input(&mut self) {
        self.held = None;
        self.share.set_message(0);
    }

    /// Whether a long message takes memory that others lack, and does not go on, or must not.
    fn is_message_late(&mut self, now: Instant) -> bool {
        // What waits for answers to be written, or for handlers to end, keeps no turn from others.
        let waits_itself = self.held.is_some() && !self.starved;
        if self.paused || waits_itself {
            self.share.rest(now);
        }
        (self.held.is_none() || self.share.is_deaf()) && self.share.is_too_slow(now)
    }

    /// Nothing waits for the transport any longer: handlers that waited for room go on, and what is held is
    /// counted anew.
    fn unpause(&mut self) {
        self.unwritten = Unwritten::default();
        self.blocked = Blocked::default();
        self.paused = false;
        self.again = true;
    }

    /// The transport failed by itself. Nobody wants to know of it when another took over meanwhile.
    fn fail(&mut self, reason: CloseReason) {
        let mut state = self.shared.state();
        if self.generation != state.generation {
            drop(state);
            self.transport = None;
            return;
        }
        state.engine.detach();
        self.shared.settle(&mut state);
        drop(state);
        self.transport_lost(reason);
    }

    /// Flushes and closes after the other side has closed, or has broken the protocol.
    fn finish(&mut self, reason: CloseReason) {
        let shared = self.shared.clone();
        let state = shared.state();
        if self.generation == state.generation {
            self.close(state, reason, Vec::new());
        }
    }

    /// Handles what the timers are there for, and sets them anew.
    fn poll_timers(&mut self, cx: &mut Context<'_>) {
        // As a rule nobody wants to know it.
        let now = LazyCell::new(Instant::now);
        // While input is held back the answers to our pings are, too.
        let holding = self.held.is_some() || self.starved || self.paused;
        let mut state = self.shared.state();
        if std::mem::replace(&mut self.unread, holding) && !holding {
            state.engine.input_resumed(now.into_std());
        }
        if !holding
            && state
                .engine
                .poll_timeout()
                .is_some_and(|due| due <= now.into_std())
        {
            state.engine.handle_timeout(now.into_std());
            self.shared.settle(&mut state);
            self.again = true;
        }
        let due = state
            .engine
            .poll_timeout()
            .filter(|_| !holding)
            .map(Instant::from_std);
        let acknowledged = state.engine.session().acknowledged();
        let (numbered, answers) = self.unwritten.held_with(&state.engine);
        drop(state);
        let others = answers + self.running.bytes() + self.backlog.bytes();
        self.share.set(numbered, others);
        self.share.set_acknowledged(acknowledged);
        let stuck = self.blocked.deadline(self.shared.options.write_timeout);
        if stuck.is_some_and(|stuck| stuck <= *now) {
            self.fail(CloseReason::WriteTimeout);
            return;
        }
        if self.share.pace_deadline().is_some() && self.is_message_late(*now) {
            self.report(&ConnectionEvent::Error(
                CloseReason::MessageTimeout.to_string(),
            ));
            self.fail(CloseReason::MessageTimeout);
            return;
        }
        let pace = self.share.pace_deadline().filter(|_| self.held.is_none());
        let starved = self.starved.then(|| *now + self.share.look_interval());
        let due = due.into_iter().chain(stuck).chain(pace).chain(starved);
        let Some(next) = due.min() else {
            return;
        };
        if self.timer.deadline() != next {
            self.timer.as_mut().reset(next);
        }
        if self.timer.as_mut().poll(cx).is_ready() {
            self.again = true;
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.again = false;
        this.now = None;
        this.observed = this.shared.hub.is_observer_verbose();
        if this.poll_commands(cx) {
            return Poll::Ready(());
        }
        this.poll_input(cx);
        this.poll_running(cx);
        this.poll_output(cx);
        this.poll_timers(cx);
        if this.again {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Driver {
    /// The runtime is going down, or the last handle is gone: nobody may wait for ever.
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.engine.close();
        state.engine.detach();
        if let Some(audience) = self.shared.audience.get() {
            audience.dismiss(&self.shared, &mut state);
        }
        state.close_waiters.clear();
        state.driver_gone = true;
        self.shared.settle(&mut state);
        self.shared.settled.notify_waiters();
    }
}
