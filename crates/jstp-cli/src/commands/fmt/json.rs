//! JSON from values and values from JSON.

use jstp_wire::Value;
use jstp_wire::{Members, RawValue, ValueKind};

use crate::excerpt::offset_of;

/// Writes `value` as JSON, as `JSON.stringify` does: what JSON has no word for (undefined, NaN, the
/// infinities) is null. Unlike there, -0 keeps its sign and integers of up to 64 bits all their digits.
/// With an `indent` each element and member gets a line of its own.
pub(crate) fn write(value: &Value, indent: &str) -> String {
    let mut out = String::new();
    Writer {
        out: &mut out,
        indent,
        depth: 0,
    }
    .value(value);
    out
}

struct Writer<'a> {
    out: &'a mut String,
    indent: &'a str,
    depth: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Undefined | Value::Null => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) if !number.as_f64().is_finite() => self.out.push_str("null"),
            Value::Number(number) => self.out.push_str(&number.to_string()),
            Value::String(text) => self.text(text),
            Value::Array(elements) => {
                self.all(['[', ']'], elements, |writer, element| {
                    writer.value(element);
                });
            }
            Value::Object(members) => self.all(['{', '}'], members, |writer, (key, member)| {
                writer.text(key);
                writer
                    .out
                    .push_str(if writer.indent.is_empty() { ":" } else { ": " });
                writer.value(member);
            }),
        }
    }

    fn all<T>(
        &mut self,
        [open, close]: [char; 2],
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.out.push(open);
        self.depth += 1;
        let mut empty = true;
        for item in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            self.break_line();
            write(self, item);
        }
        self.depth -= 1;
        if !empty {
            self.break_line();
        }
        self.out.push(close);
    }

    fn break_line(&mut self) {
        if self.indent.is_empty() {
            return;
        }
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str(self.indent);
        }
    }

    fn text(&mut self, text: &str) {
        self.out
            .push_str(&serde_json::Value::from(text).to_string());
    }
}

/// Something that JSON cannot hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) offset: usize,
    pub(crate) what: String,
}

/// The first value in `text` that JSON cannot hold. Members that are undefined are none: they are absent
/// here as well.
pub(crate) fn find_loss(text: &str, value: RawValue<'_>) -> Option<Loss> {
    find_loss_within(text, value, 0)
}

fn find_loss_within(text: &str, value: RawValue<'_>, outer: usize) -> Option<Loss> {
    // A hole has no text of its own.
    let known = offset_of(text, value.as_str());
    let offset = if known == text.len() { outer } else { known };
    let is_lost = match value.kind() {
        ValueKind::Undefined => true,
        ValueKind::Number => value.as_number().is_some_and(|n| !n.as_f64().is_finite()),
        ValueKind::Array => {
            return value
                .elements()?
                .find_map(|element| find_loss_within(text, element, offset));
        }
        ValueKind::Object => {
            return Members::parse(value.as_str(), usize::MAX)
                .ok()?
                .filter_map(Result::ok)
                .filter(|(_, member)| member.kind() != ValueKind::Undefined)
                .find_map(|(_, member)| find_loss_within(text, member, offset));
        }
        ValueKind::Null | ValueKind::Bool | ValueKind::String => false,
    };
    is_lost.then(|| Loss {
        offset,
        what: value.as_str().to_owned(),
    })
}

/// Reads JSON, and nothing that is JSON5 only.
///
/// # Errors
///
/// The message and the offset of what is no JSON.
pub(crate) fn read(text: &str) -> Result<Value, (String, usize)> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        (message, offset(text, error.line(), error.column()))
    })
}

/// The offset of a line and a column in bytes, both from 1; column 0 is the end of the line before.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(before) => memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(before)
            .map_or(text.len(), |at| at + 1),
    };
    (start + column).saturating_sub(1).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jstp_wire::from_str;
    use jstp_wire::value;

    fn raw(text: &str) -> RawValue<'_> {
        RawValue::parse(text, 128).unwrap()
    }

    #[test]
    fn json_is_written_as_javascript_does_it() {
        let value: Value = from_str(
            "{a:[1,,NaN,-Infinity,-0,1e21,0x1F],b:undefined,'c d':'é\\n\"\\u2028',d:[],e:{}}",
        )
        .unwrap();
        let text = write(&value, "");
        assert_eq!(
            text,
            "{\"a\":[1,null,null,null,-0,1e+21,31],\"c d\":\"é\\n\\\"\u{2028}\",\"d\":[],\"e\":{}}"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert_eq!(write(&Value::Undefined, ""), "null");
        assert_eq!(
            write(&value!({a: [1, {b: 2}], c: []}), "  "),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": []\n}"
        );
        let exact: Value = from_str("[18446744073709551615,-9223372036854775808]").unwrap();
        assert_eq!(
            write(&exact, ""),
            "[18446744073709551615,-9223372036854775808]"
        );
    }

    #[test]
    fn what_json_cannot_hold_is_found() {
        let loss = |text| find_loss(text, raw(text)).map(|loss| (loss.offset, loss.what));
        let found = |offset, what: &str| Some((offset, what.to_owned()));
        assert_eq!(loss("{a:[1,{b:NaN}]}"), found(9, "NaN"));
        assert_eq!(loss("[0,[1,,2]]"), found(3, "undefined"));
        assert_eq!(loss("[1, undefined]"), found(4, "undefined"));
        assert_eq!(loss(" -Infinity"), found(1, "-Infinity"));
        assert_eq!(loss("undefined"), found(0, "undefined"));
        assert_eq!(loss("{a:undefined,b:-0,c:[null,'NaN']}"), None);
        assert_eq!(loss("5"), None);
    }

    #[test]
    fn json_is_read_strictly_and_errors_have_an_offset() {
        let value =
            read("{\"b\": [1, -0, 1e3, \"\\u00e9\"], \"a\": 18446744073709551615}").unwrap();
        assert_eq!(
            value.to_string(),
            "{b:[1,-0,1000,'é'],a:18446744073709551615}"
        );
        for (text, at) in [
            ("{\n \"a\": 1,\n b: 2}", 12),
            ("[1 2]", 3),
            ("", 0),
            ("[NaN]", 1),
            ("1 x", 2),
        ] {
            let (message, offset) = read(text).unwrap_err();
            assert_eq!(offset, at, "{text:?}: {message}");
            assert!(!message.contains(" line "), "{message}");
        }
    }
}
