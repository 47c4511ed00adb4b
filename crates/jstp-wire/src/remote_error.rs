//! Errors that travel: what the other side said, or what it is told.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeSeq as _, Serializer};

use crate::{RawValue, RejectReason, Value};

mod predefined;
#[cfg(test)]
mod tests;
mod text;

use text::js_text;

/// An error as it travels between peers: a code, a message, and whatever belongs to it.
///
/// On the wire it is an array: `[code]` for the predefined codes and where the message is the
/// code itself, else `[code,message,…info]`. So a custom message or info of a predefined code
/// stays on the side where it was made. Codes are integers by custom, but a peer may use any
/// value.
///
/// ```
/// use jstp_wire::{RemoteError, value};
///
/// let error = RemoteError::method_not_found();
/// assert_eq!(error.code(), Some(RemoteError::METHOD_NOT_FOUND));
/// assert_eq!(error.message(), "Method not found");
/// assert_eq!(error.to_value(), value!([14]));
///
/// let error = RemoteError::new(1024, "out of tea").with_info(vec!["until four".into()]);
/// assert_eq!(error.to_value(), value!([1024, "out of tea", "until four"]));
/// ```
#[derive(Clone)]
pub struct RemoteError {
    // Boxed so that a `Result` with it stays small.
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    code: Value,
    message: Value,
    /// The message as text, where it is something else.
    message_text: Option<String>,
    info: Vec<Value>,
    /// The array that travels, where it was given as a whole.
    verbatim: Option<Vec<Value>>,
}

impl RemoteError {
    /// How much text of a received error is read, in bytes: 1 MiB, white space and commas not counted.
    ///
    /// An error is built before anybody asks for it, and values take many times the memory of their text (see
    /// [`Value`]), so that it has a limit of its own below that of messages. The element that passes it and all
    /// behind it are dropped.
    pub const MAX_TEXT: usize = 1024 * 1024;

    /// An error with a code of the application's own and a message.
    ///
    /// An empty message (or any falsy value) stands for the text of a predefined code, or else
    /// for the code as text.
    pub fn new(code: impl Into<Value>, message: impl Into<Value>) -> Self {
        Self::from_parts(code.into(), message.into(), Vec::new())
    }

    /// An error with the predefined text of `code`, or with the code as text for any other.
    pub fn from_code(code: i64) -> Self {
        Self::new(code, Value::Undefined)
    }

    /// The same error with further values that travel behind the message.
    #[must_use]
    pub fn with_info(mut self, info: Vec<Value>) -> Self {
        self.inner.info = info;
        self.inner.verbatim = None;
        self
    }

    /// Reads the value of an `error` member.
    ///
    /// A falsy or absent message is replaced as in [`new`](Self::new). Of very long errors a part is
    /// dropped, see [`MAX_TEXT`](Self::MAX_TEXT).
    ///
    /// # Errors
    ///
    /// [`RejectReason::InvalidError`] for what is no array, or has neither code nor message.
    pub fn from_raw(raw: RawValue<'_>) -> Result<Self, RejectReason> {
        let elements = raw.elements().ok_or(RejectReason::InvalidError)?;
        let mut left = Self::MAX_TEXT;
        let elements = elements
            .map_while(|element| {
                left = left.checked_sub(element.as_str().len())?;
                Some(element.deserialize())
            })
            .collect::<Result<_, _>>()
            .map_err(|_| RejectReason::InvalidError)?;
        Self::from_elements(elements)
    }

    fn from_elements(elements: Vec<Value>) -> Result<Self, RejectReason> {
        let mut elements = elements.into_iter();
        let code = elements.next().unwrap_or(Value::Undefined);
        let message = elements.next().unwrap_or(Value::Undefined);
        if matches!(code, Value::Undefined | Value::Null) && !message.is_truthy() {
            return Err(RejectReason::InvalidError);
        }
        Ok(Self::from_parts(code, message, elements.collect()))
    }

    fn from_parts(code: Value, message: Value, info: Vec<Value>) -> Self {
        let message = if message.is_truthy() {
            message
        } else {
            let code = js_text(&code);
            Value::String(predefined::message(&code).map_or_else(|| code.into(), Into::into))
        };
        let message_text = match &message {
            Value::String(_) => None,
            other => Some(js_text(other).into_owned()),
        };
        Self {
            inner: Box::new(Inner {
                code,
                message,
                message_text,
                info,
                verbatim: None,
            }),
        }
    }

    /// The code, if it is an integer.
    pub fn code(&self) -> Option<i64> {
        let Value::Number(code) = &self.inner.code else {
            return None;
        };
        code.as_i64()
    }

    /// The code as it is on the wire: an integer by custom, but a peer may send anything.
    pub fn code_value(&self) -> &Value {
        &self.inner.code
    }

    /// The message, as text in any case.
    pub fn message(&self) -> &str {
        match &self.inner.message {
            Value::String(text) => text,
            _ => self.inner.message_text.as_deref().unwrap_or_default(),
        }
    }

    /// The message as it is on the wire: a text by custom, but a peer may send anything.
    pub fn message_value(&self) -> &Value {
        &self.inner.message
    }

    /// What came behind the message.
    pub fn info(&self) -> &[Value] {
        &self.inner.info
    }

    /// The array that travels.
    pub fn to_value(&self) -> Value {
        Value::Array(self.elements().cloned().collect())
    }

    /// Whether only the code travels.
    fn is_code_alone(&self) -> bool {
        let code = self.code_text();
        predefined::message(&code).is_some() || self.inner.message.as_str() == Some(&code)
    }

    fn code_text(&self) -> Cow<'_, str> {
        js_text(&self.inner.code)
    }

    fn elements(&self) -> impl Iterator<Item = &Value> {
        let Inner {
            code,
            message,
            info,
            verbatim,
            ..
        } = &*self.inner;
        let (head, tail) = match verbatim {
            Some(elements) => ([None, None], elements.as_slice()),
            None if self.is_code_alone() => ([Some(code), None], [].as_slice()),
            None => ([Some(code), Some(message)], info.as_slice()),
        };
        head.into_iter().flatten().chain(tail)
    }
}

/// Two errors are equal when code, message and info are.
impl PartialEq for RemoteError {
    fn eq(&self, other: &Self) -> bool {
        self.code_value() == other.code_value()
            && self.message_value() == other.message_value()
            && self.info() == other.info()
    }
}

impl fmt::Debug for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteError")
            .field("code", self.code_value())
            .field("message", self.message_value())
            .field("info", &self.info())
            .finish()
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code_text();
        if self.message() == code {
            return write!(f, "error code {code}");
        }
        write!(f, "{} (code {code})", self.message())
    }
}

impl std::error::Error for RemoteError {}

/// The array that travels. `RemoteError` itself is not `Serialize`, so that a handler's
/// `Result<T, RemoteError>` cannot be taken for a plain value.
pub(crate) struct ErrorArray<'a>(pub(crate) &'a RemoteError);

impl Serialize for ErrorArray<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for element in self.0.elements() {
            array.serialize_element(element)?;
        }
        array.end()
    }
}

/// A bare text is the message of an error with code 1.
impl From<&str> for RemoteError {
    fn from(message: &str) -> Self {
        Self::new(1, message)
    }
}

/// A bare text is the message of an error with code 1.
impl From<String> for RemoteError {
    fn from(message: String) -> Self {
        Self::new(1, message)
    }
}

/// A bare number is the code of an error.
impl From<i64> for RemoteError {
    fn from(code: i64) -> Self {
        Self::from_code(code)
    }
}

/// A bare number is the code of an error.
impl From<i32> for RemoteError {
    fn from(code: i32) -> Self {
        Self::from_code(code.into())
    }
}

/// A bare number is the code of an error.
impl From<f64> for RemoteError {
    fn from(code: f64) -> Self {
        Self::new(code, Value::Undefined)
    }
}

/// An array travels as it is, the message and info of a predefined code included. One that the
/// other side could not read, having neither code nor message, becomes an
/// [internal error](RemoteError::internal_api_error).
impl From<Vec<Value>> for RemoteError {
    fn from(elements: Vec<Value>) -> Self {
        match Self::from_elements(elements.clone()) {
            Ok(mut error) => {
                error.inner.verbatim = Some(elements);
                error
            }
            Err(_) => Self::internal_api_error(),
        }
    }
}
