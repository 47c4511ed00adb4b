//! The JSTP wire format: text, messages, framing and remote errors.

mod base64;
mod de;
pub mod encode;
mod error;
mod frame;
mod limits;
mod macros;
mod message;
mod number;
mod object;
mod raw;
mod remote_error;
mod scan;
mod ser;
mod token;
mod undefined;
mod value;

pub use de::{Deserializer, from_slice, from_str};
pub use error::{Error, ErrorKind, Result};
pub use frame::{DEFAULT_MAX_MESSAGE_SIZE, FrameDecoder, FrameEncoder, FrameError, decode_text};
pub use limits::DEFAULT_MAX_DEPTH;
pub use message::{
    Call, Callback, Event, Handshake, HandshakeRequest, HandshakeResponse, Inspect, Message,
    Outcome, Parsed, RejectReason, Rejected,
};
pub use number::Number;
pub use object::{Iter as ObjectIter, Object};
pub use raw::{Elements, Members, RawBuf, RawValue, ValueKind};
pub use remote_error::RemoteError;
pub use ser::{
    Compound, Serializer, append_to_string, to_string, to_string_pretty, to_vec, to_writer,
};
pub use undefined::Undefined;
pub use value::{Value, ValueIndex, from_value, to_value};
