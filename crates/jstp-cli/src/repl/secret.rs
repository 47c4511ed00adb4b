//! What should not be kept in a file.

use super::command::{find, identity, word};

/// Whether a line holds, or may hold, what should not be kept in a file.
pub(super) fn is_secret(line: &str) -> bool {
    const TELLTALES: [&str; 5] = ["passw", "secret", "token", "credential", "api_key"];
    let lower = line.to_lowercase();
    let is_long_login = word(line).is_some_and(|(name, rest)| {
        find(name).is_ok_and(|help| help.name == "login")
            && identity(
                &rest
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            )
            .is_err()
    });
    // As in shells, what is not to be kept may begin with a space.
    line.starts_with(char::is_whitespace)
        || is_long_login
        || TELLTALES.iter().any(|telltale| lower.contains(telltale))
        || line.split_whitespace().any(|word| {
            word.split_once("://").is_some_and(|(_, rest)| {
                rest.split(['/', '?'])
                    .next()
                    .is_some_and(|host| host.contains('@'))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognized() {
        for line in [
            "login ann hunter2",
            "call auth signIn 'ann', {Password: 'x'}",
            "connect jstp://ann:x@host:3000 app",
            " call a b",
        ] {
            assert!(is_secret(line), "{line}");
        }
        for line in [
            "login ann",
            "login --strategy oauth",
            "call a b 'x@y'",
            "connect h:1 app@1",
        ] {
            assert!(!is_secret(line), "{line}");
        }
    }
}
