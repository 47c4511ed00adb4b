//! The JSTP wire format: text, messages, framing and remote errors.
//!
//! For those who build on the protocol without its connections: it does no I/O and knows no session. Users of
//! JSTP find what they need of it in the crate `jstp`.
//!
//! * The text format, a superset of JSON5: [`from_str`] and [`to_string`] for types of serde, [`Value`] and
//!   [`value!`] for values of any shape, [`RawValue`] for text that is checked but not built, [`Undefined`].
//! * [`Message`]: the header of a message, its arguments still text; [`encode`] writes messages.
//! * [`FrameDecoder`] and [`FrameEncoder`]: messages in a stream of bytes.
//! * [`RemoteError`]: the errors that travel.
//!
//! Everything that reads has limits: [`DEFAULT_MAX_DEPTH`] levels of nesting, [`DEFAULT_MAX_MESSAGE_SIZE`] bytes
//! of one message. Nothing that a peer sends makes it panic.
//!
//! ```
//! use jstp_wire::{Value, from_str, to_string, value};
//!
//! let value: Value = from_str("{name: 'Ann', tags: ['a', , 'b',], /* hex */ id: 0x1F}")?;
//! assert_eq!(value, value!({name: "Ann", tags: ["a", undefined, "b"], id: 31}));
//! assert_eq!(to_string(&value)?, "{name:'Ann',tags:['a',,'b'],id:31}");
//! # Ok::<_, jstp_wire::Error>(())
//! ```

mod base64;
mod block;
mod de;
pub mod encode;
mod error;
mod float;
mod frame;
mod integer;
mod limits;
mod macros;
mod message;
mod number;
mod object;
mod raw;
mod remote_error;
mod scan;
mod ser;
mod spares;
mod token;
mod undefined;
mod value;
mod words;

pub use block::{
    BLOCK_SIZE, freeze_block, leave_block, leave_long_text, split_block, take_block,
    take_long_block, take_long_text, take_longest_block,
};
pub use de::{Deserializer, from_slice, from_str};
pub use error::{Error, ErrorKind, Result};
pub use frame::{DEFAULT_MAX_MESSAGE_SIZE, FrameDecoder, FrameEncoder, FrameError, decode_text};
pub use limits::DEFAULT_MAX_DEPTH;
pub use message::{
    Call, Callback, Event, Handshake, HandshakeRequest, HandshakeResponse, Inspect, Message,
    Outcome, Parsed, RejectReason, Rejected,
};
pub use number::Number;
pub use object::{IntoIter as ObjectIntoIter, Iter as ObjectIter, Object};
pub use raw::{Elements, Members, RawBuf, RawValue, ValueKind};
pub use remote_error::RemoteError;
pub use ser::{
    Compound, Serializer, append_to_string, to_string, to_string_pretty, to_vec, to_writer,
};
pub use spares::{Spare, Spares};
pub use undefined::Undefined;
pub use value::{Value, ValueIndex, from_value, to_value};
