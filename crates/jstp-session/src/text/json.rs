//! JSON as `JSON.stringify` writes it.

use std::fmt::{self, Write};

use jstp_wire::{Number, Value};

/// What stands before element number `index`.
pub(super) fn comma(index: usize) -> &'static str {
    if index == 0 { "" } else { "," }
}

/// Whether JSON cannot hold the value, so that reading it back gives another one.
///
/// A member that is undefined counts as absent and is no loss.
pub(super) fn loses(value: &Value) -> bool {
    match value {
        Value::Undefined => true,
        Value::Number(number) => !number.as_f64().is_finite() || is_minus_zero(number),
        Value::Array(elements) => elements.iter().any(loses),
        Value::Object(members) => members
            .iter()
            .any(|(_, value)| !matches!(value, Value::Undefined) && loses(value)),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn is_minus_zero(number: &Number) -> bool {
    let number = number.as_f64();
    number == 0.0 && number.is_sign_negative()
}

/// Whether there are no more than `levels` arrays and objects inside each other.
pub(super) fn nests_at_most(value: &Value, levels: usize) -> bool {
    let inner = |value| {
        levels
            .checked_sub(1)
            .is_some_and(|levels| nests_at_most(value, levels))
    };
    match value {
        Value::Array(elements) => levels > 0 && elements.iter().all(inner),
        Value::Object(members) => levels > 0 && members.iter().all(|(_, value)| inner(value)),
        _ => true,
    }
}

/// Writes a value, and `null` for arrays and objects inside of more than `levels` others.
pub(super) fn value(out: &mut impl Write, value: &Value, levels: usize) -> fmt::Result {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => out.write_str("null"),
        Value::Undefined | Value::Null => out.write_str("null"),
        Value::Bool(bool) => write!(out, "{bool}"),
        Value::Number(number) if !number.as_f64().is_finite() => out.write_str("null"),
        Value::Number(number) if is_minus_zero(number) => out.write_str("0"),
        Value::Number(number) => write!(out, "{number}"),
        Value::String(text) => string(out, text),
        Value::Array(elements) => {
            out.write_str("[")?;
            for (index, element) in elements.iter().enumerate() {
                out.write_str(comma(index))?;
                self::value(out, element, levels - 1)?;
            }
            out.write_str("]")
        }
        Value::Object(members) => {
            out.write_str("{")?;
            let present = members
                .iter()
                .filter(|(_, value)| !matches!(value, Value::Undefined));
            for (index, (key, member)) in present.enumerate() {
                out.write_str(comma(index))?;
                string(out, key)?;
                out.write_str(":")?;
                self::value(out, member, levels - 1)?;
            }
            out.write_str("}")
        }
    }
}

pub(super) fn string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_str("\"")?;
    let mut rest = text;
    while let Some((at, special)) = rest.char_indices().find(|(_, char)| is_special(*char)) {
        let (plain, from_special) = rest.split_at(at);
        out.write_str(plain)?;
        match special {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            control => write!(out, "\\u{:04x}", u32::from(control))?,
        }
        // Everything special is one byte long.
        rest = from_special.get(1..).unwrap_or_default();
    }
    out.write_str(rest)?;
    out.write_str("\"")
}

fn is_special(char: char) -> bool {
    matches!(char, '"' | '\\' | '\0'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn strings_are_escaped_as_other_json_writers_do() {
        let controls: String = (0..0xa0_u8).map(char::from).collect();
        for text in ["", "plain", "'\"\\/", "\u{2028}\u{2029} é 😀", &controls] {
            let mut written = String::new();
            string(&mut written, text).unwrap();
            assert_eq!(written, serde_json::to_string(text).unwrap());
        }
    }
}
