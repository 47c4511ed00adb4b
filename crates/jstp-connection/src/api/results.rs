//! The results of a call.

use std::fmt;

use jstp_wire::RawValue;
use serde::Serialize;

use crate::args::{Args, ArgumentsError, NO_ARGUMENTS, stands_for_nothing};
use crate::scratch::Scratch;

#[cfg(test)]
mod tests;

/// The results of a call as the text of an array: `[]` at first.
///
/// ```
/// use jstp_connection::Results;
///
/// let mut results = Results::new();
/// assert_eq!(results.as_str(), "[]");
/// results.set(&"Hi")?;
/// assert_eq!(results.as_str(), "['Hi']");
/// results.set_many(&(1, "two", [3]))?;
/// assert_eq!(results.as_str(), "[1,'two',[3]]");
/// # Ok::<_, jstp_connection::ArgumentsError>(())
/// ```
#[derive(Clone, Default)]
pub struct Results {
    /// Empty for `[]`, so that no results need no memory.
    text: Scratch,
}

impl Results {
    /// No results.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `value` the one result. Unlike elsewhere, `()` is a value here: null.
    ///
    /// # Errors
    ///
    /// When the value cannot be written; there are no results then.
    pub fn set(&mut self, value: &impl Serialize) -> Result<(), jstp_wire::Error> {
        self.write(&(value,))
    }

    /// Makes the elements of `values`, a tuple or another sequence, the results; `()` is none.
    ///
    /// # Errors
    ///
    /// When the value is not written as an array, or cannot be written; there are no results then.
    pub fn set_many<T: Serialize>(&mut self, values: &T) -> Result<(), ArgumentsError> {
        self.write(values)?;
        if self.text.starts_with('[') {
            return Ok(());
        }
        let nothing = stands_for_nothing::<T>(&self.text);
        self.clear();
        if nothing {
            Ok(())
        } else {
            Err(ArgumentsError::NotAnArray)
        }
    }

    /// Takes the text of an array over as the results.
    ///
    /// # Errors
    ///
    /// When the value is no array; the results stay as they were.
    pub fn set_raw(&mut self, values: RawValue<'_>) -> Result<(), ArgumentsError> {
        let args = Args::new(values).ok_or(ArgumentsError::NotAnArray)?;
        self.text = Scratch::copy(args.as_raw().as_str());
        Ok(())
    }

    /// Goes back to no results.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// The text of the array.
    pub fn as_str(&self) -> &str {
        if self.text.is_empty() {
            NO_ARGUMENTS
        } else {
            &self.text
        }
    }

    fn write(&mut self, value: &impl Serialize) -> Result<(), jstp_wire::Error> {
        let text = self.text.write();
        text.clear();
        let written = jstp_wire::append_to_string(text, value);
        if written.is_err() {
            self.clear();
        }
        written
    }
}

impl fmt::Debug for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Results({})", self.as_str())
    }
}
