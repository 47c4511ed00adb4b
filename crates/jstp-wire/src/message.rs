//! Messages: the header parsed, names borrowed from the text, arguments left as text.

use std::borrow::Cow;
use std::fmt;

use crate::{Error, RawValue, RemoteError, ValueKind};

mod canonical;
mod parse;
mod rejected;
#[cfg(test)]
mod tests;

pub use rejected::{RejectReason, Rejected};

/// One message as it was received.
///
/// Parsing checks the whole text and takes the header apart; arguments and results stay
/// [`RawValue`]s that borrow from the text. An ordinary message costs no allocation.
///
/// The kind of a message is its first key and the verb its second one. A key that stands twice
/// has its first position and its last value, a member that is undefined is absent, further keys
/// are ignored.
///
/// ```
/// use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Parsed};
///
/// let parsed = Message::parse("{call:[1,'calc'],add:[1,2]}", DEFAULT_MAX_DEPTH).unwrap();
/// let Parsed::Message(Message::Call(call)) = parsed else { panic!("not a call") };
/// assert_eq!(call.id, 1);
/// assert_eq!(call.interface.as_deref(), Some("calc"));
/// assert_eq!(call.method.as_deref(), Some("add"));
/// assert_eq!(call.args.unwrap().as_str(), "[1,2]");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// `{}`: the heartbeat of old peers. Carries nothing, is answered by nothing.
    Heartbeat,
    /// `{handshake:…}`: opens a connection, or answers that.
    Handshake(Handshake<'a>),
    /// `{call:[id,'interface'],method:[args…]}`
    Call(Call<'a>),
    /// `{callback:[id],ok:[results…]}` or `{callback:[id],error:[code,message?,…info]}`
    Callback(Callback<'a>),
    /// `{event:[id,'interface'],name:[args…]}`
    Event(Event<'a>),
    /// `{inspect:[id,'interface']}`
    Inspect(Inspect<'a>),
    /// `{ping:[id]}`
    Ping {
        /// The number of the message.
        id: i64,
    },
    /// `{pong:[id]}`
    Pong {
        /// The id of the ping that is answered.
        id: i64,
    },
}

/// What reading the text of a message gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed<'a> {
    /// A message that can be handled.
    Message(Message<'a>),
    /// An object that is no usable message. It is reported, and the connection goes on.
    Rejected(Rejected),
}

/// A handshake message. It is told apart by the second element of its array: truthy in a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Handshake<'a> {
    /// `{handshake:[0,'app','^1.2'],strategy:credentials}`
    Request(HandshakeRequest<'a>),
    /// `{handshake:[0],ok:…}` or `{handshake:[0],error:[…]}`
    Response(HandshakeResponse<'a>),
    /// Neither: the value is no array, or a response has no usable outcome. A handshake cannot
    /// just be rejected, so the layer above closes the connection.
    Malformed,
}

/// The request that opens a connection. Its `Debug` form hides the credentials.
#[derive(Clone, PartialEq)]
pub struct HandshakeRequest<'a> {
    /// The name of the application: any truthy value, a text when the peer is sane.
    pub application: RawValue<'a>,
    /// The version or range that is asked for, `None` when undefined. A falsy value asks for
    /// nothing either, any other that is no text finds nothing.
    pub version: Option<RawValue<'a>>,
    /// The strategy of authentication and its credentials, `None` for an anonymous request.
    pub strategy: Option<(Cow<'a, str>, RawValue<'a>)>,
}

/// The answer to a handshake request. Its `Debug` form hides the session id, by which the session can be
/// resumed.
#[derive(Clone, PartialEq)]
pub struct HandshakeResponse<'a> {
    /// The id, which is 0 when the peer is sane, `None` when it is no integer.
    pub id: Option<i64>,
    /// `Ok`: a non-empty text (the id of a new session) or a number (the count of messages that
    /// the server has received in a resumed session).
    pub outcome: Outcome<'a>,
}

/// A call of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<'a> {
    /// The number of the message.
    pub id: i64,
    /// The interface, `None` when it is absent or no text.
    pub interface: Option<Cow<'a, str>>,
    /// The method, `None` when there is no second key or its value is falsy (error 17).
    pub method: Option<Cow<'a, str>>,
    /// The array of arguments, `None` when the value is no array (error 17).
    pub args: Option<RawValue<'a>>,
}

/// The answer to a call or to an inspection.
#[derive(Debug, Clone, PartialEq)]
pub struct Callback<'a> {
    /// The id of the message that is answered.
    pub id: i64,
    /// `Ok`: the array of results.
    pub outcome: Outcome<'a>,
}

/// An event, which is not answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// The number of the message.
    pub id: i64,
    /// The interface, `None` when it is absent or no text (such an event has no listener).
    pub interface: Option<Cow<'a, str>>,
    /// The name of the event.
    pub name: Cow<'a, str>,
    /// The array of arguments.
    pub args: RawValue<'a>,
}

/// A question for the names of an interface's methods.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspect<'a> {
    /// The number of the message.
    pub id: i64,
    /// The interface, `None` when it is absent or no text (error 12).
    pub interface: Option<Cow<'a, str>>,
}

/// How something that was asked for ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<'a> {
    /// The value of `ok`.
    Ok(RawValue<'a>),
    /// The value of `error`.
    Err(RemoteError),
}

impl<'a> Message<'a> {
    /// Reads one message.
    ///
    /// # Errors
    ///
    /// An [`Error`] for text that is not exactly one object (white space and comments around it
    /// are fine) or that nests deeper than `max_depth`. Such text ends the connection.
    pub fn parse(text: &'a str, max_depth: usize) -> Result<Parsed<'a>, Error> {
        parse::message(text, max_depth)
    }
}

impl fmt::Debug for HandshakeRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeRequest")
            .field("application", &self.application)
            .field("version", &self.version)
            .field("strategy", &self.strategy.as_ref().map(|(name, _)| name))
            .finish()
    }
}

impl fmt::Debug for HandshakeResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome: &dyn fmt::Debug = match &self.outcome {
            Outcome::Ok(ok) if ok.kind() == ValueKind::String => &format_args!("Ok(session id)"),
            other => other,
        };
        f.debug_struct("HandshakeResponse")
            .field("id", &self.id)
            .field("outcome", outcome)
            .finish()
    }
}
