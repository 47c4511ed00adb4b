//! How much transports write.
//!
//! A long message may take a slow peer a minute, in which its transport is not done but does not rest either.
//! Who polls a transport sees by the difference of [`written`] whether it has gone on. A transport of another
//! kind is taken to write nothing until it is done.

use std::cell::Cell;

thread_local! {
    static WRITTEN: Cell<u64> = const { Cell::new(0) };
}

/// The bytes that transports of this crate have ever written on this thread.
pub fn written() -> u64 {
    WRITTEN.get()
}

pub(crate) fn note_written(bytes: usize) {
    WRITTEN.set(WRITTEN.get().wrapping_add(bytes as u64));
}
