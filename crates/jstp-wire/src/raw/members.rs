//! Walking objects.

use std::borrow::Cow;

use super::RawValue;
use crate::error::{Error, Result};
use crate::scan::{Scanner, Str};

/// The members of one object in the order of the text, validated but not built.
///
/// The walk is one pass: a member is checked when it is asked for, and the call that finds the end of the
/// object also checks that nothing follows it. Equal keys and members that are `undefined` are given as they
/// stand. After an error the walk is over.
///
/// ```
/// use jstp_wire::Members;
///
/// let mut members = Members::parse("{call:[1,'calc'], add:[2, 3]}", 128)?;
/// let (key, value) = members.next().unwrap()?;
/// assert_eq!((key.as_ref(), value.as_str()), ("call", "[1,'calc']"));
/// let (key, value) = members.next().unwrap()?;
/// assert_eq!((key.as_ref(), value.as_str()), ("add", "[2, 3]"));
/// assert!(members.next().is_none());
/// # Ok::<_, jstp_wire::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Members<'a> {
    scanner: Scanner<'a>,
    /// How deep a member's value may nest.
    max_depth: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Opened,
    BehindMember,
    Done,
}

impl<'a> Members<'a> {
    /// Starts the walk over the object that `text` is, with white space and comments around it at most.
    ///
    /// `max_depth` limits the nesting, the object itself included.
    ///
    /// # Errors
    ///
    /// No object starts here, or `max_depth` is 0.
    pub fn parse(text: &'a str, max_depth: usize) -> Result<Members<'a>> {
        let mut scanner = Scanner::new(text);
        if scanner.token()? != Some(b'{') {
            return Err(scanner.unexpected("expected an object"));
        }
        let Some(inner_depth) = max_depth.checked_sub(1) else {
            return Err(Error::too_deep(text, scanner.position(), max_depth));
        };
        scanner.bump();
        Ok(Members {
            scanner,
            max_depth: inner_depth,
            state: State::Opened,
        })
    }

    fn advance(&mut self) -> Result<Option<(Cow<'a, str>, RawValue<'a>)>> {
        let scanner = &mut self.scanner;
        if self.state == State::BehindMember {
            match scanner.token()? {
                Some(b',') => scanner.bump(),
                Some(b'}') => {}
                _ => return Err(scanner.unexpected("expected `,` or `}`")),
            }
        }
        if scanner.token()? == Some(b'}') {
            scanner.bump();
            scanner.end()?;
            return Ok(None);
        }
        let mut scratch = String::new();
        let key = match scanner.key(&mut scratch)? {
            Str::Borrowed(key) => Cow::Borrowed(key),
            Str::Scratch => Cow::Owned(scratch),
        };
        scanner.colon()?;
        let start = scanner.position();
        scanner.skip_value(self.max_depth)?;
        let text = scanner.slice(start, scanner.position());
        Ok(Some((key, RawValue { text })))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<(Cow<'a, str>, RawValue<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let result = self.advance().transpose();
        self.state = match &result {
            Some(Ok(_)) => State::BehindMember,
            _ => State::Done,
        };
        result
    }
}
