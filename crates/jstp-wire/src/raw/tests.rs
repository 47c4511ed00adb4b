use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ErrorKind, Members, RawBuf, RawValue, Undefined, Value, ValueKind, from_str, to_string,
    to_string_pretty,
};

fn raw(text: &str) -> RawValue<'_> {
    RawValue::parse(text, 8).expect(text)
}

#[test]
fn a_raw_value_is_its_own_text() {
    assert_eq!(raw(" /* a */ {b: 1} // c").as_str(), "{b: 1}");
    assert_eq!(raw("\u{feff}-0x1F\u{2029}").as_str(), "-0x1F");
    for text in ["", " ", "1 2", "[1", "{a:1}}", "//", "[[[[[[[[[]]]]]]]]]"] {
        assert!(RawValue::parse(text, 8).is_err(), "{text}");
    }
}

#[test]
fn kinds_are_told_from_the_start() {
    let examples = [
        ("undefined", ValueKind::Undefined),
        ("null", ValueKind::Null),
        ("true", ValueKind::Bool),
        ("false", ValueKind::Bool),
        ("-1", ValueKind::Number),
        (".5", ValueKind::Number),
        ("NaN", ValueKind::Number),
        ("+Infinity", ValueKind::Number),
        ("''", ValueKind::String),
        ("\"\"", ValueKind::String),
        ("[]", ValueKind::Array),
        ("{}", ValueKind::Object),
    ];
    for (text, kind) in examples {
        assert_eq!(raw(text).kind(), kind, "{text}");
    }
}

#[test]
fn elements_are_walked_holes_included() {
    let texts = |text| {
        raw(text).elements().map(|elements| {
            elements
                .map(|raw| raw.as_str().to_owned())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(texts("[]").unwrap(), [""; 0]);
    assert_eq!(texts("[1, [2, [3]], ]").unwrap(), ["1", "[2, [3]]"]);
    assert_eq!(
        texts("[ , 'a,]' , , /*,*/ ]").unwrap(),
        ["undefined", "'a,]'", "undefined"]
    );
    assert_eq!(texts("[,]").unwrap(), ["undefined"]);
    assert_eq!(texts("{}"), None);
}

#[test]
fn texts_are_borrowed_unless_they_hold_escapes() {
    assert!(matches!(raw("'abc'").as_text(), Some(Cow::Borrowed("abc"))));
    assert_eq!(raw(r"'a\'b'").as_text().as_deref(), Some("a'b"));
    assert_eq!(raw("1").as_text(), None);
    assert_eq!(
        raw("1e3").as_number().and_then(|number| number.as_i64()),
        Some(1000)
    );
    assert_eq!(raw("'1'").as_number(), None);
}

#[test]
fn members_are_walked_as_they_stand() {
    let walk = |text| -> crate::Result<Vec<(String, String)>> {
        let members = Members::parse(text, 3)?;
        members
            .map(|member| member.map(|(key, raw)| (key.into_owned(), raw.as_str().to_owned())))
            .collect()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(walk(" {} // x").unwrap(), []);
    assert_eq!(
        walk("{a:1,a:undefined,}").unwrap(),
        [pair("a", "1"), pair("a", "undefined")]
    );
    assert_eq!(
        walk(r"{ \u0061b : [[]] , 'c\n' : '' , 0x10 : {} , 1e21:1, $:2 }").unwrap(),
        [
            pair("ab", "[[]]"),
            pair("c\n", "''"),
            pair("16", "{}"),
            pair("1e+21", "1"),
            pair("$", "2")
        ],
    );
    for text in [
        "",
        "[]",
        "1",
        "{",
        "{a",
        "{a:",
        "{a:1",
        "{a:1,",
        "{a:1}}",
        "{a:1} x",
        "{,}",
        "{a:1,,}",
        "{a:1 b:2}",
    ] {
        assert!(walk(text).is_err(), "{text}");
    }
    assert_eq!(walk("{a:[[[]]]}").unwrap_err().kind(), ErrorKind::TooDeep);
    assert!(Members::parse("{}", 0).is_err());
}

#[test]
fn a_walk_ends_at_an_error() {
    let mut members = Members::parse("{a:1,b:x,c:3}", 3).unwrap();
    assert!(members.next().unwrap().is_ok());
    assert!(members.next().unwrap().is_err());
    assert!(members.next().is_none());
}

#[test]
fn raw_members_are_captured_and_written_verbatim() {
    #[derive(Serialize, Deserialize)]
    struct Held<'a> {
        #[serde(borrow)]
        borrowed: RawValue<'a>,
        owned: RawBuf,
        #[serde(default)]
        absent: RawValue<'a>,
    }
    let held: Held<'_> =
        from_str("{borrowed: [1, ,2 ], owned: {'a' : 1}, absent: undefined}").unwrap();
    assert_eq!(held.borrowed.as_str(), "[1, ,2 ]");
    assert_eq!(held.owned.as_str(), "{'a' : 1}");
    assert_eq!(
        to_string(&held).unwrap(),
        "{borrowed:[1, ,2 ],owned:{'a' : 1}}"
    );
    assert_eq!(to_string(&[RawValue::UNDEFINED]).unwrap(), "[,]");
    assert_eq!(to_string(&RawValue::UNDEFINED).unwrap(), "undefined");
    assert_eq!(
        to_string_pretty(&[raw("[ 1 ]")], " ").unwrap(),
        "[\n [ 1 ]\n]"
    );
    assert_eq!(
        from_str::<[RawBuf; 2]>("[,1]").unwrap()[0].as_raw(),
        RawValue::UNDEFINED
    );
}

#[test]
fn raw_text_travels_through_other_formats_as_a_string() {
    let raw = RawBuf::from_serialize(&("a", Undefined)).unwrap();
    let json = serde_json::to_string(&raw).unwrap();
    assert_eq!(json, r#""['a',,]""#);
    assert_eq!(serde_json::from_str::<RawBuf>(&json).unwrap(), raw);
    assert!(serde_json::from_str::<RawBuf>(r#""[1""#).is_err());
    assert!(serde_json::from_str::<RawBuf>("1").is_err());
}

#[test]
fn raw_values_deserialize_borrowing_from_the_message() {
    let map: BTreeMap<&str, u8> = raw("{a: 1, b: 2}").deserialize().unwrap();
    assert_eq!(map, BTreeMap::from([("a", 1), ("b", 2)]));
}

#[test]
fn deserializing_is_limited_in_depth_whatever_the_text_was_parsed_with() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let raw = RawValue::parse(&deep, usize::MAX).unwrap();
    assert_eq!(
        raw.deserialize::<Value>().unwrap_err().kind(),
        ErrorKind::TooDeep
    );
    assert!(raw.deserialize_within::<Value>(200).is_err());
    let inner = RawValue::parse(&deep[99_850..100_150], usize::MAX).unwrap();
    assert!(inner.deserialize::<Value>().is_err());
    assert!(inner.deserialize_within::<Value>(150).is_ok());
}
