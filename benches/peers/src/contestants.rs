//! The contestants: a server and a client each.

pub(crate) mod bare;
pub(crate) mod bare_blocking;
pub(crate) mod bare_writer;
pub(crate) mod bare_ws;
pub(crate) mod jsonrpsee;
pub(crate) mod jstp;
pub(crate) mod tarpc;
pub(crate) mod tonic;
