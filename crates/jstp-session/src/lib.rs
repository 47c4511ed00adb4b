//! JSTP sessions: state, resend buffer and storage.
//!
//! A session is what survives a lost connection: who the user is, how many numbered messages have
//! been received, and every numbered message that was sent but is not yet known to have arrived.
//! This crate holds that state and the places where it may be kept. It opens no sockets, starts no
//! tasks and needs no particular async runtime.
//!
//! It is meant for authors of storage backends (see [`SessionStorageProvider`] and the
//! [`conformance`] suite) and for the layers above; applications meet [`Session`] mainly as the
//! key-value state of a connection.
//!
//! ```
//! use bytes::Bytes;
//! use jstp_session::{Direction, Session, SessionId};
//!
//! let mut session = Session::new(SessionId::random(), Direction::Client)
//!     .with_username(Some("marcus".to_owned()));
//!
//! let id = session.next_id();
//! session.buffer(id, Bytes::from_static(b"{event:[1,'feed'],item:[]}"))?;
//! assert_eq!(session.unacknowledged().count(), 1);
//!
//! // The session outlives its process as text, and Node.js servers can read it.
//! let mut restored = Session::from_string(&session.to_string())?;
//! assert_eq!(restored.acknowledge(1), 1);
//! assert_eq!(restored.unacknowledged().count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Message ids in this crate are absolute values: the side that opened a connection counts 1, 2, …
//! on the wire and the other side -1, -2, …; adding the sign is left to whoever writes messages.
//! Only the stored text needs it, see [`Direction`].

pub mod conformance;
mod id;
mod memory;
mod session;
mod storage;
#[cfg(test)]
mod testing;
mod text;

pub use id::SessionId;
pub use memory::SimpleSessionStorageProvider;
pub use session::{BufferFull, Direction, Kept, Session, SessionLimits};
pub use storage::{SessionStorageProvider, StorageError};
pub use text::Error;
