//! Number literals.

mod float;
mod fraction;

use super::Scanner;
use crate::error::Result;
use crate::words;

/// By what appending so many digits, less than eight, multiplies a number.
const SHIFTS: [u64; words::LENGTH] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// So many digits surely fit a `u64`.
const MAX_DIGITS: usize = 19;

/// Decimal digits, read as one integer: wrongly if there are more than [`MAX_DIGITS`].
#[derive(Clone, Copy, Default)]
struct Digits {
    mantissa: u64,
    count: usize,
}

/// The value of a number literal: exact where it is an integer of at most 64 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Num {
    Unsigned(u64),
    /// Always below zero.
    Negative(i64),
    Float(f64),
}

impl Scanner<'_> {
    /// Reads the number at the position.
    pub(crate) fn number(&mut self) -> Result<Num> {
        let negative = self.sign();
        match self.peek() {
            Some(b'0') if !self.is_zero_alone() => self.number_from_zero(negative),
            Some(b'0'..=b'9' | b'.') => self.decimal(negative),
            _ => self.named_number(negative),
        }
    }

    /// Reads the number at the position, which starts with `first`; inlined as far as integers need it.
    #[inline]
    pub(crate) fn short_number(&mut self, first: u8) -> Result<Num> {
        if let b'1'..=b'9' = first {
            let start = self.position;
            let whole = self.few_digits();
            if let Some(b',' | b']' | b'}') = self.peek()
                && whole.count <= MAX_DIGITS
            {
                return Ok(Num::Unsigned(whole.mantissa));
            }
            return self.long_number(start, whole);
        }
        self.usual_number()
    }

    /// Reads what follows the first digits of the number above zero from `start` on; out of line.
    #[inline(never)]
    fn long_number(&mut self, start: usize, whole: Digits) -> Result<Num> {
        if let Some(value) = self.fraction(whole) {
            return Ok(Num::Float(value));
        }
        self.position = start;
        self.number()
    }

    /// Reads the number at the position, which mostly is a fraction.
    #[inline]
    pub(crate) fn usual_number(&mut self) -> Result<Num> {
        match self.usual_fraction() {
            Some(value) => Ok(Num::Float(value)),
            None => self.number(),
        }
    }

    /// Moves over a sign; whether it is a minus.
    #[inline]
    fn sign(&mut self) -> bool {
        let sign = self.peek();
        if let Some(b'-' | b'+') = sign {
            self.bump();
        }
        sign == Some(b'-')
    }

    /// Moves over the number at the position.
    pub(super) fn skip_number(&mut self) -> Result<()> {
        let start = self.position;
        self.sign();
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
        self.position += words::unmarked(self.rest_bytes(), words::not_digit);
    }

    /// Reads a number that has no digits.
    #[cold]
    fn named_number(&mut self, negative: bool) -> Result<Num> {
        match self.peek() {
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

    /// Whether the zero at the position starts neither another radix nor digits that must not follow it.
    #[inline]
    fn is_zero_alone(&self) -> bool {
        let next = self.text.as_bytes().get(self.position + 1);
        !matches!(
            next,
            Some(b'0'..=b'9' | b'x' | b'X' | b'o' | b'O' | b'b' | b'B')
        )
    }

    /// Reads a number of another radix.
    #[cold]
    fn number_from_zero(&mut self, negative: bool) -> Result<Num> {
        let bits = match self.text.as_bytes().get(self.position + 1) {
            Some(b'x' | b'X') => 4,
            Some(b'o' | b'O') => 3,
            Some(b'b' | b'B') => 1,
            _ => return Err(self.unexpected("expected a number without leading zeros")),
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

    #[inline]
    fn decimal(&mut self, negative: bool) -> Result<Num> {
        let start = self.position;
        let whole = self.few_digits();
        self.behind_digits(start, whole, negative)
    }

    /// Reads what follows the first digits of the number from `start` on.
    #[inline]
    fn behind_digits(&mut self, start: usize, whole: Digits, negative: bool) -> Result<Num> {
        match self.peek() {
            Some(b'.' | b'e' | b'E') => self.scaled(start, whole, negative),
            _ if whole.count <= MAX_DIGITS => Ok(Num::integer(whole.mantissa, negative)),
            _ => Ok(self.long_integer(start, negative)),
        }
    }

    /// Reads the fraction and the exponent, of which there may be one or both, of the number from `start` on.
    ///
    /// Not inlined, since most numbers end before.
    #[inline(never)]
    fn scaled(&mut self, start: usize, whole: Digits, negative: bool) -> Result<Num> {
        let digits = if self.eat(b'.') {
            self.more_digits(whole)
        } else {
            whole
        };
        if digits.count == 0 {
            return Err(self.unexpected("expected a digit"));
        }
        let fraction = i64::try_from(digits.count - whole.count).unwrap_or(i64::MAX);
        let exponent = self.exponent()?.saturating_sub(fraction);
        let fast = if digits.count <= MAX_DIGITS {
            float::fast_float(digits.mantissa, exponent)
        } else {
            None
        };
        Ok(match fast {
            Some(value) => Num::signed_float(value, negative),
            None => self.parsed(start, negative),
        })
    }

    /// Moves over the digits at the position, of which there are mostly few.
    #[inline]
    fn few_digits(&mut self) -> Digits {
        let mut digits = Digits::default();
        for &byte in self.rest_bytes() {
            if !byte.is_ascii_digit() {
                break;
            }
            digits.mantissa = digits
                .mantissa
                .wrapping_mul(10)
                .wrapping_add(u64::from(byte - b'0'));
            digits.count += 1;
        }
        self.position += digits.count;
        digits
    }

    /// Moves over the digits at the position, which continue `digits` and often are many.
    #[inline]
    fn more_digits(&mut self, digits: Digits) -> Digits {
        let Digits {
            mut mantissa,
            count,
        } = digits;
        let bytes = self.rest_bytes();
        let mut rest = bytes;
        let (word, mask) = loop {
            let word = words::load(rest);
            let mask = words::not_digit(word);
            if mask != 0 {
                break (word, mask);
            }
            mantissa = mantissa
                .wrapping_mul(100_000_000)
                .wrapping_add(words::decimal(word));
            rest = rest.get(words::LENGTH..).unwrap_or_default();
        };
        let last = words::first(mask);
        mantissa = mantissa
            .wrapping_mul(SHIFTS[last])
            .wrapping_add(words::decimal(words::before(word, mask)));
        let length = bytes.len() - rest.len() + last;
        self.position += length;
        Digits {
            mantissa,
            count: count + length,
        }
    }

    /// Reads the exponent, 0 if there is none.
    #[inline]
    fn exponent(&mut self) -> Result<i64> {
        match self.peek() {
            Some(b'e' | b'E') => self.exponent_digits(),
            _ => Ok(0),
        }
    }

    fn exponent_digits(&mut self) -> Result<i64> {
        self.bump();
        let negative = self.sign();
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

    /// The integer of many digits from `start` on.
    #[cold]
    fn long_integer(&self, start: usize, negative: bool) -> Num {
        match self.slice(start, self.position).parse() {
            Ok(value) => Num::integer(value, negative),
            Err(_) => self.parsed(start, negative),
        }
    }

    /// The decimal literal from `start` on, by the general algorithm.
    #[cold]
    fn parsed(&self, start: usize, negative: bool) -> Num {
        // The literal has been checked; what the grammar takes, `f64::from_str` takes as well.
        let value = self.slice(start, self.position).parse().unwrap_or(f64::NAN);
        Num::signed_float(value, negative)
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

    #[inline]
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
