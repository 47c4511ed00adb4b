//! The way of entries from the connections to the one that prints and saves them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::recording::{Entry, What};

/// How much may wait to be written, in bytes.
const ROOM: usize = 16 * 1024 * 1024;

/// What an entry takes beside its message.
const OVERHEAD: usize = 256;

/// Up to this length a message is copied: it may be a small part of the block that it was read into, all of
/// which it would keep.
const COPIED: usize = 64 * 1024;

/// An entry, and its place in the room for entries until it is written.
#[derive(Debug)]
pub(super) struct Noted {
    pub(super) entry: Entry,
    _place: OwnedSemaphorePermit,
}

/// Takes entries of all connections.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    sender: mpsc::UnboundedSender<Noted>,
    room: Arc<Semaphore>,
    missed: Arc<AtomicU64>,
    /// Whether no entry may be left out.
    complete: bool,
    start: Instant,
}

/// Where entries come out.
#[derive(Debug)]
pub(super) struct Entries {
    receiver: mpsc::UnboundedReceiver<Noted>,
    missed: Arc<AtomicU64>,
}

/// A journal and where its entries come out. A `complete` one holds the connections back while there is no
/// room for their entries, another one leaves entries out.
pub(super) fn journal(complete: bool) -> (Journal, Entries) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let missed = Arc::new(AtomicU64::new(0));
    let journal = Journal {
        sender,
        room: Arc::new(Semaphore::new(ROOM)),
        missed: Arc::clone(&missed),
        complete,
        start: Instant::now(),
    };
    (journal, Entries { receiver, missed })
}

impl Journal {
    pub(super) async fn note(&self, connection: u64, what: What) {
        let at = self.start.elapsed();
        let length = match &what {
            What::Message { bytes, .. } => bytes.len(),
            _ => 0,
        };
        let size = u32::try_from((length + OVERHEAD).min(ROOM)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room);
        let place = if self.complete {
            room.acquire_many_owned(size).await.ok()
        } else {
            room.try_acquire_many_owned(size).ok()
        };
        let Some(place) = place else {
            self.missed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let what = match what {
            What::Message { from, bytes } if bytes.len() <= COPIED => What::Message {
                from,
                bytes: Bytes::copy_from_slice(&bytes),
            },
            other => other,
        };
        let entry = Entry {
            connection,
            at,
            what,
        };
        // Fails when nobody writes any longer, and then the process is about to end.
        let _ = self.sender.send(Noted {
            entry,
            _place: place,
        });
    }
}

impl Entries {
    /// The next entry; `None` when there will be no more.
    pub(super) fn next(&mut self) -> Option<Noted> {
        self.receiver.blocking_recv()
    }

    /// Whether the next one is there already.
    pub(super) fn has_next(&self) -> bool {
        !self.receiver.is_empty()
    }

    /// How many were left out since it was last asked.
    pub(super) fn take_missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::commands::sniff::recording::Side;

    fn message(length: usize) -> What {
        What::Message {
            from: Side::Client,
            bytes: Bytes::from(vec![b'x'; length]),
        }
    }

    #[test]
    fn without_room_entries_are_left_out_and_counted() {
        let (journal, mut entries) = journal(false);
        for _ in 0..3 {
            journal.note(1, message(ROOM / 2)).now_or_never().unwrap();
        }
        assert_eq!(entries.take_missed(), 2);
        drop(entries.next().unwrap());
        journal.note(1, message(ROOM * 2)).now_or_never().unwrap();
        assert_eq!(entries.take_missed(), 0);
        assert!(entries.has_next());
    }

    #[test]
    fn a_message_that_waits_does_not_keep_the_block_that_it_was_read_into() {
        let (journal, mut entries) = journal(false);
        let block = Bytes::from(vec![b'x'; 100]);
        let what = What::Message {
            from: Side::Client,
            bytes: block.slice(10..20),
        };
        journal.note(1, what).now_or_never().unwrap();
        let _noted = entries.next().unwrap();
        assert!(block.is_unique());
    }

    #[test]
    fn a_complete_journal_waits_for_room_instead() {
        let (journal, mut entries) = journal(true);
        journal.note(1, message(ROOM)).now_or_never().unwrap();
        let mut second = Box::pin(journal.note(1, message(1)));
        assert!(second.as_mut().now_or_never().is_none());
        drop(entries.next().unwrap());
        second.now_or_never().unwrap();
        assert_eq!(entries.take_missed(), 0);
    }
}
