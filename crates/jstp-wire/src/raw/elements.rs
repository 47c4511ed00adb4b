//! Walking arrays.

use super::RawValue;
use crate::scan::Scanner;

/// The elements of an array as validated text; made by [`RawValue::elements`]. Holes are
/// [`RawValue::UNDEFINED`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    scanner: Scanner<'a>,
}

impl<'a> Elements<'a> {
    /// Walks `text`, a validated array.
    pub(super) fn new(text: &'a str) -> Self {
        let mut scanner = Scanner::new(text);
        scanner.bump();
        Self { scanner }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = RawValue<'a>;

    // The text was validated before, so that an error can only be the promise of `from_trusted` broken;
    // the array ends there.
    fn next(&mut self) -> Option<RawValue<'a>> {
        let scanner = &mut self.scanner;
        match scanner.token().ok()? {
            None | Some(b']') => None,
            Some(b',') => {
                scanner.bump();
                Some(RawValue::UNDEFINED)
            }
            Some(_) => {
                let start = scanner.position();
                scanner.skip_value(usize::MAX).ok()?;
                let text = scanner.slice(start, scanner.position());
                if scanner.token().ok()? == Some(b',') {
                    scanner.bump();
                }
                Some(RawValue { text })
            }
        }
    }
}
