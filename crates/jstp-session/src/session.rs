mod buffer;
mod state;

use std::fmt;

use bytes::Bytes;
use jstp_wire::Value;

use crate::SessionId;
pub(crate) use buffer::ResendBuffer;
pub use buffer::{BufferFull, Kept, SessionLimits};
pub(crate) use state::{Key, State};

/// Which side of its connections a session belongs to, and so the sign of its message ids.
///
/// Ids are absolute everywhere in this crate but in the stored text, where the id of the last
/// buffered message has its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The side that opens connections: ids 1, 2, 3, …
    Client,
    /// The side that accepts connections: ids -1, -2, -3, …
    Server,
}

impl Direction {
    pub(crate) fn signed(self, abs_id: u64) -> i64 {
        let id = i64::try_from(abs_id).unwrap_or(i64::MAX);
        match self {
            Self::Client => id,
            Self::Server => -id,
        }
    }
}

/// One side's state of a session: who it belongs to, what has arrived, what is still to arrive.
///
/// A session is plain data. Numbered messages (call, event, inspect, ping) go through
/// [`buffer`](Self::buffer) before they are sent and stay there until
/// [`acknowledge`](Self::acknowledge) says that they have arrived; after a reconnect
/// [`unacknowledged`](Self::unacknowledged) is what to send again. The buffer is bounded by
/// [`SessionLimits`].
///
/// Besides, a session carries key-value state of the application ([`get`](Self::get),
/// [`set`](Self::set)), which is stored along with it.
///
/// `to_string` gives the JSON text of the npm package `@metarhia/jstp`, and
/// [`from_string`](Self::from_string) reads it. The application name and values that JSON cannot
/// hold (`undefined`, `NaN`, infinities, `-0`) are kept in an additional entry `$jstp` of the
/// stored key-value state, which Node.js servers carry along unchanged.
///
/// ```
/// use jstp_session::{Direction, Session, SessionId};
/// use jstp_wire::Value;
///
/// let mut session = Session::new(SessionId::from("an-id"), Direction::Server)
///     .with_application("chat");
/// session.set("room", Value::String("lobby".to_owned()));
/// session.record_received(7);
///
/// let copy: Session = session.to_string().parse()?;
/// assert_eq!(copy.application(), Some("chat"));
/// assert_eq!(copy.get("room").and_then(Value::as_str), Some("lobby"));
/// assert_eq!(copy.received(), 7);
/// # Ok::<(), jstp_session::Error>(())
/// ```
#[derive(Clone)]
#[repr(C)] // The order in memory: what each message looks at comes first.
pub struct Session {
    pub(crate) received: u64,
    pub(crate) acknowledged: u64,
    pub(crate) last_sent: u64,
    /// With its sign, for the stored text only: other peers may have numbered backwards, so it
    /// need not agree with `last_sent`.
    pub(crate) last_buffered: i64,
    pub(crate) buffer: ResendBuffer,
    pub(crate) direction: Direction,
    pub(crate) id: SessionId,
    pub(crate) username: Option<String>,
    pub(crate) application: Option<String>,
    pub(crate) state: State,
}

impl Session {
    /// A new session in which nothing has been sent or received, with the default limits.
    pub fn new(id: SessionId, direction: Direction) -> Self {
        Self {
            id,
            direction,
            username: None,
            application: None,
            received: 0,
            acknowledged: 0,
            last_sent: 0,
            last_buffered: 0,
            buffer: ResendBuffer::default(),
            state: State::default(),
        }
    }

    /// Sets the name of the user; `None` (the default) is an anonymous one.
    #[must_use]
    pub fn with_username(mut self, username: Option<String>) -> Self {
        self.username = username;
        self
    }

    /// Sets the name of the application the session is for. There is none by default, and the
    /// texts of Node.js servers have none.
    #[must_use]
    pub fn with_application(mut self, application: impl Into<String>) -> Self {
        self.application = Some(application.into());
        self
    }

    /// Sets the bounds of the resend buffer. What is buffered already stays, even beyond them.
    #[must_use]
    pub fn with_limits(mut self, limits: SessionLimits) -> Self {
        self.buffer.set_limits(limits);
        self
    }

    /// Sets the side, where a stored text did not tell it (see [`from_string`](Self::from_string)).
    #[must_use]
    pub fn with_direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// The id of the session.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The side this session belongs to.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The name of the user, `None` for an anonymous one.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The name of the application the session is for, where it is known.
    pub fn application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    /// The bounds of the resend buffer.
    pub fn limits(&self) -> SessionLimits {
        self.buffer.limits()
    }

    /// The value that the application stored under this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.state.get(key)
    }

    /// Stores a value under a key and returns the one that it replaces, whose place in the order
    /// it takes.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.state.set(key.into(), value.into())
    }

    /// Removes a key and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.state.remove(key)
    }

    /// The keys of the application's state, in the order in which they were first set.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// The keys and values of the application's state, in the order of [`keys`](Self::keys).
    ///
    /// Entries whose key is no text, which a Node.js server may have stored, are not shown; they
    /// stay in the stored text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.state.iter()
    }

    /// The highest id among the numbered messages received so far. It is what the other side is
    /// told when the session is resumed.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Takes note of a numbered message that was received. The count never goes back.
    pub fn record_received(&mut self, abs_id: u64) {
        self.received = self.received.max(abs_id);
    }

    /// The highest id of an own message that is known to have arrived.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// The id of the last numbered message of this side, 0 when there was none.
    pub fn last_sent(&self) -> u64 {
        self.last_sent
    }

    /// The id for the next numbered message of this side.
    pub fn next_id(&self) -> u64 {
        self.last_sent.saturating_add(1)
    }

    /// Drops the messages up to `abs_id` from the buffer, because the other side has them, and
    /// returns how many there were.
    ///
    /// An id beyond what was sent counts as [`last_sent`](Self::last_sent), one below
    /// [`acknowledged`](Self::acknowledged) takes nothing back. The cost depends on what is
    /// buffered, not on the number that the other side names.
    pub fn acknowledge(&mut self, abs_id: u64) -> usize {
        let abs_id = abs_id.min(self.last_sent);
        self.acknowledged = self.acknowledged.max(abs_id);
        self.buffer.drop_through(abs_id)
    }

    /// Keeps a numbered message, as it goes over the wire but without the NUL, until it is
    /// acknowledged.
    ///
    /// `abs_id` is meant to be [`next_id`](Self::next_id). A message of any length is taken when
    /// the buffer is empty.
    ///
    /// # Errors
    ///
    /// [`BufferFull`] names the limit that the message would break; the session is unchanged then.
    pub fn buffer(&mut self, abs_id: u64, message: Bytes) -> Result<(), BufferFull> {
        self.buffer.check(message.len())?;
        self.buffer_beyond_limits(abs_id, message);
        Ok(())
    }

    /// Keeps a numbered message as [`buffer`](Self::buffer) does, but whatever the limits say.
    ///
    /// This is for the pings of the protocol itself, without which a full buffer might never be
    /// acknowledged. Whoever uses it has to bound their number.
    pub fn buffer_beyond_limits(&mut self, abs_id: u64, message: Bytes) {
        self.keep(abs_id, Kept::Message(message));
    }

    /// Keeps a numbered message as [`buffer_beyond_limits`](Self::buffer_beyond_limits) does, in the form in which
    /// it is given. An event that is shared takes the length of what is shared.
    pub fn keep(&mut self, abs_id: u64, message: Kept) {
        self.buffer.push(abs_id, message);
        self.last_sent = self.last_sent.max(abs_id);
        self.last_buffered = self.direction.signed(abs_id);
    }

    /// Whether [`buffer`](Self::buffer) would take a message of `len` bytes now.
    pub fn has_room(&self, len: usize) -> bool {
        self.buffer.check(len).is_ok()
    }

    /// Whether [`buffer`](Self::buffer) would take so many messages of `len` bytes in all now.
    pub fn has_room_for(&self, messages: usize, len: usize) -> bool {
        self.buffer.has_room_for(messages, len)
    }

    /// The messages that are not known to have arrived, in the order in which they were sent.
    pub fn unacknowledged(&self) -> impl DoubleEndedIterator<Item = Bytes> + ExactSizeIterator {
        self.kept().map(|(id, kept)| kept.to_message(id))
    }

    /// The messages that are not known to have arrived, as they are kept, with their ids on the wire.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = (i64, &Kept)> + ExactSizeIterator {
        let entries = self.buffer.entries();
        entries.map(|(id, kept)| (self.direction.signed(id), kept))
    }

    /// How many messages are not known to have arrived.
    pub fn buffered_count(&self) -> usize {
        self.buffer.len()
    }

    /// What these messages take: the length of each in bytes and 64 bytes more for its upkeep.
    pub fn buffered_bytes(&self) -> usize {
        self.buffer.bytes()
    }

    /// How many of these are of texts that other sessions share.
    pub fn shared_bytes(&self) -> usize {
        self.buffer.shared_bytes()
    }
}

/// Shows counts and names; neither messages nor values, which may be secret.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("direction", &self.direction)
            .field("username", &self.username)
            .field("application", &self.application)
            .field("received", &self.received)
            .field("acknowledged", &self.acknowledged)
            .field("last_sent", &self.last_sent)
            .field("buffered_count", &self.buffered_count())
            .field("buffered_bytes", &self.buffered_bytes())
            .field("keys", &self.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
