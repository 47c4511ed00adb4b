//! Numbers that are wanted as integers.

use serde::de::{Unexpected, Visitor};

use super::invalid_type;
use crate::error::Result;
use crate::number::float_to_i128;
use crate::scan::Num;

/// A number literal and its text.
pub(super) struct Literal<'de> {
    pub(super) num: Num,
    pub(super) text: &'de str,
}

impl Literal<'_> {
    /// Visits the number, as an integer if its value is one of up to 64 bits.
    #[inline]
    pub(super) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.num {
            Num::Unsigned(value) => visitor.visit_u64(value),
            Num::Negative(value) => visitor.visit_i64(value),
            Num::Float(value) => match self.wide() {
                // An integer literal of more than 64 bits, which rounding might bring into range.
                Some((_, 1..)) => visitor.visit_f64(value),
                _ => visit_float(value, visitor),
            },
        }
    }

    pub(super) fn visit_i128<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.wide() {
            Some((negative, value)) => match signed(negative, value) {
                Some(value) => visitor.visit_i128(value),
                None => Err(invalid_type(
                    Unexpected::Other("a bigger integer"),
                    &visitor,
                )),
            },
            None => self.visit(visitor),
        }
    }

    pub(super) fn visit_u128<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.wide() {
            Some((false, value) | (true, value @ 0)) => visitor.visit_u128(value),
            Some((true, _)) => Err(invalid_type(
                Unexpected::Other("a negative integer"),
                &visitor,
            )),
            None => self.visit(visitor),
        }
    }

    /// The sign and the absolute value of an integer literal of up to 128 bits.
    fn wide(&self) -> Option<(bool, u128)> {
        let (negative, digits) = match self.text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.text.strip_prefix('+').unwrap_or(self.text)),
        };
        let radix = match digits.as_bytes().get(1) {
            Some(b'x' | b'X') => 16,
            Some(b'o' | b'O') => 8,
            Some(b'b' | b'B') => 2,
            _ => return digits.parse().ok().map(|value| (negative, value)),
        };
        let value = u128::from_str_radix(digits.get(2..)?, radix).ok()?;
        Some((negative, value))
    }
}

fn signed(negative: bool, value: u128) -> Option<i128> {
    if negative {
        0i128.checked_sub_unsigned(value)
    } else {
        i128::try_from(value).ok()
    }
}

/// Visits a float whose type is open: as an integer if it is one, else as it is, which the visitor of an
/// integer refuses.
fn visit_float<'de, V: Visitor<'de>>(value: f64, visitor: V) -> Result<V::Value> {
    let integer = float_to_i128(value);
    if let Some(value) = integer.and_then(|value| u64::try_from(value).ok()) {
        visitor.visit_u64(value)
    } else if let Some(value) = integer.and_then(|value| i64::try_from(value).ok()) {
        visitor.visit_i64(value)
    } else {
        visitor.visit_f64(value)
    }
}
