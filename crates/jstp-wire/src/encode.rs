//! Writing messages, in the exact form that all peers write.
//!
//! Each function appends one message to a buffer, without the NUL that ends it on a byte stream.
//! Arguments, results and credentials are given as text that was serialized before; it is written
//! as it stands. Text that was received should go through [`to_string`] as a
//! [`RawValue`](crate::RawValue) first, which tells why.
//!
//! ```
//! use bytes::BytesMut;
//! use jstp_wire::encode;
//!
//! let mut out = BytesMut::new();
//! encode::call(&mut out, 1, "calc", "add", "[1,2]");
//! assert_eq!(out, "{call:[1,'calc'],add:[1,2]}");
//! ```

use bytes::BytesMut;

use crate::remote_error::ErrorArray;
use crate::scan::is_bare_key;
use crate::ser::write_string;
use crate::{RemoteError, to_string};

#[cfg(test)]
mod tests;

const EVENT_HEAD: &[u8] = b"{event:[";

/// `{handshake:[0,'app','^1.2'],strategy:credentials}`: opens a connection.
///
/// `strategy` is the name of a way to authenticate and the text of its credentials, which is an
/// array for all strategies that peers know; `None` for an anonymous request.
pub fn handshake_request(
    out: &mut BytesMut,
    application: &str,
    version: Option<&str>,
    strategy: Option<(&str, &str)>,
) {
    out.extend_from_slice(b"{handshake:[0,");
    put_string(out, application);
    if let Some(version) = version {
        out.extend_from_slice(b",");
        put_string(out, version);
    }
    out.extend_from_slice(b"]");
    if let Some((name, credentials)) = strategy {
        put_member(out, name, credentials);
    }
    out.extend_from_slice(b"}");
}

/// `{handshake:[0],ok:'id'}`: the connection is accepted, with a new session.
pub fn handshake_session(out: &mut BytesMut, id: &str) {
    out.extend_from_slice(b"{handshake:[0],ok:");
    put_string(out, id);
    out.extend_from_slice(b"}");
}

/// `{handshake:[0],ok:count}`: the session is resumed, `count` messages of it have been received.
pub fn handshake_resumed(out: &mut BytesMut, count: u64) {
    out.extend_from_slice(b"{handshake:[0],ok:");
    put_integer(out, count);
    out.extend_from_slice(b"}");
}

/// `{handshake:[id],error:[…]}`: the connection is refused. See [`callback_error`].
pub fn handshake_error(out: &mut BytesMut, id: i64, error: &RemoteError) {
    put_header(out, b"{handshake:[", id);
    put_error(out, error);
}

/// `{call:[id,'interface'],method:[args…]}`; `args` is the text of an array.
pub fn call(out: &mut BytesMut, id: i64, interface: &str, method: &str, args: &str) {
    put_header(out, b"{call:[", id);
    put_tail(out, interface, method, args);
}

/// `{callback:[id],ok:[results…]}`; `results` is the text of an array.
pub fn callback_ok(out: &mut BytesMut, id: i64, results: &str) {
    put_header(out, b"{callback:[", id);
    out.extend_from_slice(b"],ok:");
    out.extend_from_slice(results.as_bytes());
    out.extend_from_slice(b"}");
}

/// `{callback:[id],error:[…]}`: answers a call with an error.
///
/// Info that cannot be written, because it nests too deep, makes it an internal error (16).
pub fn callback_error(out: &mut BytesMut, id: i64, error: &RemoteError) {
    put_header(out, b"{callback:[", id);
    put_error(out, error);
}

/// `{event:[id,'interface'],name:[args…]}`; `args` is the text of an array.
pub fn event(out: &mut BytesMut, id: i64, interface: &str, name: &str, args: &str) {
    put_header(out, EVENT_HEAD, id);
    put_tail(out, interface, name, args);
}

/// What follows the id in an [`event`]: `,'interface'],name:[args…]}`. It is the same for all to whom an
/// event goes.
pub fn event_tail(out: &mut BytesMut, interface: &str, name: &str, args: &str) {
    put_tail(out, interface, name, args);
}

/// An [`event`] whose [tail](event_tail) was written before.
pub fn event_with_tail(out: &mut BytesMut, id: i64, tail: &[u8]) {
    put_header(out, EVENT_HEAD, id);
    out.extend_from_slice(tail);
}

/// The length of an [`event_with_tail`].
pub fn event_with_tail_len(id: i64, tail: &[u8]) -> usize {
    let digits = id
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |log| log as usize + 1);
    EVENT_HEAD.len() + usize::from(id < 0) + digits + tail.len()
}

/// `{inspect:[id,'interface']}`: asks for the methods of an interface.
pub fn inspect(out: &mut BytesMut, id: i64, interface: &str) {
    put_header(out, b"{inspect:[", id);
    out.extend_from_slice(b",");
    put_string(out, interface);
    out.extend_from_slice(b"]}");
}

/// `{ping:[id]}`: asks for a pong, which acknowledges everything up to it.
pub fn ping(out: &mut BytesMut, id: i64) {
    put_header(out, b"{ping:[", id);
    out.extend_from_slice(b"]}");
}

/// `{pong:[id]}`: answers the ping with that id.
pub fn pong(out: &mut BytesMut, id: i64) {
    put_header(out, b"{pong:[", id);
    out.extend_from_slice(b"]}");
}

/// `{kind:[id`, of which `head` is what stands before the id.
#[inline]
fn put_header(out: &mut BytesMut, head: &[u8], id: i64) {
    out.extend_from_slice(head);
    put_integer(out, id);
}

/// `,'interface'],name:args}`
#[inline]
fn put_tail(out: &mut BytesMut, interface: &str, name: &str, args: &str) {
    if is_bare_key(name) && interface.bytes().all(is_plain) {
        // Appended in few pieces, as each looks for room of its own.
        out.extend_from_slice(b",'");
        out.extend_from_slice(interface.as_bytes());
        out.extend_from_slice(b"'],");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b":");
        out.extend_from_slice(args.as_bytes());
    } else {
        out.extend_from_slice(b",");
        put_string(out, interface);
        out.extend_from_slice(b"]");
        put_member(out, name, args);
    }
    out.extend_from_slice(b"}");
}

/// `],error:[…]}`, which ends the message.
fn put_error(out: &mut BytesMut, error: &RemoteError) {
    out.extend_from_slice(b"],error:");
    let text = to_string(&ErrorArray(error));
    out.extend_from_slice(text.as_deref().unwrap_or("[16]").as_bytes());
    out.extend_from_slice(b"}");
}

/// `,key:value`
fn put_member(out: &mut BytesMut, key: &str, value: &str) {
    out.extend_from_slice(b",");
    if is_bare_key(key) {
        out.extend_from_slice(key.as_bytes());
    } else {
        put_string(out, key);
    }
    out.extend_from_slice(b":");
    out.extend_from_slice(value.as_bytes());
}

fn put_string(out: &mut BytesMut, text: &str) {
    if text.bytes().all(is_plain) {
        out.reserve(text.len() + 2);
        out.extend_from_slice(b"'");
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"'");
    } else {
        let mut escaped = String::new();
        write_string(&mut escaped, text);
        out.extend_from_slice(escaped.as_bytes());
    }
}

/// Whether a byte surely stands for itself in a string. The names of most applications consist of
/// such bytes, and then nothing needs to be allocated.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'"' | b'\\')
}

fn put_integer(out: &mut BytesMut, integer: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}
