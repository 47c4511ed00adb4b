use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::Error;

/// One direction of a connection in memory.
pub(super) struct Pipe {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Bytes>,
    sender_done: bool,
    receiver_done: bool,
    sender: Option<Waker>,
    receiver: Option<Waker>,
}

impl Pipe {
    pub(super) fn new(capacity: usize) -> Pipe {
        Pipe {
            capacity: capacity.max(1),
            state: Mutex::default(),
        }
    }

    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut state = self.lock();
        state.check_open()?;
        if state.frames.len() < self.capacity {
            return Poll::Ready(Ok(()));
        }
        state.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(super) fn check_open(&self) -> Result<(), Error> {
        self.lock().check_open()
    }

    pub(super) fn send(&self, frame: Bytes) -> Result<(), Error> {
        let mut state = self.lock();
        state.check_open()?;
        state.frames.push_back(frame);
        let receiver = state.receiver.take();
        drop(state);
        wake(receiver);
        Ok(())
    }

    pub(super) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.lock();
        if let Some(frame) = state.frames.pop_front() {
            let sender = if state.frames.len() < self.capacity {
                state.sender.take()
            } else {
                None
            };
            drop(state);
            wake(sender);
            return Poll::Ready(Some(frame));
        }
        if state.sender_done || state.receiver_done {
            return Poll::Ready(None);
        }
        state.receiver = Some(cx.waker().clone());
        Poll::Pending
    }

    /// No more frames will come; those that were sent can still be received.
    pub(super) fn stop_sending(&self) {
        let mut state = self.lock();
        state.sender_done = true;
        let wakers = state.take_wakers();
        drop(state);
        wakers.into_iter().for_each(wake);
    }

    /// Nobody will take frames any more.
    pub(super) fn stop_receiving(&self) {
        let mut state = self.lock();
        state.receiver_done = true;
        state.frames = VecDeque::new();
        let wakers = state.take_wakers();
        drop(state);
        wakers.into_iter().for_each(wake);
    }

    pub(super) fn cut(&self) {
        self.stop_sending();
        self.stop_receiving();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().check_open().is_err()
    }

    /// Every change of the state is complete when something panics, so a poisoned lock is as good
    /// as another.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check_open(&self) -> Result<(), Error> {
        if self.sender_done || self.receiver_done {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    fn take_wakers(&mut self) -> [Option<Waker>; 2] {
        [self.sender.take(), self.receiver.take()]
    }
}

/// Outside of the lock, as a waker may run anything.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
