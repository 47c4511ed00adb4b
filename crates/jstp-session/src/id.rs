use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// The id of a session: a random UUID v4 where this side made it, any text where the other did.
///
/// Whoever knows the id may resume the session, so it is as good as a password: `Debug` shows only
/// its beginning, and nothing of a short one. `Display` and [`as_str`](Self::as_str) give all of it. Cloning is cheap.
///
/// ```
/// use jstp_session::SessionId;
///
/// let id = SessionId::from("3f0c1b9e-5d7a-4c55-9d0e-0a6c2f1d8b11");
/// assert_eq!(id.to_string(), "3f0c1b9e-5d7a-4c55-9d0e-0a6c2f1d8b11");
/// assert_eq!(format!("{id:?}"), "SessionId(3f0c1b9e…)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// A new id: a UUID v4 from the random source of the operating system.
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string().into())
    }

    /// The id as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SessionId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<&str> for SessionId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl AsRef<str> for SessionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let is_long = self.0.chars().nth(2 * SHOWN).is_some();
        let shown: String = self
            .0
            .chars()
            .take(if is_long { SHOWN } else { 0 })
            .collect();
        write!(f, "SessionId({shown}…)")
    }
}

#[cfg(test)]
mod tests {
    use super::SessionId;

    #[test]
    fn random_ids_are_version_four_uuids_and_differ() {
        let (one, two) = (SessionId::random(), SessionId::random());
        assert_ne!(one, two);
        let uuid = uuid::Uuid::parse_str(one.as_str()).unwrap();
        assert_eq!(uuid.get_version_num(), 4);
        assert_eq!(uuid.hyphenated().to_string(), one.as_str());
    }

    #[test]
    fn debug_shows_only_the_beginning_of_long_ids() {
        for (length, shown) in [(0, 0), (8, 0), (16, 0), (17, 8), (36, 8)] {
            assert_eq!(
                format!("{:?}", SessionId::from("é".repeat(length))),
                format!("SessionId({}…)", "é".repeat(shown))
            );
        }
    }
}
