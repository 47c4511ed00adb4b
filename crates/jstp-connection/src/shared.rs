//! What a connection's handles and its driver share.

use std::any::Any;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::task::Waker;
use std::time::Instant;

use jstp_engine::{Engine, Event as EngineEvent, LogPosition, Placement, SendError, Status, Turn};
use jstp_transport::{Address, BoxTransport, Certificates};
use tokio::sync::{Notify, watch};

use crate::api::Api;
use crate::audience::Audience;
use crate::call::CallSlot;
use crate::driver::Waiter;
use crate::error::CallError;
use crate::hub::Hub;
use crate::names::Names;
use crate::options::ConnectionOptions;
use crate::proxy::ProxyCore;
use crate::sync::{lock, now};

pub(crate) type ConnectionEngine = Engine<Arc<CallSlot>>;

/// Shared by all handles of a connection and its driver.
///
/// In memory it has the order in which it is written here, as have [`State`], the engine and the session: what each
/// message looks at is in few cache lines that follow each other. Those of a connection among thousands are not in
/// the cache when a message comes.
#[repr(C)]
pub(crate) struct Shared {
    pub(crate) id: u64,
    pub(crate) options: Arc<ConnectionOptions>,
    application: RwLock<Arc<dyn Api>>,
    /// Take no further calls and events.
    pub(crate) draining: AtomicBool,
    /// Draining, and no handler is running any longer.
    pub(crate) drained: AtomicBool,
    /// Those that events are emitted to together with this one.
    pub(crate) audience: OnceLock<Audience>,
    pub(crate) hub: Hub,
    state: Mutex<State>,
    /// What the layer that made the connection keeps with it.
    pub(crate) owner: Arc<dyn Any + Send + Sync>,
    pub(crate) proxies: Mutex<Names<Arc<ProxyCore>>>,
    /// Wakes those who wait for room among the events that wait.
    pub(crate) waiting_room: Notify,
    /// Wakes those who wait for running handlers to end.
    pub(crate) settled: Notify,
    pub(crate) status: watch::Sender<Status>,
    /// Counts how often a transport that was stuck has written more.
    pub(crate) progress: AtomicU64,
}

/// What only one at a time may touch.
#[repr(C)]
pub(crate) struct State {
    /// Counts the transports, so that nothing of an old one is handled after a new one took over.
    pub(crate) generation: u64,
    /// Counts the sessions, so that no call of an old one is answered in a new one.
    pub(crate) restarts: u64,
    pub(crate) driver: Option<Waker>,
    pub(crate) command: Command,
    /// The status that was reported last.
    reported: Status,
    /// Nobody will do what is asked for.
    pub(crate) driver_gone: bool,
    /// Where in the log of the audience the driver waits for more.
    pub(crate) resting_at: Option<LogPosition>,
    pub(crate) engine: ConnectionEngine,
    /// Counts the changes of the session's values.
    pub(crate) session_writes: u64,
    pub(crate) next_transport: Option<BoxTransport>,
    /// How many are telling the watchers of `next_transport`; the driver leaves it alone meanwhile.
    pub(crate) announcing: usize,
    /// Counts the closes on purpose, so that no attempt to connect again undoes one.
    pub(crate) closes: u64,
    pub(crate) peer: Address,
    pub(crate) certificates: Certificates,
    /// Those who wait to be told of room in the session's buffer.
    pub(crate) senders: BTreeMap<Turn, Waker>,
    /// Told when the transport is closed.
    pub(crate) close_waiters: Vec<Waiter>,
}

impl State {
    /// The time, if the engine wants to know it when something is sent.
    pub(crate) fn time(&self) -> Option<Instant> {
        self.engine.heartbeat().map(|_| now())
    }
}

/// What the handles ask of the driver.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Command {
    /// Flush, then close the transport.
    pub(crate) close: bool,
    /// Drop the transport at once.
    pub(crate) cut: bool,
    /// The engine found the peer dead.
    pub(crate) peer_dead: bool,
    /// End the driver after closing.
    pub(crate) end: bool,
}

impl Shared {
    pub(crate) fn new(
        engine: ConnectionEngine,
        application: Arc<dyn Api>,
        options: Arc<ConnectionOptions>,
        owner: Arc<dyn Any + Send + Sync>,
    ) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            hub: Hub::new(options.clone()),
            options,
            owner,
            audience: OnceLock::new(),
            proxies: Mutex::default(),
            waiting_room: Notify::new(),
            settled: Notify::new(),
            status: watch::Sender::new(Status::Detached),
            draining: AtomicBool::new(false),
            drained: AtomicBool::new(false),
            progress: AtomicU64::new(0),
            application: RwLock::new(application),
            state: Mutex::new(State {
                engine,
                generation: 0,
                restarts: 0,
                session_writes: 0,
                next_transport: None,
                announcing: 0,
                closes: 0,
                reported: Status::Detached,
                resting_at: None,
                peer: Address::Other(String::new()),
                certificates: Certificates::default(),
                command: Command::default(),
                driver: None,
                senders: BTreeMap::new(),
                close_waiters: Vec::new(),
                driver_gone: false,
            }),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn application(&self) -> Arc<dyn Api> {
        self.application
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_application(&self, application: Arc<dyn Api>) {
        *self
            .application
            .write()
            .unwrap_or_else(PoisonError::into_inner) = application;
    }

    /// Does something with the state, passes on what the engine has to say, and has the driver see to
    /// the rest.
    pub(crate) fn command<T>(&self, command: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = command(&mut state);
        self.settle(&mut state);
        let waker = state.driver.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    }

    /// Passes on what the engine has to say. To be called before the lock is given up.
    #[inline]
    pub(crate) fn settle(&self, state: &mut State) {
        // Most messages are none of its business.
        if state.engine.has_event() || state.reported != state.engine.status() {
            self.pass_on(state);
        }
    }

    fn pass_on(&self, state: &mut State) {
        while let Some(event) = state.engine.poll_event() {
            match event {
                EngineEvent::CallbackLost { token, .. } => {
                    token.complete(Err(CallError::CallbackLost));
                }
                EngineEvent::CallClosed { token } => token.complete(Err(CallError::Closed)),
                EngineEvent::CallResent { token, id } => token.set_id(id),
                EngineEvent::Turn(turn) => {
                    if let Some(sender) = state.senders.remove(&turn) {
                        sender.wake();
                    }
                }
                // Half of the list is free, or it is closed: enough for all.
                EngineEvent::WaitingRoom => self.waiting_room.notify_waiters(),
                EngineEvent::PeerDead => state.command.peer_dead = true,
                _ => {}
            }
        }
        let status = state.engine.status();
        if state.reported != status {
            state.reported = status;
            self.status.send_replace(status);
        }
    }

    /// To be called when there is nothing to send: has the driver woken by the next event for all. False:
    /// there is one already.
    pub(crate) fn rest(&self, state: &mut State, driver: &Waker) -> bool {
        let (Some(audience), Some(position)) = (self.audience.get(), state.engine.log_position())
        else {
            return true;
        };
        // With something that waits for room the driver is woken when there is some.
        if state.resting_at == Some(position) || state.engine.waiting_events() > 0 {
            return true;
        }
        let rests = audience.rest(self.id, state, driver);
        state.resting_at = Some(position).filter(|_| rests);
        rests
    }

    /// Makes attempts until one finds room among the events that wait, or fails for another reason.
    pub(crate) async fn when_waiting_room(
        &self,
        mut attempt: impl FnMut() -> Result<Placement, SendError>,
    ) -> Result<Placement, SendError> {
        loop {
            let mut room = pin!(self.waiting_room.notified());
            // Registered before the attempt, so that room made right after it is not missed.
            room.as_mut().enable();
            match attempt() {
                Err(SendError::Full) => room.await,
                other => return other,
            }
        }
    }
}
