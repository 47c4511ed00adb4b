//! Going through whole values without recursion, so that no depth of nesting can exhaust the stack.

use super::Scanner;
use crate::error::{Error, Result};

/// What is done with the parts of a value on a walk through it.
pub(crate) trait Visit {
    /// Moves over the name at the position.
    fn name(&mut self, scanner: &mut Scanner<'_>) -> Result<()>;

    /// Moves over the value at the position, which is no container and starts with `first`.
    fn scalar(&mut self, scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<()>;

    /// Is told that the value of the last name is `undefined`, so that there is no such member.
    fn absent(&mut self);

    /// Is told of a hole of an array.
    fn hole(&mut self);

    /// Is told that a container of this kind begins.
    fn open(&mut self, container: Container);

    /// Is told that the innermost container ends; gives the kind of the one around it, if there is one.
    fn close(&mut self) -> Option<Container>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Array,
    Object,
}

/// What a walk comes to within a container.
enum Next {
    /// A value that starts with this byte.
    Value(Option<u8>),
    /// What is behind the closing bracket.
    End,
}

impl Scanner<'_> {
    /// Moves over the value at the position, which may nest `max_depth` levels of containers, and shows
    /// `visit` what is in it.
    pub(crate) fn walk(&mut self, max_depth: usize, visit: &mut impl Visit) -> Result<()> {
        let mut innermost = None;
        let mut remaining_depth = max_depth;
        let mut first = self.peek();
        loop {
            let opened = match first {
                Some(b'{') => Some(Container::Object),
                Some(b'[') => Some(Container::Array),
                Some(b'u') if innermost == Some(Container::Object) => {
                    self.word("undefined")?;
                    visit.absent();
                    None
                }
                _ => {
                    visit.scalar(self, first)?;
                    None
                }
            };
            if let Some(container) = opened {
                let Some(remaining) = remaining_depth.checked_sub(1) else {
                    return Err(Error::too_deep(self.text, self.position, max_depth));
                };
                remaining_depth = remaining;
                self.bump();
                visit.open(container);
                innermost = opened;
            }
            // Goes on to the next value, out of the containers that end before it.
            let mut behind_value = opened.is_none();
            first = loop {
                let next = match innermost {
                    Some(Container::Object) => self.next_member(behind_value, visit)?,
                    Some(Container::Array) => self.next_element(behind_value, visit)?,
                    None => return Ok(()),
                };
                if let Next::Value(first) = next {
                    break first;
                }
                innermost = visit.close();
                remaining_depth += 1;
                behind_value = true;
            };
        }
    }

    /// Moves to the value of the next member, or over the closing brace.
    #[inline]
    fn next_member(&mut self, behind_value: bool, visit: &mut impl Visit) -> Result<Next> {
        let first = self.next_token(behind_value, b'}', "expected `,` or `}`")?;
        if first == Some(b'}') {
            self.bump();
            return Ok(Next::End);
        }
        visit.name(self)?;
        Ok(Next::Value(self.colon()?))
    }

    /// Moves over holes to the next element, or over the closing bracket.
    #[inline]
    fn next_element(&mut self, mut behind_value: bool, visit: &mut impl Visit) -> Result<Next> {
        loop {
            let first = self.next_token(behind_value, b']', "expected `,` or `]`")?;
            match first {
                Some(b',') => {
                    visit.hole();
                    self.bump();
                    behind_value = false;
                }
                Some(b']') => {
                    self.bump();
                    return Ok(Next::End);
                }
                _ => return Ok(Next::Value(first)),
            }
        }
    }

    /// Moves over the value at the position, which may nest `max_depth` levels of containers.
    #[inline]
    pub(crate) fn skip_value(&mut self, max_depth: usize) -> Result<()> {
        match self.peek() {
            Some(b'{' | b'[') => self.walk(max_depth, &mut Skip::default()),
            // Most values need no walk.
            first => self.skip_scalar(first),
        }
    }

    /// Moves over the value at the position, which is no container and starts with `first`.
    #[inline]
    fn skip_scalar(&mut self, first: Option<u8>) -> Result<()> {
        match first {
            Some(b'\'' | b'"') => self.skip_string(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N') => self.skip_number(),
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'u') => self.word("undefined"),
            _ => Err(self.unexpected("expected a value")),
        }
    }
}

/// Visits nothing, and only keeps in mind which containers there are: a bit for each, set for objects.
///
/// The innermost 64 levels are in `bits`; more go to `outer`, which allocates only then.
#[derive(Default)]
struct Skip {
    bits: u64,
    outer: Vec<u64>,
    depth: usize,
}

impl Visit for Skip {
    #[inline]
    fn name(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        scanner.skip_key()
    }

    #[inline]
    fn scalar(&mut self, scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<()> {
        scanner.skip_scalar(first)
    }

    fn absent(&mut self) {}

    fn hole(&mut self) {}

    #[inline]
    fn open(&mut self, container: Container) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(container == Container::Object);
        self.depth += 1;
    }

    #[inline]
    fn close(&mut self) -> Option<Container> {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
        match (self.depth, self.bits & 1) {
            (0, _) => None,
            (_, 0) => Some(Container::Array),
            _ => Some(Container::Object),
        }
    }
}
