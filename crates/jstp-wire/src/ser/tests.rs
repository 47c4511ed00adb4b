mod numbers;
mod values;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    ErrorKind, Serializer, Undefined, Value, append_to_string, to_string, to_string_pretty, to_vec,
    to_writer, value,
};

fn writes<T: Serialize>(value: T, text: &str) {
    assert_eq!(to_string(&value).expect(text), text);
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
