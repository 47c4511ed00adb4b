//! What is measured.

pub(crate) mod calls;
pub(crate) mod cipher;
pub(crate) mod events;
pub(crate) mod fan_out;
pub(crate) mod memory;
pub(crate) mod scaling;
pub(crate) mod soak;

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Everything in about a minute, to see that it works.
    pub(crate) quick: bool,
    /// How often each contestant has its turn.
    pub(crate) rounds: usize,
}

impl Extent {
    /// The one or the other.
    pub(crate) fn choose<T>(self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}
