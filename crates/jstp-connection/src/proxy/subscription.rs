//! The events that a subscriber gets.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use jstp_wire::RawBuf;
use serde::de::DeserializeOwned;

use crate::args::parse_array;
use crate::queue::{Received, Receiver};

/// The arguments of an event, an array that is still text.
#[derive(Debug, Clone)]
pub struct EventArgs(RawBuf);

impl EventArgs {
    /// `args` is an array.
    pub(super) fn new(args: RawBuf) -> Self {
        Self(args)
    }

    /// All arguments: into a tuple of exactly as many, `()` for none, or a `Vec`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, jstp_wire::Error> {
        parse_array(self.0.as_raw())
    }

    /// The text of the array.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// So many events are missing: the subscriber was too slow for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} events were missed")]
pub struct Missed(pub u64);

/// Why there is no event of the type that [`Subscription::recv_as`] was asked for. The subscription
/// goes on.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The subscriber was too slow.
    #[error(transparent)]
    Missed(#[from] Missed),
    /// The arguments do not fit the type; the other side has sent others than were expected.
    #[error("unexpected arguments: {0}")]
    Arguments(#[source] jstp_wire::Error),
}

/// The events of one name of an interface.
///
/// It goes on over lost and resumed connections, and over a close that is followed by a reconnect; it
/// ends when the last handle of the connection was dropped, and a proxy is one.
/// [`Connection::closed`](crate::Connection::closed) tells when there is nothing to wait for. Dropping
/// it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    receiver: Receiver<EventArgs>,
}

impl Subscription {
    pub(super) fn new(receiver: Receiver<EventArgs>) -> Self {
        Self { receiver }
    }

    /// The arguments of the next event; `None` when the connection is gone.
    pub async fn recv(&mut self) -> Option<Result<EventArgs, Missed>> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The arguments of the next event as a tuple of exactly as many, `()` for none, or a `Vec`;
    /// `None` when the connection is gone.
    pub async fn recv_as<T: DeserializeOwned>(&mut self) -> Option<Result<T, EventError>> {
        Some(match self.recv().await? {
            Ok(args) => args.parse().map_err(EventError::Arguments),
            Err(missed) => Err(missed.into()),
        })
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<EventArgs, Missed>>> {
        self.receiver.poll_recv(cx).map(|received| {
            received.map(|received| match received {
                Received::Item(args) => Ok(args),
                Received::Missed(count) => Err(Missed(count)),
            })
        })
    }
}

impl Stream for Subscription {
    type Item = Result<EventArgs, Missed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_recv(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use jstp_wire::{RawValue, Value};

    use super::*;
    use crate::queue::{QueueLimits, Sender, queue};

    fn subscription() -> (Sender<EventArgs>, Subscription) {
        let (sender, receiver) = queue(QueueLimits::new(2, 100));
        (sender, Subscription::new(receiver))
    }

    fn send(sender: &Sender<EventArgs>, args: &str) {
        let args = RawBuf::from_raw(RawValue::parse(args, 10).unwrap());
        sender.send(EventArgs::new(args), 1);
    }

    fn received<T: DeserializeOwned>(
        subscription: &mut Subscription,
    ) -> Option<Result<T, EventError>> {
        let next = std::pin::pin!(subscription.recv_as());
        match next.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => event,
            Poll::Pending => panic!("nothing was received"),
        }
    }

    #[test]
    fn events_are_read_into_the_type_asked_for() {
        let (sender, mut subscription) = subscription();
        send(&sender, "['Ann',7]");
        send(&sender, "[]");
        let (name, age): (String, u8) = received(&mut subscription).unwrap().unwrap();
        assert_eq!((name.as_str(), age), ("Ann", 7));
        assert!(matches!(received::<()>(&mut subscription), Some(Ok(()))));
        drop(sender);
        assert!(received::<()>(&mut subscription).is_none());
    }

    #[test]
    fn events_that_do_not_fit_or_were_missed_are_errors_and_the_next_one_comes() {
        let (sender, mut subscription) = subscription();
        (0..5).for_each(|_| send(&sender, "['text']"));
        let unfit = received::<(u8,)>(&mut subscription);
        assert!(matches!(unfit, Some(Err(EventError::Arguments(_)))));
        assert!(received::<(String,)>(&mut subscription).unwrap().is_ok());
        let missed = received::<(String,)>(&mut subscription);
        assert!(matches!(missed, Some(Err(EventError::Missed(Missed(3))))));
        send(&sender, "[1]");
        let values: Vec<Value> = received(&mut subscription).unwrap().unwrap();
        assert_eq!(values, [Value::from(1)]);
    }
}
