use jstp_wire::{DEFAULT_MAX_DEPTH, Undefined, Value, value};

use super::*;

fn args(text: &str) -> Args<'_> {
    Args::new(RawValue::parse(text, DEFAULT_MAX_DEPTH).unwrap()).unwrap()
}

#[test]
fn only_an_array_stands_for_arguments() {
    for text in ["{length: 2}", "'[]'", "0", "null", "undefined"] {
        let raw = RawValue::parse(text, DEFAULT_MAX_DEPTH).unwrap();
        assert!(Args::new(raw).is_none(), "{text}");
    }
}

#[test]
fn holes_count_as_arguments() {
    for (text, count) in [
        ("[]", 0),
        ("[ /* none */ ]", 0),
        ("[,]", 1),
        ("[1,]", 1),
        ("[1,,]", 2),
        ("[,,3]", 3),
        ("[[1, 2], {a: 3}]", 2),
    ] {
        assert_eq!(args(text).count(), count, "{text}");
        assert_eq!(args(text).is_empty(), count == 0, "{text}");
    }
}

#[test]
fn tuples_take_exactly_as_many_arguments() {
    assert_eq!(
        args("[1, 'two']").parse::<(u8, &str)>().unwrap(),
        (1, "two")
    );
    assert!(args("[1]").parse::<(u8, &str)>().is_err());
    assert!(args("[1, 'two', 3]").parse::<(u8, &str)>().is_err());
    assert!(args("[]").parse::<(u8,)>().is_err());
    assert!(args("[,]").parse::<(u8,)>().is_err());
}

#[test]
fn the_unit_takes_no_arguments() {
    args("[]").parse::<()>().unwrap();
    assert!(args("[null]").parse::<()>().is_err());
    assert!(args("[,]").parse::<()>().is_err());
    assert!(args("[]").parse::<((),)>().is_err());
    assert_eq!(args("[]").parse::<[u8; 0]>().unwrap(), [0; 0]);
}

#[test]
fn arguments_are_read_into_sequences_too() {
    assert_eq!(args("[1, 2]").parse::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!(args("[]").parse::<Vec<u8>>().unwrap(), [0; 0]);
    assert_eq!(args("[]").parse::<Value>().unwrap(), value!([]));
}

#[test]
fn a_hole_is_none_and_undefined() {
    assert_eq!(args("[,]").parse::<(Option<u8>,)>().unwrap(), (None,));
    assert_eq!(args("[null]").parse::<(Option<u8>,)>().unwrap(), (None,));
    assert_eq!(
        args("[,]").parse::<(Value,)>().unwrap(),
        (Value::Undefined,)
    );
}

#[test]
fn whatever_is_written_as_an_array_is_taken_as_arguments() {
    assert_eq!(&*arguments_text(&(1, "two", [3])).unwrap(), "[1,'two',[3]]");
    assert_eq!(&*arguments_text(&["a", "b"]).unwrap(), "['a','b']");
    assert_eq!(&*arguments_text(&Vec::<u8>::new()).unwrap(), "[]");
    assert_eq!(&*arguments_text(&value!([1, undefined])).unwrap(), "[1,,]");
    assert_eq!(&*arguments_text(&(1, Undefined)).unwrap(), "[1,,]");
    assert_eq!(
        &*arguments_text(&args("[0x1, ]").as_raw()).unwrap(),
        "[0x1, ]"
    );
}

#[test]
fn the_unit_is_taken_as_no_arguments() {
    assert_eq!(&*arguments_text(&()).unwrap(), "[]");
}

#[test]
fn single_values_are_not_taken_as_arguments() {
    let refused =
        |text: Result<Scratch, ArgumentsError>| matches!(text, Err(ArgumentsError::NotAnArray));
    assert!(refused(arguments_text(&1)));
    assert!(refused(arguments_text(&"[]")));
    assert!(refused(arguments_text(&value!({a: 1}))));
    assert!(refused(arguments_text(&Value::Null)));
    assert!(refused(arguments_text(&Option::<Vec<u8>>::None)));
    assert!(refused(arguments_text(&Undefined)));
}

#[test]
fn unwritable_arguments_are_an_error() {
    assert!(matches!(
        arguments_text(&(Unwritable,)),
        Err(ArgumentsError::Unwritable(_))
    ));
}

struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("cannot be written"))
    }
}

#[test]
fn the_first_element_is_read_whatever_follows_it() {
    for (text, first) in [
        ("[]", Value::Undefined),
        ("[,]", Value::Undefined),
        ("[,2]", Value::Undefined),
        ("[undefined]", Value::Undefined),
        ("[1]", value!(1)),
        ("[ 1 , 2,, {a:[3]}, ]", value!(1)),
    ] {
        let raw = RawValue::parse(text, DEFAULT_MAX_DEPTH).unwrap();
        assert_eq!(parse_first::<Value>(raw).unwrap(), first, "{text}");
        let number = parse_first::<Option<u8>>(raw).unwrap();
        assert_eq!(number, (first == value!(1)).then_some(1), "{text}");
    }
    let none = RawValue::parse("[]", DEFAULT_MAX_DEPTH).unwrap();
    parse_first::<()>(none).unwrap();
    assert!(parse_first::<u8>(none).is_err());
}

#[test]
fn the_first_element_may_nest_as_deep_as_any_value() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    for (depth, readable) in [(DEFAULT_MAX_DEPTH, true), (DEFAULT_MAX_DEPTH + 1, false)] {
        let text = nested(depth + 1);
        let raw = RawValue::parse(&text, depth + 1).unwrap();
        assert_eq!(parse_first::<Value>(raw).is_ok(), readable, "{depth}");
        let alone = nested(depth);
        assert_eq!(jstp_wire::from_str::<Value>(&alone).is_ok(), readable);
    }
}
