//! The conformance vectors, for tests.

use std::path::Path;

use serde_json::Value;

/// The rows of one file that `wanted` picks; there have to be some.
pub(crate) fn rows(file: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = std::env::var("JSTP_VECTORS").unwrap_or_else(|_| "../shared/vectors".to_owned());
    let path = workspace.join(folder).join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let rows: Vec<Value> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .filter(|row| wanted(row))
        .collect();
    assert!(!rows.is_empty(), "{} has no such rows", path.display());
    rows
}

/// The messages that a row of `hostile.jsonl` sends, whatever its segments.
pub(crate) fn messages(row: &Value) -> Vec<String> {
    let segments = row["segments"].as_array().expect("a list of segments");
    let text: String = segments.iter().map(segment).collect();
    let text = text.strip_suffix('\0').unwrap_or(&text);
    text.split('\0').map(ToOwned::to_owned).collect()
}

/// A text, or a list of texts and how often each comes.
fn segment(segment: &Value) -> String {
    if let Some(text) = segment.as_str() {
        return text.to_owned();
    }
    let parts = segment.as_array().expect("a text or a list of parts");
    parts
        .iter()
        .map(|part| {
            let count = part[1]
                .as_u64()
                .and_then(|count| usize::try_from(count).ok());
            part[0]
                .as_str()
                .expect("a text")
                .repeat(count.expect("a count"))
        })
        .collect()
}
