//! What holds for all values and all texts.

use std::fmt::Write;

use jstp_wire::{
    Deserializer, Members, Number, Object, RawValue, Value, from_slice, from_str, to_string,
    to_string_pretty,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;

/// Any value that reads back: members are never undefined.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<u64>().prop_map(|bits| Value::from(f64::from_bits(bits))),
        (-1000..1000i32).prop_map(|number| Value::from(f64::from(number) / 8.0)),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 80, 8, |inner| {
        let defined = inner
            .clone()
            .prop_filter("undefined", |value| !value.is_undefined());
        prop_oneof![
            vec(inner, 0..8).prop_map(Value::Array),
            vec((texts(), defined), 0..8)
                .prop_map(|members| Value::Object(Object::from_iter(members))),
        ]
    })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z$_][a-z0-9]{0,12}",
        "['\"\\\\\u{2028}\u{2029}\n\r\0x]{0,20}"
    ]
}

/// Decimal numbers of any length and magnitude, those next to floats and subnormal ones included.
fn decimals() -> impl Strategy<Value = String> {
    let digits = prop_oneof![
        r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?",
        r"(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?",
    ];
    let exponent = prop_oneof![
        Just(String::new()),
        (-345..330i32).prop_map(|exponent| format!("e{exponent}")),
        (-30..30i32).prop_map(|exponent| format!("E{exponent:+}")),
    ];
    let plain = (digits, exponent).prop_map(|(digits, exponent)| digits + &exponent);
    // With many digits it lies on a float, with one more beside it.
    let near = (any::<u64>(), 1..30usize, "[0-9]?").prop_filter_map(
        "only finite numbers",
        |(bits, precision, beside)| {
            let float = f64::from_bits(bits >> 1);
            let text = format!("{float:.precision$e}").replace('e', &format!("{beside}e"));
            float.is_finite().then_some(text)
        },
    );
    prop_oneof![plain, near]
}

/// Texts made of the pieces that the grammar knows, most of them broken.
fn almost_texts() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "'",
        "\"",
        "\\",
        "\\u",
        "\\u{",
        "\\x4",
        "\\0",
        "a",
        "$",
        "é",
        "😀",
        "0",
        "9",
        "0x",
        "1e",
        ".",
        "-",
        "+",
        "NaN",
        "Infinity",
        "null",
        "true",
        "false",
        "undefined",
        " ",
        "\n",
        "\u{2028}",
        "\u{feff}",
        "//",
        "/*",
        "*/",
        "\0",
        "\\\r\n",
        "\\ud83d",
        "\\ude00",
    ];
    vec(prop::sample::select(pieces.to_vec()), 0..30).prop_map(|pieces| pieces.concat())
}

/// Reads `text` in every way there is; only their agreement is checked.
fn read_in_all_ways(text: &str) -> Result<(), TestCaseError> {
    let value = from_str::<Value>(text);
    let raw = RawValue::parse(text, 128);
    prop_assert_eq!(
        value.is_ok(),
        raw.is_ok(),
        "{:?}: {:?} but {:?}",
        text,
        value,
        raw
    );
    let members = Members::parse(text, 128).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let is_object = value.as_ref().is_ok_and(Value::is_object);
    prop_assert_eq!(members.is_ok(), is_object, "{:?}", text);
    if let (Ok(value), Ok(raw)) = (value, raw) {
        prop_assert_eq!(raw.is_truthy(), value.is_truthy(), "{:?}", text);
        if let Some(elements) = raw.elements() {
            let elements: Result<Vec<Value>, _> = elements.map(|raw| raw.deserialize()).collect();
            prop_assert_eq!(elements.ok(), value.as_array().cloned(), "{:?}", text);
        }
        let written = to_string(&value);
        prop_assert_eq!(
            written.and_then(|text| from_str::<Value>(&text)).ok(),
            Some(value)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn written_values_read_back_equal(value in values()) {
        let compact = to_string(&value).unwrap();
        prop_assert_eq!(&from_str::<Value>(&compact).unwrap(), &value, "{}", compact);
        let indented = to_string_pretty(&value, " ").unwrap();
        prop_assert_eq!(&from_str::<Value>(&indented).unwrap(), &value, "{}", indented);
        prop_assert_eq!(RawValue::parse(&compact, 128).unwrap().as_str(), &compact);
    }

    #[test]
    fn json_reads_as_it_does_elsewhere(value in values()) {
        let json = serde_json::to_string(&value).unwrap();
        let ours: Value = from_str(&json).unwrap();
        let theirs: Value = serde_json::from_str(&json).unwrap();
        let (ours, theirs) = (to_string(&ours).unwrap(), to_string(&theirs).unwrap());
        // Their parser rounds some floats by a bit, so that only what is no float is compared.
        if !json.contains('.') && !json.contains('e') {
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn integers_keep_their_value_in_any_radix(value: u64) {
        let number = Value::from(value);
        for text in [format!("{value}"), format!("{value:#x}"), format!("{value:#o}"), format!("{value:#b}")] {
            prop_assert_eq!(from_str::<u64>(&text).ok(), Some(value));
            prop_assert_eq!(&from_str::<Value>(&text).unwrap(), &number);
        }
    }

    #[test]
    fn wide_hexadecimal_integers_are_rounded_rightly(value: u128) {
        #[expect(clippy::cast_precision_loss, reason = "the rounding is what is tested")]
        let expected = Number::from(value as f64);
        prop_assert_eq!(from_str::<Value>(&format!("0x{value:x}")).unwrap().as_number(), Some(expected));
        prop_assert_eq!(from_str::<u128>(&format!("{value:#x}")).ok(), Some(value));
    }

    #[test]
    fn floats_keep_every_bit(bits: u64) {
        let value = f64::from_bits(bits);
        let again: f64 = from_str(&to_string(&value).unwrap()).unwrap();
        prop_assert!(again.to_bits() == bits || again.is_nan() && value.is_nan());
    }

    #[test]
    fn decimals_are_rounded_as_the_standard_library_does(text in decimals(), sign in "-?") {
        let text = sign + &text;
        let expected: f64 = text.parse().unwrap();
        let float: f64 = from_str(&format!("  {text} ")).unwrap();
        prop_assert_eq!(float.to_bits(), expected.to_bits(), "{}", &text);
        let array: Vec<f64> = from_str(&format!("[{text},{text}]")).unwrap();
        prop_assert_eq!(array, vec![expected; 2]);
        let value: Value = from_str(&text).unwrap();
        prop_assert_eq!(value.as_f64().map(f64::to_bits), Some(expected.to_bits()));
    }

    /// Shorter and longer than the steps in which texts are looked at.
    #[test]
    fn characters_are_escaped_at_any_place(
        before in "[ -~\u{e9}\u{1f980}]{0,20}",
        odd in "['\"\\\\\n\0\u{1f}\u{2028}]?",
        after in "[ -~\u{e9}\u{1f980}]{0,20}",
    ) {
        let text = before + &odd + &after;
        let mut expected = String::from("'");
        for character in text.chars() {
            match character {
                '\'' | '"' | '\\' => expected.extend(['\\', character]),
                '\n' => expected.push_str("\\n"),
                '\0' | '\u{1f}' | '\u{2028}' => {
                    write!(expected, "\\u{:04x}", u32::from(character)).unwrap();
                }
                _ => expected.push(character),
            }
        }
        expected.push('\'');
        let written = to_string(&text).unwrap();
        prop_assert_eq!(&written, &expected);
        prop_assert_eq!(from_str::<String>(&written).unwrap(), text);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
        _ = from_slice::<Value>(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            read_in_all_ways(text)?;
        }
    }

    #[test]
    fn mutated_documents_never_panic(value in values(), edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = to_string(&value).unwrap().into_bytes();
        for (at, byte) in edits {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        _ = from_slice::<Value>(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            read_in_all_ways(text)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn all_readers_agree_on_almost_valid_text(text in almost_texts()) {
        read_in_all_ways(&text)?;
    }
}

#[test]
fn deep_nesting_is_refused_by_every_reader() {
    for opening in ["[", "{a:", "[{a:"] {
        let deep = opening.repeat(1_000_000);
        assert!(from_str::<Value>(&deep).is_err());
        assert!(from_str::<serde::de::IgnoredAny>(&deep).is_err());
        assert!(RawValue::parse(&deep, usize::MAX).is_err());
        let mut deserializer = Deserializer::new(&deep).with_max_depth(0);
        assert!(Value::deserialize(&mut deserializer).is_err());
    }
}
