//! The commands, a module each.

pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod emit;
pub(crate) mod inspect;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod ping;
