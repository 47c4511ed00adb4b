//! Raw text within what is written.

use serde::{Deserialize, Serialize};

use super::{Serializer, text};
use crate::error::{Error, ErrorKind, Result};
use crate::{Deserializer, Value};

/// Whether `text` may stand as it is in a message to any peer over any transport.
fn is_portable(text: &str) -> bool {
    let bytes = text.as_bytes();
    // 0xE2 is the first byte of U+2028 and U+2029.
    !memchr::memchr2_iter(0, 0xe2, bytes).any(|at| {
        matches!(
            bytes.get(at..),
            Some([0, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..])
        )
    })
}

impl Serializer<'_> {
    /// Writes the text that `value` is as a string.
    pub(super) fn write_raw<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let start = self.out.len();
        value.serialize(text::Serializer::raw(self.out))?;
        self.make_portable(start)?;
        if matches!(self.out.get(start..), Some("" | "undefined")) {
            self.out.truncate(start);
            self.write_undefined();
        }
        Ok(())
    }

    /// Puts canonical text in the place of the raw text that stands from `start` on, if it needs that.
    fn make_portable(&mut self, start: usize) -> Result<()> {
        if self.out.get(start..).is_none_or(is_portable) {
            return Ok(());
        }
        let text = self.out.split_off(start);
        let depth = self.max_depth.saturating_sub(self.depth);
        let mut deserializer = Deserializer::new(&text).with_max_depth(depth);
        match Value::deserialize(&mut deserializer) {
            Ok(value) => value.serialize(self),
            Err(error) if error.kind() == ErrorKind::TooDeep => Err(self.too_deep()),
            Err(_) => Err(Error::plain(
                ErrorKind::Unwritable,
                "raw text must be a value",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, RawBuf, RawValue, to_string, to_string_pretty};

    fn written(text: &str) -> String {
        to_string(&RawValue::parse(text, 8).unwrap()).unwrap()
    }

    #[test]
    fn raw_text_that_any_peer_takes_is_written_verbatim() {
        for text in ["[ 0x1F, /* \u{2027}\u{202a}→ */ '\u{1}' ]", "{'a' : 1, }"] {
            assert_eq!(written(text), text);
        }
    }

    #[test]
    fn raw_separators_and_nuls_are_rewritten_in_canonical_form() {
        let examples = [
            ("'a\u{2028}b'", r"'a\u2028b'"),
            ("[1,\u{2029}0x1F]", "[1,31]"),
            ("{ a: '\0', b: undefined }", r"{a:'\u0000'}"),
            ("[ // \u{2028} 'x', , ]", "['x',,]"),
            ("{ 'k\u{2029}': [,] }", r"{'k\u2029':[,]}"),
            (r"['\u2028', /* \0 */ 1]", r"['\u2028', /* \0 */ 1]"),
        ];
        for (text, expected) in examples {
            assert_eq!(written(text), expected, "{text:?}");
            let owned = RawBuf::parse(text, 8).unwrap();
            assert_eq!(
                to_string(&(1, owned)).unwrap(),
                format!("[1,{expected}]"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn rewritten_text_is_indented_with_the_rest() {
        let raw = RawValue::parse("['\u{2028}']", 8).unwrap();
        assert_eq!(
            to_string_pretty(&[raw], " ").unwrap(),
            "[\n [\n  '\\u2028'\n ]\n]"
        );
    }

    #[test]
    fn text_too_deep_to_be_rewritten_is_an_error() {
        let text = format!("{}'\0'{}", "[".repeat(128), "]".repeat(128));
        let raw = RawValue::parse(&text, 128).unwrap();
        assert!(to_string(&raw).is_ok());
        let error = to_string(&[raw]).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::TooDeep, None));
    }
}
