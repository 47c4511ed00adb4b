//! The tagged values of the vectors.

use jstp::Value;
use jstp::wire::{Deserializer, Number, Object};
use serde::Deserialize;

use super::data::{Row, parts};

/// A tagged value; lone surrogates become U+FFFD.
pub(crate) fn value(row: &Row) -> Value {
    let members = row.as_object().expect("a tagged value is an object");
    let tagged = members.iter().find(|(tag, _)| *tag != "depth");
    let (tag, content) = tagged.expect("a tagged value has a tag");
    let elements = || content.as_array().expect("a list").iter();
    match tag.as_str() {
        "undefined" => Value::Undefined,
        "null" => Value::Null,
        "bool" => Value::from(content.as_bool().expect("a bool")),
        "num" => Value::from(number(content.as_str().expect("a number as text"))),
        "str" | "str16" => Value::from(text(content)),
        "arr" => elements().map(value).collect(),
        "obj" => Value::Object(
            elements()
                .map(|member| (text(&member[0]), value(&member[1])))
                .collect::<Object>(),
        ),
        "compact" => {
            let depth = row["depth"]
                .as_u64()
                .and_then(|depth| depth.try_into().ok());
            let text = parts(content);
            let mut reader = Deserializer::new(&text).with_max_depth(depth.expect("a depth"));
            Value::deserialize(&mut reader).expect("compact text is valid")
        }
        other => panic!("unknown tag {other}"),
    }
}

fn text(row: &Row) -> String {
    if let Some(text) = row.as_str() {
        return text.to_owned();
    }
    let units: Vec<u16> = serde_json::from_value(row.clone()).expect("a text or its code units");
    String::from_utf16_lossy(&units)
}

fn number(text: &str) -> Number {
    Number::from(match text {
        "Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        text => text
            .parse::<f64>()
            .expect("a number as JavaScript writes it"),
    })
}
