//! How much of an unfinished message a transport may hold.
//!
//! A message that is under way takes memory in its transport, which whoever polls that may have to account
//! for and to bound. It polls the transport by [`poll_within`], in which the transports of this crate read
//! no further than allowed and tell what they hold, whatever is wrapped around them. A transport of another
//! kind holds what it likes, and is taken to hold nothing.
//!
//! Who reads only to see the end of the other side polls it by [`poll_discarding`].

use std::cell::Cell;

thread_local! {
    /// Of the transport that is polled by this thread.
    static CURRENT: Current = const { Current {
        limit: Cell::new(usize::MAX),
        held: Cell::new(0),
        stopped: Cell::new(false),
        discards: Cell::new(false),
    } };
}

/// What a transport may hold of an unfinished message, and holds. Each part by itself, as they are looked at
/// for every message.
struct Current {
    limit: Cell<usize>,
    held: Cell<usize>,
    stopped: Cell<bool>,
    discards: Cell<bool>,
}

/// What a transport holds of an unfinished message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intake {
    held: usize,
    stopped: bool,
}

impl Intake {
    /// The bytes of an unfinished message that the transport holds; 0 after a poll that has given a message.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether the transport reads no further because it holds as much as it may. Nothing wakes the task
    /// then: it has to poll again when the transport may hold more.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }
}

/// Has a transport polled, which may hold `limit` bytes of an unfinished message.
#[inline]
pub fn poll_within<T>(limit: usize, poll: impl FnOnce() -> T) -> (T, Intake) {
    CURRENT.with(|current| {
        let _restore = current.begin(limit, false);
        let outcome = poll();
        let intake = Intake {
            held: current.held.get(),
            stopped: current.stopped.get(),
        };
        (outcome, intake)
    })
}

/// Has a transport polled that is wanted for its end alone: it keeps nothing of a message, but gives the pieces
/// of it, as they come, as if they were messages. It is not to be polled otherwise afterwards.
pub fn poll_discarding<T>(poll: impl FnOnce() -> T) -> T {
    CURRENT.with(|current| {
        let _restore = current.begin(usize::MAX, true);
        poll()
    })
}

/// Whether nothing is to be kept.
pub(crate) fn discards() -> bool {
    CURRENT.with(|current| current.discards.get())
}

impl Current {
    /// Until what is returned is dropped.
    #[inline]
    fn begin(&self, limit: usize, discards: bool) -> Restore<'_> {
        Restore {
            current: self,
            limit: self.limit.replace(limit),
            held: self.held.replace(0),
            stopped: self.stopped.replace(false),
            discards: self.discards.replace(discards),
        }
    }
}

/// Sets back what held before, also when a transport panics.
struct Restore<'a> {
    current: &'a Current,
    limit: usize,
    held: usize,
    stopped: bool,
    discards: bool,
}

impl Drop for Restore<'_> {
    #[inline]
    fn drop(&mut self) {
        self.current.limit.set(self.limit);
        self.current.held.set(self.held);
        self.current.stopped.set(self.stopped);
        self.current.discards.set(self.discards);
    }
}

/// How much may be read behind so many bytes of an unfinished message.
pub(crate) fn room(begun: usize) -> usize {
    CURRENT.with(|current| {
        let room = current.limit.get().saturating_sub(begun);
        if room == 0 {
            current.held.set(begun);
            current.stopped.set(true);
        }
        room
    })
}

/// Nothing more has come; so much of an unfinished message has.
pub(crate) fn note_held(begun: usize) {
    CURRENT.with(|current| current.held.set(begun));
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::{FramedStream, TransportOptions};

    #[tokio::test]
    async fn an_unfinished_message_grows_as_far_as_it_is_allowed() {
        let (near, mut far) = tokio::io::duplex(1024 * 1024);
        let mut transport = FramedStream::new(near, &TransportOptions::default());
        let mut poll = |limit| {
            let (message, intake) = poll_within(limit, || {
                futures_util::FutureExt::now_or_never(transport.next())
            });
            (message, intake.held(), intake.is_stopped())
        };
        assert!(matches!(poll(10), (None, 0, false)));
        far.write_all(&vec![b' '; 99_999]).await.unwrap();
        assert!(matches!(poll(10), (None, 10, true)));
        assert!(matches!(poll(10), (None, 10, true)));
        assert!(matches!(poll(50_000), (None, 50_000, true)));
        // What is held already is not given back.
        assert!(matches!(poll(10), (None, 50_000, true)));
        assert!(matches!(poll(usize::MAX), (None, 99_999, false)));
        far.write_all(b"\0{}\0").await.unwrap();
        let (message, held, stopped) = poll(100_000);
        assert_eq!(message.unwrap().unwrap().unwrap().len(), 99_999);
        assert_eq!((held, stopped), (0, false));
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_transport_that_is_wanted_for_its_end() {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let mut transport = FramedStream::new(near, &TransportOptions::default());
        far.write_all(b"[]\0[]\0begun").await.unwrap();
        assert_eq!(transport.next().await.unwrap().unwrap(), "[]");
        let send = async {
            far.write_all(&vec![b' '; 1024 * 1024]).await.unwrap();
            drop(far);
        };
        let discard = async {
            let mut bytes = 0;
            let poll =
                |cx: &mut std::task::Context<'_>| poll_discarding(|| transport.poll_next_unpin(cx));
            let mut pieces = std::pin::pin!(futures_util::stream::poll_fn(poll));
            while let Some(piece) = pieces.next().await {
                let piece = piece.unwrap().len();
                assert!(piece <= 64 * 1024);
                bytes += piece;
            }
            bytes
        };
        let ((), bytes) = tokio::join!(send, discard);
        assert_eq!(bytes, 1024 * 1024);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_what_was_read_with_another_message() {
        let (near, mut far) = tokio::io::duplex(256 * 1024);
        let mut transport = FramedStream::new(near, &TransportOptions::default());
        let mut bytes = vec![b' '; 40_000];
        bytes.extend_from_slice(b"\0[]\0");
        far.write_all(&bytes).await.unwrap();
        let message = transport.next().await.unwrap().unwrap();
        assert!(!message.is_unique());
        let more = poll_discarding(|| futures_util::FutureExt::now_or_never(transport.next()));
        assert!(more.is_none() && message.is_unique());
    }

    #[test]
    fn allowances_nest() {
        let (inner, outer) = poll_within(10, || {
            let ((), inner) = poll_within(20, || assert_eq!(room(5), 15));
            assert_eq!(room(10), 0);
            inner
        });
        assert!(!inner.is_stopped() && outer.is_stopped());
        assert_eq!(room(0), usize::MAX);
    }
}
