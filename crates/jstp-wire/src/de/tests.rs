use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{Deserializer, ErrorKind, Undefined, Value, from_slice, from_str, value};

#[expect(
    clippy::needless_pass_by_value,
    reason = "the tables are easier to read"
)]
fn reads<T: DeserializeOwned + PartialEq + Debug>(text: &str, expected: T) {
    assert_eq!(from_str::<T>(text).expect(text), expected, "{text}");
}

fn refuses<T: DeserializeOwned + Debug>(text: &str) {
    let outcome = from_str::<T>(text);
    assert!(outcome.is_err(), "{text}: {outcome:?}");
}

#[test]
fn integers_are_exact_in_every_spelling() {
    reads("18446744073709551615", u64::MAX);
    reads("0xFFFFFFFFFFFFFFFF", u64::MAX);
    reads("-9223372036854775808", i64::MIN);
    reads("-0x8000000000000000", i64::MIN);
    reads("9007199254740993", 9_007_199_254_740_993i64);
    reads("0b101", 5u8);
    reads("+0o17", 15i8);
    reads("1e3", 1000u16);
    reads("5.0", 5i32);
    reads("-1.28e2", -128i8);
    reads("-0", 0u8);
    reads("-0.0", 0i64);
    reads("340282366920938463463374607431768211455", u128::MAX);
    reads("-0x80000000000000000000000000000000", i128::MIN);
    reads("1e3", 1000i128);
    reads("-0", 0u128);
}

#[test]
fn numbers_that_are_no_such_integers_are_refused() {
    for text in [
        "256",
        "-1",
        "1.5",
        "1e9",
        "NaN",
        "Infinity",
        "'1'",
        "true",
        "null",
        "undefined",
    ] {
        refuses::<u8>(text);
    }
    refuses::<u64>("18446744073709551616");
    refuses::<i64>("9223372036854775808");
    refuses::<i64>("-9223372036854775809");
    refuses::<i64>("1e19");
    refuses::<i128>("340282366920938463463374607431768211455");
    refuses::<u128>("-1");
    refuses::<u128>("0.5");
}

#[test]
fn floats_are_the_nearest() {
    reads("0.1", 0.1f64);
    reads("1", 1.0f64);
    reads("1e999", f64::INFINITY);
    reads("-Infinity", f64::NEG_INFINITY);
    reads("1e-999", 0.0f64);
    reads("16777217", 16_777_216f32);
    reads("0x20000000000001", 9_007_199_254_740_992f64);
    assert!(from_str::<f64>("NaN").is_ok_and(f64::is_nan));
    assert!(from_str::<f64>("-0").is_ok_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    refuses::<f64>("'1'");
}

#[test]
fn options_take_null_and_undefined_for_none() {
    reads("null", None::<u8>);
    reads("undefined", None::<u8>);
    reads("1", Some(1u8));
    reads("[,null,1]", vec![None, None, Some(1u8)]);
    reads("null", ());
    reads("undefined", ());
    reads("undefined", Undefined);
    refuses::<Undefined>("1");
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    name: String,
    #[serde(default)]
    size: Option<u32>,
    #[serde(default = "seven")]
    count: u8,
}

fn seven() -> u8 {
    7
}

#[test]
fn undefined_members_are_absent() {
    let expected = Strict {
        name: "x".to_owned(),
        size: None,
        count: 7,
    };
    reads(
        "{name: 'x', size: undefined, count: undefined, unknown: undefined}",
        expected,
    );
    reads(
        "{a: undefined, b: 1, b: undefined}",
        HashMap::from([("b".to_owned(), 1)]),
    );
    refuses::<Strict>("{name: undefined}");
    refuses::<Strict>("{name: 'x', unknown: 1}");
    refuses::<Strict>("{name: 'x', unknown: undefinedx}");
}

#[test]
fn unknown_members_are_skipped_but_checked() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Lax {
        a: u8,
    }
    reads("{z: [{}, ' ', /**/ -0x1], a: 1, 'y': NaN}", Lax { a: 1 });
    refuses::<Lax>("{z: [1 2], a: 1}");
    refuses::<Lax>(&format!("{{z: {}, a: 1}}", "[".repeat(200)));
    refuses::<IgnoredAny>("[01]");
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(i8, i8),
    Box { width: u8, label: Option<String> },
}

#[test]
fn enums_are_texts_or_objects_of_one_member() {
    reads("'Empty'", Shape::Empty);
    reads("{Empty: null}", Shape::Empty);
    reads("{Circle: .5,}", Shape::Circle(0.5));
    reads("{'Line': [1, -1]}", Shape::Line(1, -1));
    reads(
        "{ Box : {width: 1} }",
        Shape::Box {
            width: 1,
            label: None,
        },
    );
    reads("[,{Circle:1}]", vec![None, Some(Shape::Circle(1.0))]);
    for text in [
        "{}",
        "'Circle'",
        "{Circle:1,Empty:null}",
        "'Other'",
        "1",
        "[]",
        "{Line:[1]}",
        "null",
        "{Box:1",
    ] {
        refuses::<Shape>(text);
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[test]
fn strings_are_borrowed_where_they_can_be() {
    assert_eq!(from_str::<&str>("'plain é'").unwrap(), "plain é");
    assert!(from_str::<&str>(r"'a\n'").is_err());
    assert!(matches!(
        from_str::<Text<'_>>("'x'").unwrap().0,
        Cow::Borrowed("x")
    ));
    assert!(matches!(from_str::<Text<'_>>(r"'\x41'").unwrap().0, Cow::Owned(text) if text == "A"));
    reads("'é'", 'é');
    refuses::<char>("'ab'");
}

#[derive(Debug, PartialEq, Eq, Hash, Deserialize)]
enum Unit {
    North,
}

#[test]
fn keys_serve_for_other_types_than_text() {
    reads(
        "{1: 'a', '-2': 'b', 0x10: 'c'}",
        BTreeMap::from([(1, 'a'), (-2, 'b'), (16, 'c')]),
    );
    reads(
        "{true: 1, 'false': 0}",
        BTreeMap::from([(true, 1), (false, 0)]),
    );
    reads("{a: 1}", BTreeMap::from([('a', 1)]));
    reads("{1: 1, 1: 2, '1': 3}", BTreeMap::from([(1u128, 3)]));
    reads("{North: 1}", HashMap::from([(Unit::North, 1)]));
    refuses::<BTreeMap<u8, u8>>("{a: 1}");
    refuses::<BTreeMap<u8, u8>>("{256: 1}");
    refuses::<BTreeMap<u8, u8>>("{'1 ': 1}");
}

#[test]
fn arrays_must_have_the_wanted_length() {
    reads("[1, 2, ]", (1, 2));
    reads("[1,2]", [1, 2]);
    refuses::<(u8, u8)>("[1]");
    refuses::<(u8, u8)>("[1,2,]3");
    refuses::<(u8, u8)>("[1,2,3]");
    refuses::<(u8, Option<u8>)>("[1,,,]");
    refuses::<(u8, u8)>("{}");
    refuses::<Vec<u8>>("[1");
}

#[test]
fn depth_is_limited_as_set() {
    let read = |max_depth| {
        Value::deserialize(&mut Deserializer::new("[{a:[]}]").with_max_depth(max_depth))
    };
    assert_eq!(read(3).unwrap(), value!([{a: []}]));
    assert_eq!(read(2).unwrap_err().kind(), ErrorKind::TooDeep);
    // The limit counts levels, not containers.
    reads(
        &format!("[{}]", "[],".repeat(1000)),
        vec![Value::Array(Vec::new()); 1000],
    );
}

#[test]
fn several_values_can_be_read_one_after_the_other() {
    let mut deserializer = Deserializer::new("1 'two' [3]");
    assert_eq!(u8::deserialize(&mut deserializer).unwrap(), 1);
    assert_eq!(<&str>::deserialize(&mut deserializer).unwrap(), "two");
    assert!(deserializer.end().is_err());
    assert_eq!(<[u8; 1]>::deserialize(&mut deserializer).unwrap(), [3]);
    assert!(deserializer.end().is_ok());
}

#[test]
fn flattened_and_untagged_types_work() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
        Other(Vec<Value>),
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        a: Either,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let outer: Outer = from_slice(b"{a: 'x', b: [1, null], c: undefined}").unwrap();
    assert_eq!(outer.a, Either::Text("x".to_owned()));
    assert_eq!(
        outer.rest,
        BTreeMap::from([("b".to_owned(), value!([1, null]))])
    );
    reads("[1]", Either::Other(vec![Value::from(1)]));
    reads("-1", Either::Number(-1));
}
