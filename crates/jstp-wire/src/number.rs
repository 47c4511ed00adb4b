//! Numbers.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::float;
use crate::integer;
use crate::scan::Num;

/// A number of JavaScript, in which integers of up to 64 bits stay exact.
///
/// Numbers are equal when JavaScript has the same value for them, with two exceptions that make comparing
/// whole values useful: `NaN` equals itself, and -0 differs from 0.
///
/// ```
/// use jstp_wire::Number;
///
/// assert_eq!(Number::from(1), Number::from(1.0));
/// assert_ne!(Number::from(0), Number::from(-0.0));
/// assert_eq!(Number::from(u64::MAX).as_u64(), Some(u64::MAX));
/// assert_eq!(Number::from(1e21).to_string(), "1e+21");
/// ```
#[derive(Clone, Copy)]
pub struct Number(Num);

impl Number {
    /// The number as an integer, if it is one and fits; -0 counts as 0.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Num::Unsigned(value) => i64::try_from(value).ok(),
            Num::Negative(value) => Some(value),
            Num::Float(value) => float_to_i128(value).and_then(|value| value.try_into().ok()),
        }
    }

    /// The number as an integer that is not negative, if it is one and fits; -0 counts as 0.
    pub fn as_u64(&self) -> Option<u64> {
        match self.0 {
            Num::Unsigned(value) => Some(value),
            Num::Negative(_) => None,
            Num::Float(value) => float_to_i128(value).and_then(|value| value.try_into().ok()),
        }
    }

    /// The number as JavaScript has it: integers beyond 2^53 are rounded.
    pub fn as_f64(&self) -> f64 {
        self.0.as_f64()
    }

    /// Whether [`as_i64`](Self::as_i64) gives a value.
    pub fn is_i64(&self) -> bool {
        self.as_i64().is_some()
    }

    /// Whether [`as_u64`](Self::as_u64) gives a value.
    pub fn is_u64(&self) -> bool {
        self.as_u64().is_some()
    }
}

/// The integer that `value` is, if it is one of at most 64 bits.
pub(crate) fn float_to_i128(value: f64) -> Option<i128> {
    const BOUND: f64 = 18_446_744_073_709_551_616.0;
    let fits = value.fract() == 0.0 && value.abs() <= BOUND;
    #[expect(clippy::cast_possible_truncation, reason = "integral and in range")]
    fits.then_some(value as i128)
}

impl Number {
    /// Appends the text of the number.
    #[inline]
    pub(crate) fn push_to(self, out: &mut String) {
        match self.0 {
            Num::Unsigned(value) => integer::push(out, value),
            Num::Negative(value) => integer::push_signed(out, value),
            Num::Float(value) => float::push_f64(out, value),
        }
    }

    /// Appends the texts of two numbers with a comma between them.
    #[inline]
    pub(crate) fn push_two(self, second: Self, out: &mut String) {
        match (self.0, second.0) {
            (Num::Float(first), Num::Float(second)) => float::push_two(out, first, second),
            (Num::Unsigned(first), Num::Unsigned(second)) => integer::push_two(out, first, second),
            _ => {
                self.push_to(out);
                out.push(',');
                second.push_to(out);
            }
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.as_f64(), other.as_f64());
        left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
    }
}

impl Eq for Number {}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.push_to(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Num::Unsigned(value) => serializer.serialize_u64(value),
            Num::Negative(value) => serializer.serialize_i64(value),
            Num::Float(value) => serializer.serialize_f64(value),
        }
    }
}

impl From<Num> for Number {
    fn from(num: Num) -> Self {
        Self(num)
    }
}

macro_rules! from_integers {
    ($($type:ty),*) => {$(
        impl From<$type> for Number {
            fn from(value: $type) -> Self {
                match (u64::try_from(value), i64::try_from(value)) {
                    (Ok(value), _) => Self(Num::Unsigned(value)),
                    (_, Ok(value)) => Self(Num::Negative(value)),
                    // No type in the list reaches beyond both.
                    #[allow(clippy::cast_precision_loss, clippy::cast_lossless)]
                    _ => Self(Num::Float(value as f64)),
                }
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self(Num::Float(value))
    }
}

impl From<f32> for Number {
    fn from(value: f32) -> Self {
        Self(Num::Float(value.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn integers_are_exact_and_equal_their_floats() {
        assert_eq!(Number::from(i64::MIN).as_i64(), Some(i64::MIN));
        assert_eq!(Number::from(u64::MAX).as_i64(), None);
        assert_eq!(Number::from(-1).as_u64(), None);
        assert_eq!(Number::from(1e3).as_u64(), Some(1000));
        assert_eq!(Number::from(-0.0).as_i64(), Some(0));
        assert_eq!(Number::from(1.5).as_i64(), None);
        assert_eq!(Number::from(18_446_744_073_709_551_616.0).as_u64(), None);
        assert_eq!(Number::from(5u8), Number::from(5.0f32));
    }

    #[test]
    fn special_numbers_compare_by_identity_and_print_as_javascript_does() {
        assert_eq!(Number::from(f64::NAN), Number::from(-f64::NAN));
        assert_ne!(Number::from(0.0), Number::from(-0.0));
        assert_eq!(Number::from(-0.0).to_string(), "-0");
        assert_eq!(Number::from(f64::NEG_INFINITY).to_string(), "-Infinity");
        assert_eq!(Number::from(f64::NAN).to_string(), "NaN");
        assert_eq!(Number::from(i64::MIN).to_string(), "-9223372036854775808");
        assert_eq!(Number::from(1e-7).to_string(), "1e-7");
    }
}
