//! The error vectors: how errors are made, travel and are read.

mod common;

use bytes::BytesMut;
use common::{Row, rows, value};
use jstp_wire::{
    DEFAULT_MAX_DEPTH, RawValue, RejectReason, RemoteError, Value, encode, from_str, to_string,
};

/// An array, or what stands for an empty one.
fn list(row: &Row) -> Vec<Value> {
    match value(row) {
        Value::Array(elements) => elements,
        Value::Null | Value::Undefined => Vec::new(),
        other => panic!("no array: {other:?}"),
    }
}

fn check_made(row: &Row, error: &RemoteError) {
    let (id, made) = (&row["id"], &row["made"]);
    assert_eq!(error.code_value(), &value(&made["code"]), "{id}");
    assert_eq!(error.message_value(), &value(&made["message"]), "{id}");
    assert_eq!(error.info(), list(&made["info"]), "{id}");
    if let Some(message) = error.message_value().as_str() {
        assert_eq!(error.message(), message, "{id}");
    }
}

/// Checks what travels, to the byte unless the npm peer lost something on the way.
fn check_array(row: &Row, error: &RemoteError) {
    let id = &row["id"];
    let array = value(&row["array"]);
    assert_eq!(error.to_value(), array, "{id}");
    let mut wire = BytesMut::new();
    encode::callback_error(&mut wire, 1, error);
    let expected = row["wire"].as_str().expect("a message");
    let carried: Value = from_str(expected).expect("a message");
    if carried["error"] == array {
        assert_eq!(wire, expected, "{id}");
    }
}

fn check_predefined(row: &Row) {
    let constant = match row["name"].as_str().expect("a name") {
        "ERR_CALLBACK_LOST" => RemoteError::CALLBACK_LOST,
        "ERR_NO_HANDSHAKE_RESPONSE" => RemoteError::NO_HANDSHAKE_RESPONSE,
        "ERR_APP_NOT_FOUND" => RemoteError::APP_NOT_FOUND,
        "ERR_AUTH_FAILED" => RemoteError::AUTH_FAILED,
        "ERR_INTERFACE_NOT_FOUND" => RemoteError::INTERFACE_NOT_FOUND,
        "ERR_INTERFACE_INCOMPATIBLE" => RemoteError::INTERFACE_INCOMPATIBLE,
        "ERR_METHOD_NOT_FOUND" => RemoteError::METHOD_NOT_FOUND,
        "ERR_NOT_A_SERVER" => RemoteError::NOT_A_SERVER,
        "ERR_INTERNAL_API_ERROR" => RemoteError::INTERNAL_API_ERROR,
        "ERR_INVALID_SIGNATURE" => RemoteError::INVALID_SIGNATURE,
        other => panic!("{other} is no predefined code"),
    };
    assert_eq!(row["code"], constant);
    let error = RemoteError::from_code(constant);
    assert_eq!(error.code(), Some(constant));
    assert_eq!(row["message"], error.message());
}

fn check_read(row: &Row) {
    let id = &row["id"];
    let text = to_string(&value(&row["array"])).expect("a text");
    let raw = RawValue::parse(&text, DEFAULT_MAX_DEPTH).expect("a value");
    let read = RemoteError::from_raw(raw);
    if row["throws"] == true {
        assert_eq!(read, Err(RejectReason::InvalidError), "{id}");
        return;
    }
    let error = read.unwrap_or_else(|reason| panic!("{id}: {reason}"));
    check_made(row, &error);
    if let Some(again) = row.get("again") {
        assert_eq!(error.to_value(), value(again), "{id}");
    }
}

/// What a handler may hand over as its error in JavaScript.
///
/// Numbers, texts and arrays have counterparts here. Exceptions and other objects have not, since
/// turning them into a text is up to the handler; what is left to check is that the text travels
/// the same way. A falsy error is none in JavaScript (`handed-falsy`), while in Rust an error is
/// one whatever its code: there is nothing to compare.
fn check_handed(row: &Row) {
    let elements = list(&row["array"]);
    match elements.as_slice() {
        // The npm peer's client dies on an array without a code, so it is not sent.
        [] => assert_eq!(
            RemoteError::from(elements),
            RemoteError::internal_api_error()
        ),
        [Value::Number(code)] => check_array(row, &RemoteError::from(code.as_f64())),
        [Value::Number(code), Value::String(text)] if code.as_i64() == Some(1) => {
            check_array(row, &RemoteError::from(text.as_str()));
        }
        _ => check_array(row, &RemoteError::from(elements)),
    }
}

#[test]
fn errors_are_made_written_and_read_as_in_the_vectors() {
    for row in rows("errors.jsonl") {
        match row["kind"].as_str().expect("a kind") {
            "predefined" => check_predefined(&row),
            "remote-error-to-array" => {
                let error = RemoteError::new(value(&row["code"]), value(&row["message"]));
                let error = error.with_info(list(&row["info"]));
                check_made(&row, &error);
                check_array(&row, &error);
            }
            "array-to-remote-error" => check_read(&row),
            "handed-falsy" => {}
            kind if kind.starts_with("handed-") => check_handed(&row),
            kind => panic!("unknown kind {kind}"),
        }
    }
}
