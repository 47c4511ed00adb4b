//! What can go wrong while text is read or written.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

/// The result of reading or writing text.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The longest piece of the text that an error quotes, in characters.
const QUOTE_LENGTH: usize = 24;

/// Why a text could not be read or a value could not be written.
///
/// Errors of reading tell where in the text they arose: [`offset`](Self::offset), [`line`](Self::line)
/// and [`column`](Self::column). The message says what was expected and what stood there instead:
///
/// ```
/// let error = jstp_wire::from_str::<jstp_wire::Value>("{a:1,\n b:x}").unwrap_err();
/// assert_eq!(error.to_string(), "expected a value at line 2 column 4 (offset 9), found `x`");
/// assert_eq!((error.offset(), error.line(), error.column()), (Some(9), Some(2), Some(4)));
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    found: Option<String>,
    position: Option<Position>,
    source: Option<Arc<io::Error>>,
}

#[derive(Clone, Copy)]
struct Position {
    offset: usize,
    line: usize,
    column: usize,
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text breaks the grammar.
    Syntax,
    /// The text ended in the middle of a value.
    UnexpectedEnd,
    /// The nesting goes deeper than the limit.
    TooDeep,
    /// The bytes are not valid UTF-8.
    InvalidUtf8,
    /// The text is well-formed but does not fit the type it was to be read into.
    Data,
    /// The value has no representation in the text format.
    Unwritable,
    /// The writer that the text went to failed.
    Io,
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where in the text the error arose, in bytes from its start; none for errors of writing.
    pub fn offset(&self) -> Option<usize> {
        self.0.position.map(|position| position.offset)
    }

    /// The line of the text, from 1, where the error arose; none for errors of writing.
    pub fn line(&self) -> Option<usize> {
        self.0.position.map(|position| position.line)
    }

    /// The column within the line, in characters from 1; none for errors of writing.
    pub fn column(&self) -> Option<usize> {
        self.0.position.map(|position| position.column)
    }

    /// What is wrong without where, for those who show the place in a way of their own.
    ///
    /// ```
    /// let error = jstp_wire::from_str::<jstp_wire::Value>("{a:1,\n b:x}").unwrap_err();
    /// assert_eq!(error.reason(), "expected a value, found `x`");
    /// ```
    pub fn reason(&self) -> String {
        match &self.0.found {
            Some(found) => format!("{}, found {found}", self.0.message),
            None => self.0.message.to_string(),
        }
    }

    /// An error at `offset` of `text`, where `expected` did not stand.
    #[cold]
    pub(crate) fn unexpected(text: &str, offset: usize, expected: &'static str) -> Self {
        let rest = text.get(offset..).unwrap_or_default();
        let kind = if rest.is_empty() {
            ErrorKind::UnexpectedEnd
        } else {
            ErrorKind::Syntax
        };
        Self::build(
            kind,
            Cow::Borrowed(expected),
            Some(quote(rest)),
            Some(Position::of(text, offset)),
        )
    }

    /// An error of `kind` at `offset` of `text`.
    #[cold]
    pub(crate) fn at(
        kind: ErrorKind,
        text: &str,
        offset: usize,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::build(kind, message.into(), None, Some(Position::of(text, offset)))
    }

    /// An error of nesting deeper than `limit` levels at `offset` of `text`.
    #[cold]
    pub(crate) fn too_deep(text: &str, offset: usize, limit: usize) -> Self {
        let message = format!("nesting deeper than {limit} levels");
        Self::at(ErrorKind::TooDeep, text, offset, message)
    }

    /// The error of bytes that are not UTF-8 from `offset` on.
    #[cold]
    pub(crate) fn invalid_utf8(bytes: &[u8], offset: usize) -> Self {
        let valid = bytes
            .get(..offset)
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        Self::at(
            ErrorKind::InvalidUtf8,
            valid.unwrap_or_default(),
            offset,
            "invalid UTF-8",
        )
    }

    /// An error without a position.
    #[cold]
    pub(crate) fn plain(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::build(kind, message.into(), None, None)
    }

    /// The same error, standing at `offset` of `text` unless it has a position already.
    #[cold]
    pub(crate) fn or_at(mut self, text: &str, offset: usize) -> Self {
        self.0
            .position
            .get_or_insert_with(|| Position::of(text, offset));
        self
    }

    fn build(
        kind: ErrorKind,
        message: Cow<'static, str>,
        found: Option<String>,
        position: Option<Position>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            message,
            found,
            position,
            source: None,
        }))
    }
}

impl Position {
    fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let mut line = 1;
        let mut start = 0;
        for (at, found) in before.char_indices() {
            let crlf = found == '\r' && before.as_bytes().get(at.saturating_add(1)) == Some(&b'\n');
            if matches!(found, '\n' | '\r' | '\u{2028}' | '\u{2029}') && !crlf {
                line += 1;
                start = at + found.len_utf8();
            }
        }
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self {
            offset,
            line,
            column,
        }
    }
}

/// The word or character that `rest` starts with, for an error message.
fn quote(rest: &str) -> String {
    let Some(first) = rest.chars().next() else {
        return "the end of the text".to_owned();
    };
    let is_part = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let word: String = rest
        .chars()
        .take_while(is_part)
        .take(QUOTE_LENGTH)
        .collect();
    if word.is_empty() {
        format!("`{}`", first.escape_debug())
    } else {
        format!("`{word}`")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(Position {
            offset,
            line,
            column,
        }) = self.0.position
        {
            write!(f, " at line {line} column {column} (offset {offset})")?;
        }
        if let Some(found) = &self.0.found {
            write!(f, ", found {found}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|error| error as _)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let mut wrapped = Self::plain(ErrorKind::Io, "the text could not be written");
        wrapped.0.source = Some(Arc::new(error));
        wrapped
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::plain(ErrorKind::Data, message.to_string())
    }
}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::plain(ErrorKind::Unwritable, message.to_string())
    }
}

#[cfg(test)]
mod tests;
