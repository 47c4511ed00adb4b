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

    /// Is told that a container begins.
    fn open(&mut self);

    /// Is told that the innermost container ends, which is one of this kind.
    fn close(&mut self, container: Container);
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
        let mut nesting = Nesting::default();
        let mut first = self.peek();
        loop {
            let mut opened = true;
            match first {
                Some(b'{') => self.open(Container::Object, max_depth, &mut nesting)?,
                Some(b'[') => self.open(Container::Array, max_depth, &mut nesting)?,
                Some(b'u') if nesting.innermost == Some(Container::Object) => {
                    self.word("undefined")?;
                    visit.absent();
                    opened = false;
                }
                _ => {
                    visit.scalar(self, first)?;
                    opened = false;
                }
            }
            if opened {
                visit.open();
            }
            // Goes on to the next value, out of the containers that end before it.
            first = loop {
                let Some(container) = nesting.innermost else {
                    return Ok(());
                };
                let next = match container {
                    Container::Object => self.next_member(opened, visit)?,
                    Container::Array => self.next_element(opened, visit)?,
                };
                if let Next::Value(first) = next {
                    break first;
                }
                visit.close(container);
                nesting.pop();
                opened = false;
            };
        }
    }

    #[inline]
    fn open(
        &mut self,
        container: Container,
        max_depth: usize,
        nesting: &mut Nesting,
    ) -> Result<()> {
        if nesting.depth >= max_depth {
            return Err(Error::too_deep(self.text, self.position, max_depth));
        }
        self.bump();
        nesting.push(container);
        Ok(())
    }

    /// Moves to the value of the next member, or over the closing brace.
    #[inline]
    fn next_member(&mut self, opened: bool, visit: &mut impl Visit) -> Result<Next> {
        let first = self.next_token(!opened, b'}', "expected `,` or `}`")?;
        if first == Some(b'}') {
            self.bump();
            return Ok(Next::End);
        }
        visit.name(self)?;
        Ok(Next::Value(self.colon()?))
    }

    /// Moves over holes to the next element, or over the closing bracket.
    #[inline]
    fn next_element(&mut self, opened: bool, visit: &mut impl Visit) -> Result<Next> {
        let mut behind_value = !opened;
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
            Some(b'{' | b'[') => self.walk(max_depth, &mut Skip),
            // Most values need no walk.
            first => Skip.scalar(self, first),
        }
    }
}

/// The containers around a position: a bit for each level, set for objects.
///
/// The innermost 64 levels are in `bits`; more go to `outer`, which allocates only then.
#[derive(Default)]
struct Nesting {
    innermost: Option<Container>,
    bits: u64,
    outer: Vec<u64>,
    depth: usize,
}

impl Nesting {
    #[inline]
    fn push(&mut self, container: Container) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(container == Container::Object);
        self.depth += 1;
        self.innermost = Some(container);
    }

    #[inline]
    fn pop(&mut self) {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
        self.innermost = match (self.depth, self.bits & 1) {
            (0, _) => None,
            (_, 0) => Some(Container::Array),
            _ => Some(Container::Object),
        };
    }
}

/// Visits nothing.
struct Skip;

impl Visit for Skip {
    #[inline]
    fn name(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        scanner.skip_key()
    }

    #[inline]
    fn scalar(&mut self, scanner: &mut Scanner<'_>, first: Option<u8>) -> Result<()> {
        match first {
            Some(b'\'' | b'"') => scanner.skip_string(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'I' | b'N') => scanner.skip_number(),
            Some(b'n') => scanner.word("null"),
            Some(b't') => scanner.word("true"),
            Some(b'f') => scanner.word("false"),
            Some(b'u') => scanner.word("undefined"),
            _ => Err(scanner.unexpected("expected a value")),
        }
    }

    fn absent(&mut self) {}

    fn hole(&mut self) {}

    fn open(&mut self) {}

    fn close(&mut self, _: Container) {}
}
