use serde::Deserialize;

use super::Value;
use crate::{ErrorKind, Object, Undefined, from_value, to_value, value};

#[test]
fn values_pass_through_other_formats() {
    let value = value!({a: [1, -2, 1.5, "x", true, null], b: {}});
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(json, r#"{"a":[1,-2,1.5,"x",true,null],"b":{}}"#);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    assert_eq!(
        serde_json::to_string(&value!([undefined])).unwrap(),
        "[null]"
    );
    assert_eq!(
        serde_json::from_str::<Undefined>("null").unwrap(),
        Undefined
    );
}

#[test]
fn an_enum_of_another_format_is_not_taken_for_undefined() {
    let json = serde_json::json!({"$jstp::Undefined": ""});
    assert!(serde_json::from_value::<Value>(json).unwrap().is_object());
}

#[test]
fn the_last_element_gets_no_more_room_than_it_needs() {
    for (text, length) in [("[0]", 1), ("[,]", 1), ("[1,2,3,4,5]", 5)] {
        let Ok(Value::Array(elements)) = crate::from_str(text) else {
            panic!("{text} is an array")
        };
        assert_eq!((elements.len(), elements.capacity()), (length, length));
    }
}

#[test]
fn objects_that_were_read_do_not_change_with_others_of_their_names() {
    let read = || crate::from_str::<Value>("[{a:1,b:2},{a:3,b:4}]").unwrap();
    let mut value = read();
    let object = value[0].as_object().unwrap().clone();
    let other = value.get_mut(0).unwrap().as_object_mut().unwrap();
    other.insert("c", 5);
    assert_eq!(other.remove("a"), Some(Value::from(1)));
    assert_eq!(value, value!([{b: 2, c: 5}, {a: 3, b: 4}]));
    assert_eq!(Value::from(object), value!({a: 1, b: 2}));
    assert_eq!(read(), value!([{a: 1, b: 2}, {a: 3, b: 4}]));
}

#[test]
fn names_are_read_alike_however_often_they_were_met() {
    let texts = [
        ("{a:1,long_name_2:2}", "{a:1,long_name_2:2}"),
        (r#"{"a" : 1 , 'long_name_2' : 2}"#, "{a:1,long_name_2:2}"),
        (r#"{a/* : */:1,"long_name_2":2}"#, "{a:1,long_name_2:2}"),
        (
            r#"{"a b":1,"'a'":2,'"a"':3,'a"':4}"#,
            r#"{'a b':1,'\'a\'':2,'\"a\"':3,'a\"':4}"#,
        ),
        (
            r#"{'a\\nb':1,"a\nb":2,'\x61':3}"#,
            r"{'a\\nb':1,'a\nb':2,a:3}",
        ),
        ("{1:1,'1.0':2,1.0:3}", "{'1':3,'1.0':2}"),
        ("{a:undefined,b:1,a:2}", "{b:1,a:2}"),
        ("{a:1,a:undefined,a:2}", "{a:2}"),
    ];
    for _ in 0..3 {
        for (text, written) in texts {
            let value: Value = crate::from_str(text).unwrap();
            assert_eq!(value.to_string(), written, "{text}");
        }
        for text in [
            "{a b:1}",
            "{a",
            "{'a",
            "{\"a",
            "{a\"",
            "{'a':1,'a'",
            "{'a\nb':1}",
            "{1a:1}",
        ] {
            assert!(crate::from_str::<Value>(text).is_err(), "{text}");
        }
    }
    let error = crate::from_str::<Value>("{\"a").unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (ErrorKind::UnexpectedEnd, Some(3))
    );
}

#[test]
fn containers_of_any_size_are_read() {
    for count in [1, 64, 65, 1023, 1024, 1025, 5000] {
        let array: Value = (0..count).collect();
        let object: Object = (0..count)
            .map(|n| (format!("n{n}"), value!([{n: (n)}, (n)])))
            .collect();
        let value = value!({array: (array), object: (object), last: 0});
        assert_eq!(crate::from_str::<Value>(&value.to_string()).unwrap(), value);

        let members = value["object"].to_string();
        let absent = members
            .replace(",n", ",gone:undefined,n")
            .replace(']', "],n0:7");
        let Value::Object(read) = crate::from_str(&absent).unwrap() else {
            panic!("{absent} is an object")
        };
        assert_eq!((read.len(), read.get("n0")), (count, Some(&Value::from(7))));
        assert!(read.keys().eq(value["object"].as_object().unwrap().keys()));
    }
}

#[test]
fn what_an_error_left_is_not_in_the_next_value() {
    for text in [
        "[1,{a:[2,3,{b:4",
        "{a:1,b:[[[[[,,",
        "{a:[],b",
        "[{a:undefined,",
    ] {
        assert!(crate::from_str::<Value>(text).is_err(), "{text}");
        assert_eq!(
            crate::from_str::<Value>("{c:[1]}").unwrap(),
            value!({c: [1]})
        );
    }
}

#[test]
fn objects_are_read_alone_and_nothing_else_is_taken_for_one() {
    let object: Object = crate::from_str(" {a:1}").unwrap();
    assert_eq!(Value::from(object), value!({a: 1}));
    let object: Object = serde_json::from_str(r#"{"a":1}"#).unwrap();
    assert_eq!(Value::from(object), value!({a: 1}));
    for text in ["[]", "1", "undefined", "'{}'"] {
        let error = crate::from_str::<Object>(text).unwrap_err();
        assert!(error.to_string().contains("an object"), "{error}");
    }
}

#[test]
fn the_whole_limit_of_the_nesting_is_named() {
    let mut deserializer = crate::Deserializer::new("[[[1]]]").with_max_depth(2);
    let error = <Vec<Value>>::deserialize(&mut deserializer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooDeep);
    assert!(
        error.to_string().contains("deeper than 2 levels"),
        "{error}"
    );
    assert_eq!(error.offset(), Some(2));
}

#[test]
fn values_convert_to_types_and_back() {
    let value = to_value(&(1, "x", Undefined)).unwrap();
    assert_eq!(value, value!([1, "x", undefined]));
    assert_eq!(
        from_value::<(u8, String, Option<u8>)>(&value).unwrap(),
        (1, "x".to_owned(), None)
    );
}

#[test]
fn absent_members_and_elements_are_undefined() {
    let mut value = value!({a: [1]});
    assert_eq!(value["a"][0], 1);
    assert!(value["a"][1].is_undefined() && value["b"].is_undefined() && value[0].is_undefined());
    *value.get_mut("a").unwrap() = Value::Null;
    assert!(value["a"].is_null());
    assert_eq!(value.get("b"), None);
}

#[test]
fn truth_is_that_of_javascript() {
    for falsy in [
        "undefined",
        "null",
        "false",
        "0",
        "-0",
        "NaN",
        "''",
        "'\\\n'",
    ] {
        assert!(
            !crate::from_str::<Value>(falsy).unwrap().is_truthy(),
            "{falsy}"
        );
        assert!(
            !crate::RawValue::parse(falsy, 9).unwrap().is_truthy(),
            "{falsy}"
        );
    }
    for truthy in [
        "true", "1", "-1", "Infinity", "' '", "'\\0'", "[]", "{}", "1e-300",
    ] {
        assert!(
            crate::from_str::<Value>(truthy).unwrap().is_truthy(),
            "{truthy}"
        );
        assert!(
            crate::RawValue::parse(truthy, 9).unwrap().is_truthy(),
            "{truthy}"
        );
    }
}
