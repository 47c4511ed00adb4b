//! The text by which a session is stored: JSON as the npm package `@metarhia/jstp` writes it.
//!
//! `{"id":…,"username":…,"guaranteedDeliveredCount":n,"buffer":[[absolute id,"message"],…],`
//! `"receivedCount":n,"latestBufferedMessageId":id,"storage":[[key,value],…]}`

mod extras;
mod json;
mod read;

use std::fmt;
use std::str::FromStr;

use crate::Session;
use crate::session::Key;
use extras::{Extras, RESERVED_KEY};

/// How deep texts may nest that are read: deeper than messages, because values stand inside of the
/// session here.
const MAX_DEPTH: usize = 256;

/// How deep a value may nest, so that its session can be read again.
const MAX_VALUE_DEPTH: usize = MAX_DEPTH - 8;

/// A text that is no stored session.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be parsed.
    #[error("the session text cannot be parsed: {0}")]
    Syntax(#[from] jstp_wire::Error),
    /// It can be parsed but is not an object.
    #[error("the session text is not an object")]
    NotAnObject,
    /// A member of the object is missing or is of the wrong form.
    #[error("`{member}` of the session text is not {expected}")]
    Member {
        /// The name of the member.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl Session {
    /// Reads the text that `to_string` gives, here or in the npm package.
    ///
    /// The limits are the default ones, and what is buffered stays even if it passes them. The
    /// [`direction`](Self::direction) follows from the sign of the ids in the text; where there
    /// are none it is [`Direction::Server`](crate::Direction::Server), since servers store
    /// sessions. The session of an npm server that has numbered its messages backwards after a
    /// resume is read as it stands; new messages are numbered from the highest id on.
    ///
    /// # Errors
    ///
    /// The text cannot be parsed, nests deeper than 256 levels, or is not a session.
    pub fn from_string(text: &str) -> Result<Self, Error> {
        read::session(text)
    }
}

impl FromStr for Session {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_string(text)
    }
}

/// The text by which the session is stored. What nests deeper than 248 levels in a value of the
/// application is written as `null`, because the text could not be read again.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"id\":")?;
        json::string(f, self.id.as_str())?;
        f.write_str(",\"username\":")?;
        match &self.username {
            Some(username) => json::string(f, username)?,
            None => f.write_str("null")?,
        }
        write!(
            f,
            ",\"guaranteedDeliveredCount\":{},\"buffer\":[",
            self.acknowledged
        )?;
        for (index, (id, kept)) in self.buffer.entries().enumerate() {
            write!(f, "{}[{id},", json::comma(index))?;
            let message = kept.to_message(self.direction.signed(id));
            json::string(f, &String::from_utf8_lossy(&message))?;
            f.write_str("]")?;
        }
        let (received, last_buffered) = (self.received, self.last_buffered);
        write!(
            f,
            "],\"receivedCount\":{received},\"latestBufferedMessageId\":{last_buffered}"
        )?;
        f.write_str(",\"storage\":[")?;
        self.fmt_storage(f)?;
        f.write_str("]}")
    }
}

impl Session {
    fn fmt_storage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut extras = Extras::new(self.application.as_deref());
        let mut written = 0;
        for (key, value) in self.state.entries() {
            let is_reserved = matches!(key, Key::Text(key) if key == RESERVED_KEY);
            if let Key::Text(key) = key
                && (is_reserved || json::loses(value))
                && json::nests_at_most(value, MAX_VALUE_DEPTH)
            {
                extras.add(key, value);
            }
            if is_reserved {
                continue;
            }
            write!(f, "{}[", json::comma(written))?;
            match key {
                Key::Text(key) => json::string(f, key)?,
                Key::Foreign(key) => json::value(f, key, MAX_VALUE_DEPTH)?,
            }
            f.write_str(",")?;
            json::value(f, value, MAX_VALUE_DEPTH)?;
            f.write_str("]")?;
            written += 1;
        }
        if let Some(text) = extras.into_text() {
            write!(f, "{}[\"{RESERVED_KEY}\",", json::comma(written))?;
            json::string(f, &text)?;
            f.write_str("]")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
