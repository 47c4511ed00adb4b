//! Texts that are written, passed on and forgotten.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

use jstp_wire::{Spares, leave_long_text, take_long_text};

/// How many buffers a thread keeps, and what they may take together.
const KEPT: usize = 1024;
const KEPT_BYTES: usize = 1024 * 1024;
/// A longer one is left to all threads.
const LONGEST: usize = 64 * 1024;

thread_local! {
    static SPARE: Spares<String> = const { Spares::new(KEPT, KEPT_BYTES) };
    /// The length of the text before, if it was a long one: the next one may be as long.
    static EXPECTED: Cell<usize> = const { Cell::new(0) };
}

/// A text in a buffer that is left to the thread when it is dropped, for the next text: a call needs two or
/// three for a short time and should not allocate them.
#[derive(Default)]
pub(crate) struct Scratch {
    text: String,
}

impl Scratch {
    /// An empty text. Its buffer is taken when it is first [written](Self::write).
    pub(crate) const fn new() -> Self {
        Self {
            text: String::new(),
        }
    }

    pub(crate) fn copy(text: &str) -> Self {
        let mut copy = buffer_for(text.len());
        copy.push_str(text);
        Self { text: copy }
    }

    /// Makes it an empty text. Its buffer is kept, for as long as it is not a long one.
    pub(crate) fn clear(&mut self) {
        if self.text.capacity() > LONGEST {
            *self = Self::new();
        }
        self.text.clear();
    }

    /// The buffer, to write to it.
    pub(crate) fn write(&mut self) -> &mut String {
        if self.text.capacity() == 0 {
            self.text = buffer_for(EXPECTED.try_with(Cell::take).unwrap_or_default());
        }
        &mut self.text
    }
}

impl Deref for Scratch {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Clone for Scratch {
    fn clone(&self) -> Self {
        Self::copy(self)
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        match self.text.capacity() {
            0 => {}
            1..=LONGEST => leave(std::mem::take(&mut self.text)),
            _ => leave_long(std::mem::take(&mut self.text)),
        }
    }
}

fn buffer_for(len: usize) -> String {
    if len > LONGEST {
        take_long_text(len)
    } else {
        take()
    }
}

fn leave_long(text: String) {
    if text.len() > LONGEST {
        // Fails where the thread is ending.
        let _ = EXPECTED.try_with(|expected| expected.set(text.len()));
    }
    leave_long_text(text);
}

/// Where the thread is ending there is none to be had.
fn take() -> String {
    SPARE.try_with(Spares::take).unwrap_or_default()
}

fn leave(mut buffer: String) {
    buffer.clear();
    // Fails where the thread is ending.
    let _ = SPARE.try_with(|spare| spare.leave(buffer));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> (usize, usize) {
        SPARE.with(Spares::kept)
    }

    #[test]
    fn a_buffer_is_used_again() {
        let text = Scratch::copy("some text");
        let start = text.as_ptr();
        drop(text);
        let next = Scratch::copy("other");
        assert_eq!((next.as_ptr(), &*next), (start, "other"));
        assert_eq!(&*next.clone(), "other");
    }

    #[test]
    fn what_a_thread_keeps_is_bounded() {
        let texts: Vec<_> = (0..2 * KEPT).map(|_| Scratch::copy("x")).collect();
        drop(texts);
        assert_eq!(kept().0, KEPT);
        let long = "x".repeat(LONGEST);
        let texts: Vec<_> = (0..KEPT).map(|_| Scratch::copy(&long)).collect();
        drop(texts);
        assert!(kept().1 <= KEPT_BYTES, "{:?}", kept());
        let mut longer = Scratch::new();
        longer.write().reserve(2 * LONGEST);
        let before = kept();
        drop(longer);
        assert_eq!(kept().0, before.0);
    }

    #[test]
    fn behind_a_long_text_another_one_is_expected() {
        let write = |text: &str| {
            let mut scratch = Scratch::new();
            scratch.write().push_str(text);
            scratch
        };
        drop(write(&"x".repeat(300_000)));
        assert!(write("short").text.capacity() >= 300_000);
        assert!(write("short").text.capacity() <= LONGEST);
    }
}
