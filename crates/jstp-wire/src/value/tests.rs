use super::Value;
use crate::{Undefined, from_value, to_value, value};

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
