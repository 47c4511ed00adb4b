use super::*;
use crate::{DEFAULT_MAX_DEPTH, to_string};

fn read(text: &str) -> Result<RemoteError, RejectReason> {
    RemoteError::from_raw(RawValue::parse(text, DEFAULT_MAX_DEPTH).unwrap())
}

#[test]
fn predefined_errors_travel_as_their_code_alone() {
    let error = RemoteError::new(10, "on holiday").with_info(vec![true.into()]);
    assert_eq!(to_string(&ErrorArray(&error)).unwrap(), "[10]");
    assert_eq!(error.message(), "on holiday");
    assert_eq!(error.info(), [Value::Bool(true)]);
}

#[test]
fn other_errors_travel_with_message_and_info() {
    let error = RemoteError::new(77, "why").with_info(vec![Value::Undefined, 2.into()]);
    assert_eq!(to_string(&ErrorArray(&error)).unwrap(), "[77,'why',,2]");
    assert_eq!(to_string(&error.to_value()).unwrap(), "[77,'why',,2]");
}

#[test]
fn a_code_without_a_message_travels_alone() {
    let error = RemoteError::from_code(77);
    assert_eq!(error.message(), "77");
    assert_eq!(to_string(&ErrorArray(&error)).unwrap(), "[77]");
}

#[test]
fn codes_and_messages_of_any_kind_are_read() {
    let error = read("['E_CUSTOM',{a:1},2]").unwrap();
    assert_eq!(error.code(), None);
    assert_eq!(error.code_value().as_str(), Some("E_CUSTOM"));
    assert_eq!(error.message(), "[object Object]");
    assert!(matches!(error.message_value(), Value::Object(_)));
    assert_eq!(
        to_string(&ErrorArray(&error)).unwrap(),
        "['E_CUSTOM',{a:1},2]"
    );

    assert_eq!(read("[[10]]").unwrap().message(), "Application not found");
    assert_eq!(read("['11']").unwrap().message(), "Authentication failed");
    assert_eq!(read("[-0]").unwrap().message(), "0");
    assert_eq!(read("[1.5,[1,[null,'x']]]").unwrap().message(), "1,,x");
}

#[test]
fn integral_codes_are_integers_however_they_are_spelled() {
    for (text, code) in [("[5]", Some(5)), ("[5.0]", Some(5)), ("[5e0,'m']", Some(5))] {
        assert_eq!(read(text).unwrap().code(), code, "{text}");
    }
    for text in ["[1.5]", "['5']", "[true]", "[NaN]", "[Infinity]"] {
        assert_eq!(read(text).unwrap().code(), None, "{text}");
    }
}

#[test]
fn what_has_neither_code_nor_message_is_refused() {
    for text in [
        "[]",
        "[null]",
        "[,]",
        "[undefined,'']",
        "5",
        "'text'",
        "{}",
        "null",
    ] {
        assert_eq!(read(text), Err(RejectReason::InvalidError), "{text}");
    }
    assert_eq!(read("[null,'m']").unwrap().message(), "m");
}

#[test]
fn of_a_very_long_error_the_end_is_dropped() {
    let holes = ",".repeat(RemoteError::MAX_TEXT);
    let error = read(&format!("[77,'why',1{holes}]")).unwrap();
    assert_eq!((error.message(), &error.info()[0]), ("why", &1.into()));
    // A hole counts as the word that it stands for.
    assert!(error.info().len() <= RemoteError::MAX_TEXT / "undefined".len());

    let info = format!("'{}'", "x".repeat(RemoteError::MAX_TEXT));
    let error = read(&format!("[77,'why',1,{info},2]")).unwrap();
    assert_eq!(error.info(), [1]);
    assert_eq!(read(&format!("[{info}]")), Err(RejectReason::InvalidError));
}

#[test]
fn bare_texts_and_numbers_become_errors() {
    assert_eq!(
        to_string(&ErrorArray(&RemoteError::from("text"))).unwrap(),
        "[1,'text']"
    );
    assert_eq!(
        to_string(&ErrorArray(&RemoteError::from("text".to_owned()))).unwrap(),
        "[1,'text']"
    );
    assert_eq!(RemoteError::from(11), RemoteError::auth_failed());
    assert_eq!(RemoteError::from(11_i64), RemoteError::auth_failed());
    assert_eq!(
        to_string(&ErrorArray(&RemoteError::from(1.5))).unwrap(),
        "[1.5]"
    );
}

#[test]
fn arrays_travel_as_they_are_unless_the_other_side_could_not_read_them() {
    let array = vec![10.into(), Value::Undefined, "x".into()];
    let error = RemoteError::from(array);
    assert_eq!(to_string(&ErrorArray(&error)).unwrap(), "[10,,'x']");
    assert_eq!(error.message(), "Application not found");
    assert_eq!(RemoteError::from(vec![]), RemoteError::internal_api_error());
}

#[test]
fn display_names_message_and_code() {
    assert_eq!(
        RemoteError::method_not_found().to_string(),
        "Method not found (code 14)"
    );
    assert_eq!(RemoteError::from_code(77).to_string(), "error code 77");
}
