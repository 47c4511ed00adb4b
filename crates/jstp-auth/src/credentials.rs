use std::fmt;

use jstp_wire::{DEFAULT_MAX_DEPTH, Error, RawBuf, RawValue};
use serde::{Deserialize, Serialize};

/// The credentials of a handshake: one value of any kind, kept as the text in which it travels.
///
/// `Debug` does not show them. Cloning is cheap.
///
/// ```
/// use jstp_auth::Credentials;
///
/// let credentials = Credentials::from_serialize(&("marcus", "secret"))?;
/// assert_eq!(credentials.as_raw().as_str(), "['marcus','secret']");
/// let (user, _): (String, String) = credentials.deserialize()?;
/// assert_eq!(user, "marcus");
/// assert_eq!(format!("{credentials:?}"), "Credentials(..)");
/// # Ok::<(), jstp_wire::Error>(())
/// ```
#[derive(Clone)]
pub struct Credentials(RawBuf);

impl Credentials {
    /// Credentials from any serializable value.
    ///
    /// # Errors
    ///
    /// The value cannot be written as text.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        RawBuf::from_serialize(value).map(Self)
    }

    /// Credentials from the text of one value, nested no deeper than [`DEFAULT_MAX_DEPTH`].
    ///
    /// # Errors
    ///
    /// The text is not exactly one value.
    pub fn parse(text: &str) -> Result<Self, Error> {
        RawValue::parse(text, DEFAULT_MAX_DEPTH).map(Self::from)
    }

    /// The credentials as validated text.
    pub fn as_raw(&self) -> RawValue<'_> {
        self.0.as_raw()
    }

    /// The same in text that any peer takes; see "Writing" at [`RawValue`].
    pub(crate) fn portable(&self) -> Self {
        // What nests too deep to be rewritten no peer would read in another form either.
        Self::from_serialize(&self.0).unwrap_or_else(|_| self.clone())
    }

    /// Reads the credentials into the type that the strategy has for them.
    ///
    /// They come from the peer and may be anything. Answer an error with
    /// [`AuthError::Denied`](crate::AuthError::Denied), and mind that its text may show a part of
    /// them.
    ///
    /// # Errors
    ///
    /// The credentials are of another form.
    pub fn deserialize<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        self.as_raw().deserialize()
    }
}

impl From<RawValue<'_>> for Credentials {
    fn from(raw: RawValue<'_>) -> Self {
        Self(RawBuf::from_raw(raw))
    }
}

impl From<RawBuf> for Credentials {
    fn from(raw: RawBuf) -> Self {
        Self(raw)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn text_that_is_not_one_value_is_refused() {
        for text in ["", "1 2", "['user'", "user"] {
            assert!(Credentials::parse(text).is_err(), "{text:?}");
        }
        assert!(Credentials::parse(&format!("{}{}", "[".repeat(200), "]".repeat(200))).is_err());
    }

    #[test]
    fn credentials_of_another_form_are_an_error() {
        let credentials = Credentials::parse("{user: 'marcus'}").unwrap();
        assert!(credentials.deserialize::<(String, String)>().is_err());
        assert!(credentials.deserialize::<String>().is_err());
    }

    #[test]
    fn white_space_around_the_value_is_left_out() {
        let credentials = Credentials::parse(" ['a', 1] // note").unwrap();
        assert_eq!(credentials.as_raw().as_str(), "['a', 1]");
    }
}
