//! The conformance vectors: where they are, and the values in them. The tests of the whole workspace
//! use this as well.

// Each test takes its part.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use jstp_wire::{Deserializer, Number, Object, Value, from_str};
use serde::de::{Deserialize, Visitor};

/// One line of a file of vectors.
pub(crate) type Row = serde_json::Value;

fn folder() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let workspace = folders
        .find(|folder| folder.join("Cargo.lock").exists())
        .expect("the workspace has a lock file");
    workspace.join(env::var_os("JSTP_VECTORS").unwrap_or_else(|| "../shared/vectors".into()))
}

/// The rows of `file`, which is named relative to the folder of the vectors.
pub(crate) fn rows(file: &str) -> Vec<Row> {
    let path = folder().join(file);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let rows: Vec<Row> = lines
        .map(|line| serde_json::from_str(line).expect("a row is JSON"))
        .collect();
    assert!(!rows.is_empty(), "{} has no rows", path.display());
    rows
}

/// The JSON Lines files in a folder of the vectors, sorted, named as [`rows`] wants them.
pub(crate) fn files(subfolder: &str) -> Vec<String> {
    let path = folder().join(subfolder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let names = entries.map(|entry| entry.expect("a readable folder").file_name());
    let mut files: Vec<String> = names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .map(|name| format!("{subfolder}/{name}"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no files", path.display());
    files
}

/// A text, or `[["text", n], …]`: each text n times, all joined.
pub(crate) fn parts(row: &Row) -> String {
    if let Some(text) = row.as_str() {
        return text.to_owned();
    }
    let parts: Vec<(String, usize)> =
        serde_json::from_value(row.clone()).expect("parts are pairs of a text and a count");
    parts
        .iter()
        .map(|(text, count)| text.repeat(*count))
        .collect()
}

/// The bytes of a base64 text.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    let Bytes(bytes) = from_str(&format!("'{text}'")).expect("the vectors hold valid base64");
    bytes
}

struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }
}

/// A tagged value; lone surrogates become U+FFFD.
pub(crate) fn value(row: &Row) -> Value {
    let members = row.as_object().expect("a tagged value is an object");
    let (tag, content) = members
        .iter()
        .find(|(tag, _)| *tag != "depth")
        .expect("a tagged value has a tag");
    let elements = || content.as_array().expect("a list").iter();
    match tag.as_str() {
        "undefined" => Value::Undefined,
        "null" => Value::Null,
        "bool" => Value::from(content.as_bool().expect("a bool")),
        "num" => Value::from(number(content.as_str().expect("a number as text"))),
        "str" | "str16" => Value::from(text(content)),
        "arr" => elements().map(value).collect(),
        "obj" => Value::Object(
            elements()
                .map(|member| (text(&member[0]), value(&member[1])))
                .collect::<Object>(),
        ),
        "compact" => {
            let depth = usize::try_from(row["depth"].as_u64().expect("a depth")).expect("a depth");
            let text = parts(content);
            let mut deserializer = Deserializer::new(&text).with_max_depth(depth);
            Value::deserialize(&mut deserializer).expect("compact text is valid")
        }
        other => panic!("unknown tag {other}"),
    }
}

fn text(row: &Row) -> String {
    if let Some(text) = row.as_str() {
        return text.to_owned();
    }
    let units: Vec<u16> = serde_json::from_value(row.clone()).expect("a text or its code units");
    String::from_utf16_lossy(&units)
}

fn number(text: &str) -> Number {
    Number::from(match text {
        "Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        text => text
            .parse::<f64>()
            .expect("a number as JavaScript writes it"),
    })
}
