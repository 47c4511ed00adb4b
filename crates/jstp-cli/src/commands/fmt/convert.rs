//! From one text to another.

use jstp_wire::{DEFAULT_MAX_DEPTH, Error, RawValue, Value, decode_text, to_string_pretty};

use super::json;
use crate::excerpt::Fault;

/// What a text is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// JSTP text to JSTP text.
    Format,
    /// JSTP text to JSON. If `strict`, what JSON cannot hold is an error.
    ToJson { strict: bool },
    /// JSON to JSTP text.
    FromJson,
}

impl Conversion {
    /// Turns the bytes of one text into another text, indented by `indent` or compact when that is empty.
    pub(crate) fn convert(self, bytes: &[u8], indent: &str) -> Result<String, Fault> {
        let text = decode_text(bytes).map_err(|error| Fault::from_wire(&error))?;
        // At the start of a file a byte order mark is no text, although the format takes it for a blank.
        let value = match self {
            Self::Format | Self::ToJson { .. } => read(text, self)?,
            Self::FromJson => json::read(text.strip_prefix('\u{feff}').unwrap_or(text))
                .map_err(|(message, offset)| Fault { message, offset })?,
        };
        match self {
            Self::ToJson { .. } => Ok(json::write(&value, indent)),
            Self::Format | Self::FromJson => {
                to_string_pretty(&value, indent).map_err(|error| Fault::from_wire(&error))
            }
        }
    }
}

fn read(text: &str, conversion: Conversion) -> Result<Value, Fault> {
    let wire = |error: Error| Fault::from_wire(&error);
    let raw = RawValue::parse(text, DEFAULT_MAX_DEPTH).map_err(wire)?;
    if conversion == (Conversion::ToJson { strict: true })
        && let Some(loss) = json::find_loss(text, raw)
    {
        return Err(Fault {
            message: format!("JSON cannot hold `{}`", loss.what),
            offset: loss.offset,
        });
    }
    raw.deserialize().map_err(wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO_JSON: Conversion = Conversion::ToJson { strict: false };

    fn convert(
        conversion: Conversion,
        text: &str,
        indent: &str,
    ) -> Result<String, (String, usize)> {
        conversion
            .convert(text.as_bytes(), indent)
            .map_err(|error| (error.message, error.offset))
    }

    #[test]
    fn text_is_formatted_and_converted_both_ways() {
        let text = "// head\n{\"a\": [1, , 0x10,], b: 'x', b: \"y\"}";
        assert_eq!(
            convert(Conversion::Format, text, "").unwrap(),
            "{a:[1,,16],b:'y'}"
        );
        assert_eq!(
            convert(Conversion::Format, "{a:[1]}", "\t").unwrap(),
            "{\n\ta: [\n\t\t1\n\t]\n}"
        );
        assert_eq!(
            convert(TO_JSON, text, "").unwrap(),
            "{\"a\":[1,null,16],\"b\":\"y\"}"
        );
        assert_eq!(
            convert(
                Conversion::FromJson,
                "\u{feff}{\"a b\": [true, \"it's\"]}",
                ""
            )
            .unwrap(),
            "{'a b':[true,'it\\'s']}"
        );
    }

    #[test]
    fn errors_say_what_and_where() {
        let (message, offset) = convert(Conversion::Format, "{a: 1 b: 2}", "").unwrap_err();
        assert_eq!(
            (message.as_str(), offset),
            ("expected `,` or `}`, found `b`", 6)
        );
        let (message, offset) = convert(TO_JSON, "[1,", "").unwrap_err();
        assert!(message.ends_with("found the end of the text"), "{message}");
        assert_eq!(offset, 3);
        let strict = Conversion::ToJson { strict: true };
        assert_eq!(
            convert(strict, "[1,NaN]", ""),
            Err(("JSON cannot hold `NaN`".to_owned(), 3))
        );
        let error = Conversion::Format.convert(b"['\xff']", "").unwrap_err();
        assert_eq!((error.message.as_str(), error.offset), ("invalid UTF-8", 2));
        let deep = "[".repeat(1_000_000);
        assert!(
            convert(TO_JSON, &deep, "")
                .unwrap_err()
                .0
                .contains("128 levels")
        );
        assert!(convert(Conversion::FromJson, &deep, "").is_err());
    }
}
