use super::{LoginTable, same_text};
use crate::testing::block_on;
use crate::{AuthError, AuthPolicy, AuthRequest, Credentials};

fn ask(strategy: &str, credentials: &str) -> Result<String, AuthError> {
    let table = LoginTable::new([("marcus", "secret"), ("nobody", ""), ("ada", "engine")]);
    let credentials = Credentials::parse(credentials).unwrap();
    block_on(table.authenticate(&AuthRequest::new(strategy, credentials, "app", "1.0.0")))
}

#[test]
fn the_right_password_gives_the_user() {
    assert_eq!(ask("login", "['marcus','secret']").as_deref(), Ok("marcus"));
    assert_eq!(ask("login", "[\"ada\",\"engine\"]").as_deref(), Ok("ada"));
    assert_eq!(ask("login", "['nobody','']").as_deref(), Ok("nobody"));
}

#[test]
fn everything_else_is_denied() {
    for credentials in [
        "['marcus','secreT']",
        "['marcus','secre']",
        "['marcus','secret1']",
        "['marcus','']",
        "['unknown','']",
        "['unknown','secret']",
        "['marcus']",
        "['marcus',['secret']]",
        "{user:'marcus',password:'secret'}",
        "null",
    ] {
        assert_eq!(
            ask("login", credentials),
            Err(AuthError::Denied),
            "{credentials}"
        );
    }
    assert_eq!(ask("token", "['marcus','secret']"), Err(AuthError::Denied));
}

#[test]
fn texts_are_the_same_only_when_all_bytes_are() {
    for text in ["", "a", "\0", "a\0", "ab", "b"] {
        for other in ["", "a", "\0", "a\0", "ab", "b"] {
            assert_eq!(same_text(text, other), text == other, "{text:?} {other:?}");
        }
    }
}
