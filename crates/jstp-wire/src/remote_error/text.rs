//! Values as JavaScript sees them where it wants a text.

use std::borrow::Cow;

use crate::Value;

/// The text of a value, as `String(value)` gives it.
pub(super) fn js_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Undefined => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        // The sign of a zero is written on the wire, but is no part of its text.
        Value::Number(number) if number.as_f64() == 0.0 => "0".into(),
        Value::Number(number) => number.to_string().into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(elements) => elements
            .iter()
            .map(element_text)
            .collect::<Vec<_>>()
            .join(",")
            .into(),
        Value::Object(_) => "[object Object]".into(),
    }
}

/// The text of an element within the text of its array: undefined and null leave no trace.
fn element_text(element: &Value) -> Cow<'_, str> {
    match element {
        Value::Undefined | Value::Null => Cow::Borrowed(""),
        other => js_text(other),
    }
}
