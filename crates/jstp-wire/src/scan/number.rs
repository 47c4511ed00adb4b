//! Number literals.

mod float;

use super::Scanner;
use crate::error::Result;

/// The value of a number literal: exact where it is an integer of at most 64 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Num {
    Unsigned(u64),
    /// Always below zero.
    Negative(i64),
    Float(f64),
}

/// The digits of a decimal literal, read as one integer.
#[derive(Default)]
struct Digits {
    mantissa: u64,
    /// How many digits there are.
    count: usize,
    /// Whether the mantissa is too small because digits did not fit.
    overflow: bool,
}

impl Scanner<'_> {
    /// Reads the number at the position.
    pub(crate) fn number(&mut self) -> Result<Num> {
        let negative = match self.peek() {
            Some(b'-') => true,
            Some(b'+') => false,
            _ => return self.unsigned_number(false),
        };
        self.bump();
        self.unsigned_number(negative)
    }

    /// Moves over the number at the position.
    pub(super) fn skip_number(&mut self) -> Result<()> {
        let start = self.position;
        if matches!(self.peek(), Some(b'-' | b'+')) {
            self.bump();
        }
        if matches!(self.peek(), Some(b'1'..=b'9')) {
            self.skip_digits();
            if self.eat(b'.') {
                self.skip_digits();
            }
            return self.exponent().map(|_| ());
        }
        self.position = start;
        self.number().map(|_| ())
    }

    fn skip_digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.position += 1;
        }
    }

    #[inline]
    fn unsigned_number(&mut self, negative: bool) -> Result<Num> {
        match self.peek() {
            Some(b'0') => self.number_from_zero(negative),
            Some(b'1'..=b'9' | b'.') => self.decimal(negative),
            Some(b'I') => {
                self.word("Infinity")?;
                Ok(Num::signed_float(f64::INFINITY, negative))
            }
            Some(b'N') => {
                self.word("NaN")?;
                Ok(Num::Float(f64::NAN))
            }
            _ => Err(self.unexpected("expected a number")),
        }
    }

    fn number_from_zero(&mut self, negative: bool) -> Result<Num> {
        let bits = match self.text.as_bytes().get(self.position + 1) {
            Some(b'x' | b'X') => 4,
            Some(b'o' | b'O') => 3,
            Some(b'b' | b'B') => 1,
            Some(b'0'..=b'9') => {
                return Err(self.unexpected("expected a number without leading zeros"));
            }
            _ => return self.decimal(negative),
        };
        self.position += 2;
        self.prefixed(bits, negative)
    }

    /// Reads the digits after `0x`, `0o` or `0b`, each of so many bits.
    fn prefixed(&mut self, bits: u32, negative: bool) -> Result<Num> {
        let start = self.position;
        let mut value: u64 = 0;
        let mut dropped: u32 = 0;
        while let Some(digit) = self
            .peek()
            .and_then(|byte| char::from(byte).to_digit(1 << bits))
        {
            let digit = u64::from(digit);
            if dropped == 0 && value.leading_zeros() >= bits {
                value = value << bits | digit;
            } else {
                // The lowest bit stands for all that follow: it only matters whether there is one.
                value |= u64::from(digit != 0);
                dropped = dropped.saturating_add(bits);
            }
            self.bump();
        }
        if self.position == start {
            return Err(self.unexpected("expected a digit"));
        }
        if dropped == 0 {
            return Ok(Num::integer(value, negative));
        }
        let scale = 2f64.powi(i32::try_from(dropped).unwrap_or(i32::MAX));
        #[expect(clippy::cast_precision_loss, reason = "rounding is what is wanted")]
        let value = value as f64 * scale;
        Ok(Num::signed_float(value, negative))
    }

    fn decimal(&mut self, negative: bool) -> Result<Num> {
        let start = self.position;
        let mut digits = Digits::default();
        self.digits(&mut digits);
        let whole = digits.count;
        if self.eat(b'.') {
            self.digits(&mut digits);
        } else if !matches!(self.peek(), Some(b'e' | b'E')) {
            return Ok(if digits.overflow {
                self.parsed(start, negative)
            } else {
                Num::integer(digits.mantissa, negative)
            });
        }
        if digits.count == 0 {
            return Err(self.unexpected("expected a digit"));
        }
        let fraction = i64::try_from(digits.count - whole).unwrap_or(i64::MAX);
        let exponent = self.exponent()?.saturating_sub(fraction);
        let fast = if digits.overflow {
            None
        } else {
            float::fast_float(digits.mantissa, exponent)
        };
        Ok(match fast {
            Some(value) => Num::signed_float(value, negative),
            None => self.parsed(start, negative),
        })
    }

    #[inline]
    fn digits(&mut self, digits: &mut Digits) {
        let start = self.position;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let digit = u64::from(byte - b'0');
            // Below this bound neither step can overflow.
            if digits.mantissa < u64::MAX / 10 {
                digits.mantissa = digits.mantissa * 10 + digit;
            } else {
                digits.add_slowly(digit);
            }
            self.position += 1;
        }
        digits.count += self.position - start;
    }

    /// Reads the exponent, 0 if there is none.
    fn exponent(&mut self) -> Result<i64> {
        if !matches!(self.peek(), Some(b'e' | b'E')) {
            return Ok(0);
        }
        self.bump();
        let negative = self.peek() == Some(b'-');
        if matches!(self.peek(), Some(b'+' | b'-')) {
            self.bump();
        }
        let start = self.position;
        let mut exponent: i64 = 0;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            exponent = exponent
                .saturating_mul(10)
                .saturating_add(i64::from(byte - b'0'));
            self.bump();
        }
        if self.position == start {
            return Err(self.unexpected("expected a digit of the exponent"));
        }
        Ok(if negative { -exponent } else { exponent })
    }

    /// The decimal literal from `start` on, by the general algorithm.
    fn parsed(&self, start: usize, negative: bool) -> Num {
        // The literal has been checked; what the grammar takes, `f64::from_str` takes as well.
        let value = self.slice(start, self.position).parse().unwrap_or(f64::NAN);
        Num::signed_float(value, negative)
    }
}

impl Digits {
    #[cold]
    fn add_slowly(&mut self, digit: u64) {
        let next = self
            .mantissa
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit));
        match next {
            Some(next) if !self.overflow => self.mantissa = next,
            _ => self.overflow = true,
        }
    }
}

impl Num {
    #[inline]
    fn integer(value: u64, negative: bool) -> Self {
        if !negative {
            return Self::Unsigned(value);
        }
        match 0i64.checked_sub_unsigned(value) {
            Some(0) => Self::Float(-0.0),
            Some(value) => Self::Negative(value),
            #[expect(clippy::cast_precision_loss, reason = "rounding is what is wanted")]
            None => Self::Float(-(value as f64)),
        }
    }

    fn signed_float(value: f64, negative: bool) -> Self {
        Self::Float(if negative { -value } else { value })
    }

    /// The value as JavaScript has it.
    #[expect(clippy::cast_precision_loss, reason = "rounding is what is wanted")]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(value) => value as f64,
            Self::Negative(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}
