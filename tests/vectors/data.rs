//! Fields of the rows of the conformance vectors.

pub(crate) use super::common::{Row, base64, files, parts, rows, value};

/// The text of a field, empty when there is none.
pub(crate) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Row::as_str).unwrap_or_default()
}

/// The field as a number that counts something.
pub(crate) fn count(row: &Row, field: &str) -> Option<usize> {
    row.get(field)?.as_u64()?.try_into().ok()
}
