//! The commands, a module each.

pub(crate) mod bench;
pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod emit;
pub(crate) mod fmt;
pub(crate) mod inspect;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod ping;
pub(crate) mod serve;
pub(crate) mod sniff;
