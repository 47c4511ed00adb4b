//! A call of ours under way: options, the slot its answer lands in, its results.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use jstp_wire::{RawBuf, RawValue};
use serde::de::DeserializeOwned;

use crate::args::{NO_ARGUMENTS, parse_array, parse_first};
use crate::error::CallError;
use crate::scratch::Scratch;
use crate::sync::lock;

/// How to make a call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// Makes the call again when its answer was lost with a connection, instead of failing with
    /// [`CallError::CallbackLost`]: the method may run more than once. Default false.
    pub resend: bool,
    /// How long to wait for the answer, time without a connection included. Default: for ever.
    pub timeout: Option<Duration>,
    /// What to do when the session's buffer is full. Default: wait.
    pub when_full: WhenFull,
}

/// What to do when the buffer of unacknowledged messages is full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// Wait for room.
    #[default]
    Wait,
    /// Fail with [`SendError::Full`](crate::SendError::Full).
    Fail,
}

impl CallOptions {
    /// Sets [`resend`](Self::resend).
    #[must_use]
    pub fn with_resend(mut self, resend: bool) -> Self {
        self.resend = resend;
        self
    }

    /// Sets [`timeout`](Self::timeout).
    #[must_use]
    pub fn with_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// Sets [`when_full`](Self::when_full).
    #[must_use]
    pub fn with_when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }
}

/// The results of a call, an array that is still text.
#[derive(Debug, Clone)]
pub struct CallResults(Text);

/// Longer results are a part of their message.
const COPIED: usize = 4 * 1024;

/// Where the text stands.
#[derive(Debug, Clone)]
enum Text {
    /// In a buffer of its own, lest the memory that messages are read into be kept for a few bytes.
    Copied(Scratch),
    Shared(Bytes),
}

impl CallResults {
    /// `text` is the part of a checked message, the frame, that holds the array.
    pub(crate) fn new(text: &str, frame: &Bytes) -> Self {
        Self(if text.len() <= COPIED {
            Text::Copied(Scratch::copy(text))
        } else {
            Text::Shared(frame.slice_ref(text.as_bytes()))
        })
    }

    pub(crate) fn none() -> Self {
        Self(Text::Shared(Bytes::from_static(NO_ARGUMENTS.as_bytes())))
    }

    /// The text of the array.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Copied(text) => text,
            Text::Shared(text) => std::str::from_utf8(text).unwrap_or(NO_ARGUMENTS),
        }
    }

    fn raw(&self) -> RawValue<'_> {
        RawValue::from_trusted(self.as_str())
    }

    /// The first result; an absent one is `undefined`, which is read as `None` or `()`.
    pub fn first<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        parse_first(self.raw()).map_err(CallError::Results)
    }

    /// All results: into a tuple of exactly as many, `()` for none, or a `Vec`.
    pub fn all<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        parse_array(self.raw()).map_err(CallError::Results)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.raw().elements().into_iter().flatten().count()
    }

    /// The array, to be kept or passed on.
    pub fn to_raw(&self) -> RawBuf {
        RawBuf::from_raw(self.raw())
    }
}

/// How many slots a thread keeps.
const KEPT_SLOTS: usize = 512;

thread_local! {
    static SPARE_SLOTS: RefCell<Vec<Arc<CallSlot>>> = const { RefCell::new(Vec::new()) };
}

/// Where the answer to a call lands.
#[derive(Debug)]
pub(crate) struct CallSlot {
    /// The absolute id of the call's message; changes when the call is made again.
    id: AtomicU64,
    state: Mutex<SlotState>,
}

#[derive(Debug)]
enum SlotState {
    Waiting(Waker),
    Done(Result<CallResults, CallError>),
    Taken,
}

impl CallSlot {
    /// A slot that was left to this thread, or a new one. `waker` is woken when the answer has come.
    pub(crate) fn take(waker: Waker) -> Arc<Self> {
        let spare = SPARE_SLOTS.try_with(|spare| spare.borrow_mut().pop());
        if let Some(mut slot) = spare.ok().flatten()
            && let Some(unshared) = Arc::get_mut(&mut slot)
        {
            // Who answered the last call has dropped it by now, so that it need not be locked.
            let state = unshared.state.get_mut();
            *state.unwrap_or_else(PoisonError::into_inner) = SlotState::Waiting(waker);
            return slot;
        }
        Arc::new(Self {
            id: AtomicU64::new(0),
            state: Mutex::new(SlotState::Waiting(waker)),
        })
    }

    /// Leaves a slot that was answered to this thread, for the next call.
    pub(crate) fn leave(slot: Arc<Self>) {
        // Fails where the thread is ending.
        let _ = SPARE_SLOTS.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT_SLOTS {
                spare.push(slot);
            }
        });
    }

    pub(crate) fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    pub(crate) fn set_id(&self, id: u64) {
        self.id.store(id, Ordering::Relaxed);
    }

    pub(crate) fn complete(&self, outcome: Result<CallResults, CallError>) {
        let previous = std::mem::replace(&mut *lock(&self.state), SlotState::Done(outcome));
        if let SlotState::Waiting(waker) = previous {
            waker.wake();
        }
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<CallResults, CallError>> {
        let mut state = lock(&self.state);
        match &mut *state {
            SlotState::Waiting(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            SlotState::Done(_) => match std::mem::replace(&mut *state, SlotState::Taken) {
                SlotState::Done(outcome) => Poll::Ready(outcome),
                _ => Poll::Pending,
            },
            SlotState::Taken => Poll::Pending,
        }
    }
}
