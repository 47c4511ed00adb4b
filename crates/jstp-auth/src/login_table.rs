use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;

use crate::{AuthError, AuthPolicy, AuthRequest};

/// Accepts the strategy `login` for a fixed set of users.
///
/// Passwords are held in clear, so this suits tests, examples and tools; they are compared in a
/// time that does not tell where they differ. `Debug` shows only the number of users.
///
/// ```
/// use jstp_auth::LoginTable;
///
/// let policy = LoginTable::new([("marcus", "secret"), ("ada", "engine")]);
/// assert_eq!(format!("{policy:?}"), "LoginTable { users: 2, .. }");
/// ```
#[derive(Clone)]
pub struct LoginTable {
    passwords: HashMap<String, String>,
}

impl LoginTable {
    /// A table of users and their passwords. Of several passwords of a user the last counts.
    pub fn new<U, P>(logins: impl IntoIterator<Item = (U, P)>) -> Self
    where
        U: Into<String>,
        P: Into<String>,
    {
        let logins = logins
            .into_iter()
            .map(|(user, password)| (user.into(), password.into()));
        Self {
            passwords: logins.collect(),
        }
    }
}

#[async_trait]
impl AuthPolicy for LoginTable {
    async fn authenticate(&self, request: &AuthRequest) -> Result<String, AuthError> {
        if request.strategy != "login" {
            return Err(AuthError::Denied);
        }
        let (user, given): (String, String) = request
            .credentials
            .deserialize()
            .map_err(|_| AuthError::Denied)?;
        let expected = self.passwords.get(&user);
        // An unknown user costs a comparison too.
        let equal = same_text(&given, expected.map_or("", String::as_str));
        if equal && expected.is_some() {
            Ok(user)
        } else {
            Err(AuthError::Denied)
        }
    }
}

/// Compares all of `given`, wherever the two begin to differ.
fn same_text(given: &str, expected: &str) -> bool {
    let mut expected_bytes = expected.bytes();
    let difference = given.bytes().fold(0, |difference, byte| {
        std::hint::black_box(difference | (byte ^ expected_bytes.next().unwrap_or_default()))
    });
    (difference == 0) & (given.len() == expected.len())
}

impl fmt::Debug for LoginTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginTable")
            .field("users", &self.passwords.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
