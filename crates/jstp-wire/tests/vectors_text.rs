//! The text format against the conformance vectors.

mod common;
#[path = "text/failures.rs"]
mod failures;

use common::{Row, base64, parts, rows, value};
use failures::Failures;
use jstp_wire::{
    DEFAULT_MAX_DEPTH, Deserializer, Error, ErrorKind, RawValue, Result, Value, from_slice,
    from_str, to_string, to_string_pretty,
};
use serde::{Deserialize, Serialize, Serializer};

/// Values nested no deeper than this are built, which takes stack; deeper ones are only scanned.
const MAX_BUILT_DEPTH: usize = 300;

fn input(row: &Row) -> Vec<u8> {
    match (
        row.get("input").or_else(|| row.get("input_parts")),
        row.get("input_b64"),
    ) {
        (Some(text), _) => parts(text).into_bytes(),
        (None, Some(bytes)) => base64(bytes.as_str().expect("base64")),
        (None, None) => panic!("a row without an input: {row}"),
    }
}

fn depth(row: &Row) -> usize {
    let depth = row.get("depth").and_then(Row::as_u64).unwrap_or(0);
    usize::try_from(depth).expect("a depth that this machine can count")
}

/// Whether two values are the same, the order of their members included.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.keys().eq(right.keys())
                && left
                    .values()
                    .zip(right.values())
                    .all(|(left, right)| same(left, right))
        }
        _ => left == right,
    }
}

/// Whether a row of `mdsf-parse` accepts this outcome of reading it.
fn accepts(row: &Row, outcome: &Result<Value>) -> bool {
    let also = row
        .get("also")
        .and_then(Row::as_array)
        .into_iter()
        .flatten();
    let first = row.get("wire_order").or_else(|| row.get("ok"));
    let mut expected = std::iter::once(first).chain(also.map(|other| other.get("ok")));
    match outcome {
        Ok(found) => expected.any(|expected| expected.is_some_and(|row| same(&value(row), found))),
        Err(_) => expected.any(|expected| expected.is_none()),
    }
}

fn reads_back(text: &str, value: &Value) -> bool {
    from_str::<Value>(text).is_ok_and(|again| same(&again, value))
}

fn read_to_depth(text: &str, max_depth: usize) -> Result<Value> {
    Value::deserialize(&mut Deserializer::new(text).with_max_depth(max_depth))
}

#[test]
fn the_vectors_of_reading_hold() {
    let mut failures = Failures::default();
    for row in rows("mdsf-parse.jsonl") {
        let (input, depth) = (input(&row), depth(&row));
        let outcome = from_slice::<Value>(&input);
        if depth > DEFAULT_MAX_DEPTH {
            let kind = outcome.as_ref().err().map(Error::kind);
            failures.check(
                &row,
                kind == Some(ErrorKind::TooDeep),
                "default depth",
                &outcome,
            );
        } else {
            failures.check(&row, accepts(&row, &outcome), "reading", &outcome);
        }
        let Ok(text) = std::str::from_utf8(&input) else {
            continue;
        };
        if (DEFAULT_MAX_DEPTH + 1..=MAX_BUILT_DEPTH).contains(&depth) {
            let outcome = read_to_depth(text, depth);
            failures.check(&row, accepts(&row, &outcome), "just deep enough", &outcome);
            let outcome = read_to_depth(text, depth - 1);
            failures.check(&row, outcome.is_err(), "one level too deep", &outcome);
        }
        // Scanning needs no stack and therefore no limit.
        let raw = RawValue::parse(text, usize::MAX);
        let is_valid = row.get("error").is_none();
        failures.check(&row, raw.is_ok() == is_valid, "scanning", &raw);
        if let (Ok(raw), Ok(value)) = (raw, outcome) {
            let again = raw.deserialize::<Value>();
            let holds = again.as_ref().is_ok_and(|again| same(again, &value));
            failures.check(&row, holds, "raw reading", &again);
            let written = to_string(&value);
            let holds = written.as_ref().is_ok_and(|text| reads_back(text, &value));
            failures.check(&row, holds, "writing again", &written);
        }
    }
    failures.finish();
}

/// What the rows about writing hold: a value or bytes.
struct Written<'a>(&'a Row);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.get("bytes_b64").and_then(Row::as_str) {
            Some(bytes) => serializer.serialize_bytes(&base64(bytes)),
            None => value(self.0).serialize(serializer),
        }
    }
}

/// The rows of a file about writing, without those that hold what no Rust string can.
fn writable(file: &str) -> impl Iterator<Item = Row> {
    rows(file)
        .into_iter()
        .filter(|row| !row["value"].to_string().contains("\"str16\""))
}

#[test]
fn the_vectors_of_writing_hold() {
    let mut failures = Failures::default();
    // Functions and symbols, of which the unwritable rows tell, have no counterpart in Rust.
    for row in writable("mdsf-stringify.jsonl").filter(|row| row["kind"] != "unwritable") {
        let text = to_string(&Written(&row["value"])).expect("the vectors can be written");
        let expected = row.get("better").unwrap_or(&row["text"]);
        failures.check(&row, *expected == text, "writing", &text);
    }
    failures.finish();
}

#[test]
fn what_is_written_for_the_vectors_reads_back() {
    let mut failures = Failures::default();
    for file in ["mdsf-stringify.jsonl", "mdsf-stringify-pretty.jsonl"] {
        for row in writable(file).filter(|row| row["value"].get("bytes_b64").is_none()) {
            // A member that is undefined is absent when it is read.
            let value = without_undefined(value(&row["value"]));
            let compact = to_string(&value).expect("the vectors can be written");
            failures.check(&row, reads_back(&compact, &value), "compact", &compact);
            let indented = to_string_pretty(&value, "\t").expect("the vectors can be written");
            failures.check(&row, reads_back(&indented, &value), "indented", &indented);
        }
    }
    failures.finish();
}

fn without_undefined(value: Value) -> Value {
    match value {
        Value::Array(elements) => elements.into_iter().map(without_undefined).collect(),
        Value::Object(object) => {
            let members = object
                .into_iter()
                .filter(|(_, value)| !value.is_undefined());
            Value::Object(
                members
                    .map(|(key, value)| (key, without_undefined(value)))
                    .collect(),
            )
        }
        other => other,
    }
}

#[test]
fn the_vectors_of_indented_writing_hold() {
    let mut failures = Failures::default();
    for row in writable("mdsf-stringify-pretty.jsonl") {
        let indent = match &row["indent"] {
            Row::String(indent) => indent.clone(),
            count => " ".repeat(
                count
                    .as_u64()
                    .and_then(|count| count.try_into().ok())
                    .unwrap_or(0),
            ),
        };
        let text = to_string_pretty(&Written(&row["value"]), &indent);
        let text = text.expect("the vectors can be written");
        let is_comparable = row.get("lossy").is_none();
        let expected = row.get("better").unwrap_or(&row["text"]);
        failures.check(&row, !is_comparable || *expected == text, "writing", &text);
    }
    failures.finish();
}
