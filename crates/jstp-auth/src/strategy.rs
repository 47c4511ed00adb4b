use std::fmt;

use crate::Credentials;

/// How a client introduces itself.
///
/// `Debug` shows neither passwords nor credentials.
#[derive(Clone)]
#[non_exhaustive]
pub enum Strategy {
    /// As nobody in particular.
    Anonymous,
    /// By name and password: strategy `login`.
    #[non_exhaustive]
    Login {
        /// The name of the user.
        user: String,
        /// The password, in clear: use it over an encrypted transport.
        password: String,
    },
    /// By a strategy of the application's own, see [`Strategy::custom`].
    #[non_exhaustive]
    Custom {
        /// Its name, the key in the handshake.
        name: String,
        /// Its credentials.
        credentials: Credentials,
    },
}

impl Strategy {
    /// Name and password, strategy `login`.
    pub fn login(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Login {
            user: user.into(),
            password: password.into(),
        }
    }

    /// A strategy of the application's own.
    ///
    /// ```
    /// use jstp_auth::{Credentials, Strategy};
    ///
    /// let strategy = Strategy::custom("token", Credentials::parse("'abc'")?)?;
    /// assert_eq!(strategy.name(), "token");
    /// assert!(Strategy::custom("session", Credentials::parse("'abc'")?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is empty or means something else in a handshake: `session`, `handshake`,
    /// `__proto__`, or a decimal integer, which JavaScript peers would move before the handshake.
    pub fn custom(
        name: impl Into<String>,
        credentials: Credentials,
    ) -> Result<Self, StrategyNameError> {
        let name = name.into();
        match name.as_str() {
            "" => Err(StrategyNameError::Empty),
            "session" | "handshake" | "__proto__" => Err(StrategyNameError::Reserved { name }),
            _ if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(StrategyNameError::Reserved { name })
            }
            _ => Ok(Self::Custom { name, credentials }),
        }
    }

    /// The name of the strategy, as it travels; `anonymous` usually does not.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Login { .. } => "login",
            Self::Custom { name, .. } => name,
        }
    }

    /// What goes into the handshake: the name and the credentials; `None` for an anonymous client,
    /// whose handshake has neither.
    #[expect(clippy::missing_panics_doc, reason = "two strings always have a text")]
    pub fn handshake(&self) -> Option<(&str, Credentials)> {
        let credentials = match self {
            Self::Anonymous => return None,
            Self::Login { user, password } => Credentials::from_serialize(&(user, password))
                .expect("two strings always have a text"),
            Self::Custom { credentials, .. } => credentials.portable(),
        };
        Some((self.name(), credentials))
    }
}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Login { user, .. } => f
                .debug_struct("Login")
                .field("user", user)
                .finish_non_exhaustive(),
            Self::Custom { name, .. } => f
                .debug_struct("Custom")
                .field("name", name)
                .finish_non_exhaustive(),
        }
    }
}

/// A name that a strategy cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrategyNameError {
    /// The name is empty.
    #[error("the name of a strategy must not be empty")]
    Empty,
    /// The name has a meaning of its own in a handshake.
    #[error("`{name}` has a meaning of its own in a handshake and cannot name a strategy")]
    Reserved {
        /// The name.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::{Strategy, StrategyNameError};
    use crate::Credentials;

    fn custom(name: &str) -> Result<Strategy, StrategyNameError> {
        Strategy::custom(name, Credentials::parse("['secret']").unwrap())
    }

    #[test]
    fn names_with_a_meaning_of_their_own_are_refused() {
        assert_eq!(custom("").unwrap_err(), StrategyNameError::Empty);
        for name in ["session", "handshake", "__proto__", "0", "17"] {
            let error = custom(name).unwrap_err();
            assert_eq!(
                error,
                StrategyNameError::Reserved {
                    name: name.to_owned()
                }
            );
            assert!(error.to_string().contains(name));
        }
        for name in ["token", "login", "Session", "a b", "1a", "-1"] {
            assert_eq!(custom(name).unwrap().name(), name);
        }
    }

    #[test]
    fn an_anonymous_handshake_has_no_strategy() {
        assert!(Strategy::Anonymous.handshake().is_none());
    }

    #[test]
    fn login_travels_as_name_and_password() {
        let strategy = Strategy::login("it's", "se\"cret");
        let (name, credentials) = strategy.handshake().unwrap();
        assert_eq!(
            (name, credentials.as_raw().as_str()),
            ("login", r#"['it\'s','se\"cret']"#)
        );
    }

    #[test]
    fn custom_credentials_travel_verbatim() {
        let strategy = custom("token").unwrap();
        let (name, credentials) = strategy.handshake().unwrap();
        assert_eq!(
            (name, credentials.as_raw().as_str()),
            ("token", "['secret']")
        );
    }

    #[test]
    fn custom_credentials_are_rewritten_where_a_peer_could_not_read_them() {
        let credentials = Credentials::parse("[ 'a\u{2028}b' ]").unwrap();
        let strategy = Strategy::custom("token", credentials).unwrap();
        let (_, credentials) = strategy.handshake().unwrap();
        assert_eq!(credentials.as_raw().as_str(), r"['a\u2028b']");
    }

    #[test]
    fn debug_hides_what_is_secret() {
        for strategy in [
            Strategy::login("marcus", "secret"),
            custom("token").unwrap(),
        ] {
            let shown = format!("{strategy:?}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
