use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer as _};

use crate::{
    ErrorKind, Serializer, Undefined, Value, append_to_string, to_string, to_string_pretty, to_vec,
    to_writer, value,
};

fn writes<T: Serialize>(value: T, text: &str) {
    assert_eq!(to_string(&value).expect(text), text);
}

#[test]
fn numbers_are_written_as_javascript_does() {
    writes(u64::MAX, "18446744073709551615");
    writes(i128::MIN, "-170141183460469231731687303715884105728");
    writes(
        [1e21, 1e-7, 0.1, -0.0, 5.0, 123_456_789_012_345_680_000.0],
        "[1e+21,1e-7,0.1,-0,5,123456789012345680000]",
    );
    writes(
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
        "[NaN,Infinity,-Infinity]",
    );
    writes(0.1f32, "0.1");
    writes(-0.0f32, "-0");
}

#[test]
fn floats_that_are_integers_are_written_as_other_floats_are() {
    let mut exponents = (0..70).map(|bit| 2f64.powi(bit)).collect::<Vec<_>>();
    exponents.extend((0..25).map(|digits| 10f64.powi(digits)));
    for middle in exponents {
        for value in [middle.next_down(), middle - 1.0, middle, middle + 1.0] {
            for value in [value, -value].into_iter().filter(|&value| value != 0.0) {
                writes(value, ryu_js::Buffer::new().format(value));
            }
        }
    }
}

#[test]
fn undefined_is_a_hole_or_left_out_or_a_word() {
    #[derive(Serialize)]
    struct Members {
        a: Undefined,
        b: u8,
        c: Undefined,
    }
    writes(Undefined, "undefined");
    writes((Undefined, 1, Undefined, Undefined), "[,1,,,]");
    writes([Undefined], "[,]");
    writes(
        Members {
            a: Undefined,
            b: 1,
            c: Undefined,
        },
        "{b:1}",
    );
    writes(
        BTreeMap::from([("a", value!(undefined)), ("b", value!(1))]),
        "{b:1}",
    );
    writes([Some(Undefined), None], "[,null]");
    writes(((Undefined,), ""), "[[,],'']");
}

#[derive(Serialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(i8, i8),
    Box { width: u8, label: Undefined },
    Nothing(Undefined),
}

#[test]
fn enums_are_texts_or_objects_of_one_member() {
    writes(Shape::Empty, "'Empty'");
    writes(Shape::Circle(0.5), "{Circle:0.5}");
    writes(Shape::Line(1, -1), "{Line:[1,-1]}");
    writes(
        Shape::Box {
            width: 1,
            label: Undefined,
        },
        "{Box:{width:1}}",
    );
    writes(Shape::Nothing(Undefined), "{Nothing:undefined}");
    let text = to_string_pretty(&Shape::Line(1, -1), "  ").unwrap();
    assert_eq!(text, "{\n  Line: [\n    1,\n    -1\n  ]\n}");
}

#[test]
fn keys_of_many_types_are_written() {
    writes(BTreeMap::from([(1, 'a'), (-2, 'b')]), "{'-2':'b','1':'a'}");
    writes(BTreeMap::from([(true, 1)]), "{true:1}");
    writes(BTreeMap::from([('ж', 1)]), "{'ж':1}");
    writes(BTreeMap::from([("a b", 1), ("ab", 2)]), "{'a b':1,ab:2}");
    assert!(to_string(&BTreeMap::from([((), 1)])).is_err());
    assert!(to_string(&BTreeMap::from([(None::<u8>, 1)])).is_err());
    assert!(to_string(&BTreeMap::from([([1], 1)])).is_err());
}

#[test]
fn indented_text_has_a_line_for_each_value() {
    let value = value!({a: [1, , [], {}], "b c": {d: undefined}, e: "x"});
    let text = "{\n\ta: [\n\t\t1,,\n\t\t[],\n\t\t{}\n\t],\n\t'b c': {},\n\te: 'x'\n}";
    assert_eq!(to_string_pretty(&value, "\t").unwrap(), text);
    assert_eq!(
        to_string_pretty(&value!([undefined]), "  ").unwrap(),
        "[,\n]"
    );
    assert_eq!(
        to_string_pretty(&[1], &"-".repeat(12)).unwrap(),
        "[\n----------1\n]"
    );
    assert_eq!(to_string_pretty(&value, "").unwrap(), value.to_string());
}

#[test]
fn all_ways_of_writing_agree() {
    let value = value!({a: ["é", null]});
    let text = to_string(&value).unwrap();
    assert_eq!(to_vec(&value).unwrap(), text.as_bytes());
    let mut bytes = Vec::new();
    to_writer(&mut bytes, &value).unwrap();
    assert_eq!(bytes, text.as_bytes());
    let mut appended = String::from("before ");
    append_to_string(&mut appended, &value).unwrap();
    assert_eq!(appended, format!("before {text}"));
}

#[test]
fn a_failed_value_leaves_nothing_behind() {
    let mut out = String::from("before");
    append_to_string(&mut out, &(1, BTreeMap::from([((), 1)]))).unwrap_err();
    assert_eq!(out, "before");
}

#[test]
fn values_nested_too_deep_are_refused() {
    let mut deep = Value::Null;
    for _ in 0..200 {
        deep = Value::Array(vec![deep]);
    }
    assert_eq!(to_string(&deep).unwrap_err().kind(), ErrorKind::TooDeep);
    let mut out = String::new();
    deep.serialize(&mut Serializer::new(&mut out).with_max_depth(200))
        .unwrap();
    assert_eq!(out.len(), 404);
    assert!(deep.to_string().contains("nesting deeper"));
}

#[test]
fn bytes_are_base64_text() {
    struct Bytes(&'static [u8]);
    impl Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    writes(Bytes(b"hello"), "'aGVsbG8='");
}

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
fn numbers_in_a_row_are_written_as_each_of_them_alone() {
    let bound = 2f64.powi(-16);
    let floats = [
        0.0,
        -0.0,
        0.5,
        3.0,
        -2.5,
        0.1,
        1e21,
        1e-5,
        1e-7,
        5e-324,
        bound,
        -bound.next_down(),
        2f64.powi(53),
        f64::MAX,
        f64::NAN,
        f64::NEG_INFINITY,
    ];
    let mut numbers: Vec<Value> = floats.into_iter().map(Value::from).collect();
    numbers.extend([Value::from(u64::MAX), Value::from(i64::MIN), Value::from(7)]);
    for first in &numbers {
        for second in &numbers {
            for length in 2..5 {
                let row: Vec<&Value> = [first, second].into_iter().cycle().take(length).collect();
                let texts: Vec<String> = row.iter().map(ToString::to_string).collect();
                let row = Value::Array(row.into_iter().cloned().collect());
                writes(&row, &format!("[{}]", texts.join(",")));
            }
        }
    }
    writes(
        value!([1, 2, , 3, "x", 4, 5, [6], 7, null]),
        "[1,2,,3,'x',4,5,[6],7,null]",
    );
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

#[test]
fn floats_in_arrays_are_written_as_each_of_them_alone() {
    let numbers = [0.5, -2.25, 7.0, -0.0, 1e21, 1e-7, f64::NAN, 0.1, 1e15, 12.0];
    for length in 0..=numbers.len() {
        for shift in 0..numbers.len() {
            let mut row = numbers.to_vec();
            row.rotate_left(shift);
            row.truncate(length);
            let texts: Vec<String> = row
                .iter()
                .map(|number| to_string(number).unwrap())
                .collect();
            let text = format!("[{}]", texts.join(","));
            writes(&row, &text);
            writes(row.iter().collect::<Vec<_>>(), &text);
            writes((&row, &row, 1), &format!("[{text},{text},1]"));
            let lines = to_string_pretty(&row, " ").unwrap();
            assert_eq!(lines.replace(['\n', ' '], ""), text);
        }
    }
}

#[test]
fn what_stands_between_floats_stays_where_it_is() {
    writes(
        (
            0.5,
            1,
            1.5,
            "x",
            2.5,
            Undefined,
            3.5,
            [4.5],
            5.5,
            (),
            6.5,
            7.5,
        ),
        "[0.5,1,1.5,'x',2.5,,3.5,[4.5],5.5,null,6.5,7.5]",
    );
    writes((0.5, Undefined), "[0.5,,]");
    writes((Undefined, 0.5, Undefined, 1.5), "[,0.5,,1.5]");
    writes(
        (
            0.5,
            Shape::Circle(1.5),
            2.5,
            Some(3.5),
            4.5,
            value!([5.5, 6.5]),
        ),
        "[0.5,{Circle:1.5},2.5,3.5,4.5,[5.5,6.5]]",
    );
    writes(
        (0.5, BTreeMap::from([("a", 1.5), ("b", 2.5)]), 3.5),
        "[0.5,{a:1.5,b:2.5},3.5]",
    );
    writes([[(0.5, 1.5)], [(2.5, 3.5)]], "[[[0.5,1.5]],[[2.5,3.5]]]");
    writes(
        (0.5, crate::RawValue::parse("1.5", 1).unwrap(), 2.5),
        "[0.5,1.5,2.5]",
    );
}

#[test]
fn a_float_of_an_array_that_was_not_ended_is_not_in_the_next_one() {
    let mut out = String::new();
    let mut serializer = Serializer::new(&mut out);
    let mut array = (&mut serializer).serialize_seq(None).unwrap();
    array.serialize_element(&0.5).unwrap();
    [1, 2].serialize(&mut serializer).unwrap();
    assert!(out.ends_with("[1,2]"), "{out}");
}
