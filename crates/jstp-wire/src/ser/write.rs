//! Writing a value in one go.

use std::io;

use serde::Serialize;

use super::Serializer;
use crate::error::{Error, Result};

/// Writes `value` as compact text.
///
/// # Errors
///
/// The value nests deeper than [`DEFAULT_MAX_DEPTH`](crate::DEFAULT_MAX_DEPTH) levels, has keys that are no
/// texts, or says itself that it cannot be written.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let members = BTreeMap::from([("name", "O'Neill"), ("e-mail", "o@example.org")]);
/// assert_eq!(jstp_wire::to_string(&members)?, r"{'e-mail':'o@example.org',name:'O\'Neill'}");
/// # Ok::<_, jstp_wire::Error>(())
/// ```
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    let mut out = String::with_capacity(128);
    append_to_string(&mut out, value)?;
    Ok(out)
}

/// Writes `value` as compact text in UTF-8.
///
/// # Errors
///
/// Those of [`to_string`].
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    to_string(value).map(String::into_bytes)
}

/// Writes `value` as compact text to `writer`, all at once when it is complete.
///
/// # Errors
///
/// Those of [`to_string`], and [`ErrorKind::Io`](crate::ErrorKind::Io) when the writer fails.
pub fn to_writer<W: io::Write, T: Serialize + ?Sized>(mut writer: W, value: &T) -> Result<()> {
    writer
        .write_all(to_string(value)?.as_bytes())
        .map_err(Error::from)
}

/// Writes `value` with each element and member in a line of its own, indented by `indent` for each level.
///
/// The indent is cut to 10 characters. Text indented by anything but white space does not read back.
///
/// # Errors
///
/// Those of [`to_string`].
///
/// ```
/// let text = jstp_wire::to_string_pretty(&("a", [1]), "  ")?;
/// assert_eq!(text, "[\n  'a',\n  [\n    1\n  ]\n]");
/// # Ok::<_, jstp_wire::Error>(())
/// ```
pub fn to_string_pretty<T: Serialize + ?Sized>(value: &T, indent: &str) -> Result<String> {
    let mut out = String::with_capacity(128);
    value.serialize(&mut Serializer::new(&mut out).with_indent(indent))?;
    Ok(out)
}

/// Appends `value` as compact text to `out`.
///
/// # Errors
///
/// Those of [`to_string`]; `out` is as it was then.
pub fn append_to_string<T: Serialize + ?Sized>(out: &mut String, value: &T) -> Result<()> {
    let start = out.len();
    let result = value.serialize(&mut Serializer::new(out));
    if result.is_err() {
        out.truncate(start);
    }
    result
}
