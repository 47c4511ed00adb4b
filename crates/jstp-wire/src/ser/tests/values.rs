//! Values, which are written straight, and what only looks like them.

use std::cell::Cell;

use serde::Serialize;

use super::writes;
use crate::{ErrorKind, Value, append_to_string, to_string, value};

/// As [`to_string`] writes what is no [`Value`]: member by member.
fn by_serde(value: &Value) -> String {
    struct Plain<'a>(&'a Value);
    impl Serialize for Plain<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                Value::Array(elements) => serializer.collect_seq(elements.iter().map(Plain)),
                Value::Object(members) => {
                    serializer.collect_map(members.iter().map(|(name, value)| (name, Plain(value))))
                }
                other => other.serialize(serializer),
            }
        }
    }
    to_string(&Plain(value)).unwrap()
}

#[test]
fn values_are_written_as_anything_else_is() {
    let texts = [
        "[]",
        "{}",
        "[,]",
        "[,,]",
        "[1,,2]",
        "[[],{},[,],null,true]",
        "{a:[{b:1,c:'x'},{b:-2.5,c:'\\n'}],'a b':{'':1,d:{}}}",
        "[{a:undefined,b:1},{a:1,b:undefined},{a:undefined,b:undefined},{a:1,b:1}]",
        "[{'a b':undefined,b:1},{'a b':1,b:undefined},{'ж':1}]",
    ];
    for text in texts {
        let value: Value = crate::from_str(text).unwrap();
        // The second time the names may be at hand.
        for _ in 0..2 {
            let plain = by_serde(&value);
            assert_eq!(to_string(&value).unwrap(), plain);
            assert_eq!(
                to_string(&(1, &value, "x")).unwrap(),
                format!("[1,{plain},'x']")
            );
        }
    }
}

#[test]
fn names_that_change_after_they_were_written_are_written_anew() {
    let mut values: Vec<Value> = crate::from_str("[{a:1,b:2},{a:3,b:4}]").unwrap();
    writes(&values, "[{a:1,b:2},{a:3,b:4}]");
    let first = values[0].as_object_mut().unwrap();
    first.insert("c d", 5);
    first.remove("a");
    let copy = values[0].clone();
    values.push(copy);
    writes(&values, "[{b:2,'c d':5},{a:3,b:4},{b:2,'c d':5}]");
}

#[test]
fn values_within_other_types_count_as_levels() {
    let mut deep = Value::Null;
    for _ in 0..126 {
        deep = Value::Array(vec![deep]);
    }
    assert!(to_string(&[[&deep]]).is_ok());
    let error = to_string(&[[[&deep]]]).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::TooDeep, None));
    let mut out = String::from("before");
    append_to_string(&mut out, &[[[&deep]]]).unwrap_err();
    assert_eq!(out, "before");
}

#[test]
fn other_formats_see_plain_arrays_and_objects() {
    let value = value!({a: [1, {b: "x"}], c: {}});
    let json = r#"{"a":[1,{"b":"x"}],"c":{}}"#;
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    assert_eq!(
        serde_json::to_string(&[value]).unwrap(),
        format!("[{json}]")
    );
}

#[test]
fn a_value_whose_serialization_writes_others_does_not_mix_with_them() {
    struct Nested(Value);
    impl Serialize for Nested {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let text = to_string(&(&self.0, &self.0)).map_err(serde::ser::Error::custom)?;
            (text, &self.0).serialize(serializer)
        }
    }
    writes(Nested(value!([1])), "['[[1],[1]]',[1]]");
}

#[test]
fn shared_names_of_any_length_are_written_whole() {
    for length in 1..40 {
        let name = "n".repeat(length);
        for text in [
            format!("{{{name}:1,b:2,{name}c:3}}"),
            format!("{{a:1,{name}:{{}}}}"),
        ] {
            let values: Vec<Value> = crate::from_str(&format!("[{text},{text}]")).unwrap();
            writes(&values, &format!("[{text},{text}]"));
        }
    }
}

/// Something foreign under the name of a [`Value`] that has elements.
struct Impostor<F>(F);

impl<F: Fn() -> String> Serialize for Impostor<F> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Inside<'a, F>(&'a F);
        impl<F: Fn() -> String> Serialize for Inside<'_, F> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&(self.0)())
            }
        }
        serializer.serialize_newtype_struct(crate::token::VALUE, &Inside(&self.0))
    }
}

#[test]
fn what_is_only_called_a_value_is_serialized_once() {
    let times = Cell::new(0);
    let impostor = Impostor(|| {
        times.set(times.get() + 1);
        "text".to_owned()
    });
    writes((1, impostor, value!([2])), "[1,'text',[2]]");
    assert_eq!(times.get(), 1);
}

#[test]
fn what_is_only_called_a_value_may_write_others_meanwhile() {
    let other = value!([1, {a: 2}]);
    let by_json = Impostor(|| serde_json::to_string(&other).unwrap());
    writes((1, by_json), r#"[1,'[1,{\"a\":2}]']"#);
    let by_itself = Impostor(|| to_string(&other).unwrap());
    writes((1, by_itself), "[1,'[1,{a:2}]']");
}

#[test]
fn after_a_panic_of_what_is_only_called_a_value_others_are_written() {
    let other = value!([1]);
    let impostor = Impostor(|| panic!("as it is meant to"));
    let panic = std::panic::catch_unwind(|| to_string(&(1, impostor)));
    assert!(panic.is_err());
    assert_eq!(serde_json::to_string(&other).unwrap(), "[1]");
    writes(other, "[1]");
}
