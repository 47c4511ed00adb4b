//! The conformance vectors: where they are and how they are read.

use std::path::{Path, PathBuf};
use std::{env, fs};

use jstp::wire::from_str;
use serde::Deserialize;

/// One line of a file of vectors.
pub(crate) type Row = serde_json::Value;

fn folder() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    workspace.join(env::var_os("JSTP_VECTORS").unwrap_or_else(|| "../shared/vectors".into()))
}

/// The rows of a file, which is named relative to the folder of the vectors.
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

/// The files of a folder of the vectors, sorted, as [`rows`] wants them.
pub(crate) fn files(subfolder: &str) -> Vec<String> {
    let path = folder().join(subfolder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").file_name())
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
    struct Bytes(Vec<u8>);

    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_byte_buf(BytesVisitor).map(Bytes)
        }
    }

    struct BytesVisitor;

    impl serde::de::Visitor<'_> for BytesVisitor {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bytes")
        }

        fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }

    let Bytes(bytes) = from_str(&format!("'{text}'")).expect("the vectors hold valid base64");
    bytes
}

/// The text of a field, empty when there is none.
pub(crate) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Row::as_str).unwrap_or_default()
}

/// The field as a number that counts something.
pub(crate) fn count(row: &Row, field: &str) -> Option<usize> {
    row.get(field)?.as_u64()?.try_into().ok()
}
