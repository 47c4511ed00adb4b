//! Texts that are written, passed on and forgotten.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;

/// How many buffers a thread keeps, and what they may take together.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 256 * 1024;
/// A longer one is not kept.
const LONGEST: usize = 64 * 1024;

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare { buffers: Vec::new(), bytes: 0 }) };
}

struct Spare {
    buffers: Vec<String>,
    bytes: usize,
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
        let mut copy = Self::new();
        copy.write().push_str(text);
        copy
    }

    /// The buffer, to write to it.
    pub(crate) fn write(&mut self) -> &mut String {
        if self.text.capacity() == 0 {
            self.text = take();
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
        if (1..=LONGEST).contains(&self.text.capacity()) {
            leave(std::mem::take(&mut self.text));
        }
    }
}

/// Where the thread is ending there is none to be had.
fn take() -> String {
    let spare = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        let buffer = spare.buffers.pop()?;
        spare.bytes -= buffer.capacity();
        Some(buffer)
    });
    spare.ok().flatten().unwrap_or_default()
}

fn leave(mut buffer: String) {
    buffer.clear();
    // Fails where the thread is ending.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.buffers.len() < KEPT && spare.bytes + buffer.capacity() <= KEPT_BYTES {
            spare.bytes += buffer.capacity();
            spare.buffers.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> (usize, usize) {
        SPARE.with_borrow(|spare| (spare.buffers.len(), spare.bytes))
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
}
