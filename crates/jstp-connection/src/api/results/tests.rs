use jstp_wire::{DEFAULT_MAX_DEPTH, Undefined, Value};

use super::*;

/// Fails after a part of it was written.
struct Torn;

impl Serialize for Torn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeSeq as _};
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element("half")?;
        Err(S::Error::custom("torn"))
    }
}

#[test]
fn one_result_may_be_anything() {
    let mut results = Results::new();
    results.set(&[1, 2]).unwrap();
    assert_eq!(results.as_str(), "[[1,2]]");
    results.set(&Value::Null).unwrap();
    assert_eq!(results.as_str(), "[null]");
    results.set(&Undefined).unwrap();
    assert_eq!(results.as_str(), "[,]");
    results.set(&()).unwrap();
    assert_eq!(results.as_str(), "[null]");
}

#[test]
fn several_results_come_from_a_sequence() {
    let mut results = Results::new();
    results.set_many(&("a", Undefined)).unwrap();
    assert_eq!(results.as_str(), "['a',,]");
    results.set_many(&vec![1, 2]).unwrap();
    assert_eq!(results.as_str(), "[1,2]");
    results.set_many(&()).unwrap();
    assert_eq!(results.as_str(), "[]");
}

#[test]
fn what_is_no_sequence_leaves_no_results() {
    let mut results = Results::new();
    results.set(&1).unwrap();
    let refused = results.set_many(&"text");
    assert!(matches!(refused, Err(ArgumentsError::NotAnArray)));
    assert_eq!(results.as_str(), "[]");
}

#[test]
fn what_cannot_be_written_leaves_no_results() {
    let mut results = Results::new();
    results.set(&1).unwrap();
    results.set(&Torn).unwrap_err();
    assert_eq!(results.as_str(), "[]");
    results.set(&1).unwrap();
    results.set_many(&Torn).unwrap_err();
    assert_eq!(results.as_str(), "[]");
}

#[test]
fn array_text_is_taken_over_verbatim() {
    let mut results = Results::new();
    let text = RawValue::parse(" [1, /* two */ 2] ", DEFAULT_MAX_DEPTH).unwrap();
    results.set_raw(text).unwrap();
    assert_eq!(results.as_str(), "[1, /* two */ 2]");

    let number = RawValue::parse("1", DEFAULT_MAX_DEPTH).unwrap();
    results.set_raw(number).unwrap_err();
    assert_eq!(results.as_str(), "[1, /* two */ 2]");
}

#[test]
fn what_was_cleared_holds_no_room() {
    let mut results = Results::new();
    results.set(&"x".repeat(1_000_000)).unwrap();
    results.clear();
    assert_eq!(results.as_str(), "[]");
    // The next text may be as long.
    let mut next = Results::new();
    next.set(&1).unwrap();
    assert!(results.text.write().capacity() < 1_000_000);
}
