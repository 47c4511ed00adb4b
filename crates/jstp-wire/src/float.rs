//! Floating-point numbers as ECMAScript writes them.

use std::ops::RangeInclusive;

use crate::integer;

/// Above the bits of the fraction is the exponent of two, biased.
const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
/// The exponent with which the last bit counts one.
const INTEGRAL: u32 = 1023 + FRACTION_BITS;
/// From 2^-16 up to 2^53, fractions are written without an exponent, by ECMAScript and by zmij, and the exact text of
/// an integer is its shortest one.
const PLAIN: RangeInclusive<u32> = 1023 - 16..=INTEGRAL;

/// Appends `value` in the shortest form of ECMAScript, but with the sign of a zero.
pub(crate) fn push_f64(out: &mut String, value: f64) {
    match Form::of(value) {
        Form::Fraction => out.push_str(zmij::Buffer::new().format_finite(value)),
        Form::Integer => push_integer(out, value),
        Form::Other => push_any(out, value),
    }
}

/// Appends `value`, like [`push_f64`], with the digits that tell it from all other `f32`.
pub(crate) fn push_f32(out: &mut String, value: f32) {
    match Form::of(value.into()) {
        Form::Fraction => out.push_str(zmij::Buffer::new().format_finite(value)),
        Form::Integer if value.abs() < MAX_EXACT_F32 => push_integer(out, value.into()),
        _ => push_any(out, value),
    }
}

/// Up to here the exact text of an integer is the shortest one that tells it from all other `f32`.
const MAX_EXACT_F32: f32 = 16_777_216.0;

#[inline]
fn push_integer(out: &mut String, value: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "an integer below 2^53")]
    integer::push_signed(out, value as i64);
}

/// Appends two values with a comma between them, by [`Fraction::push_two`] where that is possible.
pub(crate) fn push_two(out: &mut String, first: f64, second: f64) {
    if let (Some(first), Some(second)) = (Fraction::of(first), Fraction::of(second)) {
        first.push_two(second, out);
    } else {
        push_f64(out, first);
        out.push(',');
        push_f64(out, second);
    }
}

/// A number with a point in its text and without an exponent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction(f64);

impl Fraction {
    #[inline]
    pub(crate) fn of(value: f64) -> Option<Self> {
        matches!(Form::of(value), Form::Fraction).then_some(Self(value))
    }

    pub(crate) fn push_to(self, out: &mut String) {
        out.push_str(zmij::Buffer::new().format_finite(self.0));
    }

    /// Appends this and another with a comma between them.
    ///
    /// Digits that have just been put together byte by byte cannot be copied in one piece at once: the processor
    /// waits until they have arrived. Those of the second number are made meanwhile.
    pub(crate) fn push_two(self, second: Self, out: &mut String) {
        let [mut before, mut behind] = [zmij::Buffer::new(), zmij::Buffer::new()];
        let first = before.format_finite(self.0);
        let second = behind.format_finite(second.0);
        out.push_str(first);
        out.push(',');
        out.push_str(second);
    }
}

/// What the text of a number looks like.
enum Form {
    /// With a point and without an exponent, as zmij writes it.
    Fraction,
    /// That of an integer below 2^53.
    Integer,
    Other,
}

impl Form {
    #[inline]
    fn of(value: f64) -> Self {
        let bits = value.to_bits();
        let exponent = (bits >> FRACTION_BITS) as u32 & 0x7ff;
        if !PLAIN.contains(&exponent) {
            return if bits == 0 {
                Self::Integer
            } else {
                Self::Other
            };
        }
        let last_bit = (bits | 1 << FRACTION_BITS).trailing_zeros();
        if exponent + last_bit < INTEGRAL {
            Self::Fraction
        } else {
            Self::Integer
        }
    }
}

fn push_any<F: zmij::Float + Into<f64> + Copy>(out: &mut String, value: F) {
    let wide: f64 = value.into();
    if !wide.is_finite() {
        return out.push_str(match wide {
            f64::INFINITY => "Infinity",
            f64::NEG_INFINITY => "-Infinity",
            _ => "NaN",
        });
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    match split_exponent(text) {
        Some((digits, exponent)) => push_scaled(out, digits, exponent),
        // Where there is no exponent, ECMAScript has none either; it only omits an empty fraction.
        None => out.push_str(text.strip_suffix(".0").unwrap_or(text)),
    }
}

/// The digits and the exponent of `1.5e-7`.
fn split_exponent(text: &str) -> Option<(&str, i32)> {
    let (digits, exponent) = text.split_once('e')?;
    Some((digits, exponent.parse().ok()?))
}

/// Appends `digits`, which have one digit before the point, times a power of ten.
fn push_scaled(out: &mut String, digits: &str, exponent: i32) {
    let digits = match digits.strip_prefix('-') {
        Some(digits) => {
            out.push('-');
            digits
        }
        None => digits,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    match exponent {
        0..=20 => {
            out.push_str(whole);
            out.push_str(fraction);
            let shown = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
            push_zeros(out, exponent - shown);
        }
        -6..=-1 => {
            out.push_str("0.");
            push_zeros(out, -exponent - 1);
            out.push_str(whole);
            out.push_str(fraction);
        }
        _ => {
            out.push_str(digits);
            out.push_str(if exponent < 0 { "e-" } else { "e+" });
            out.push_str(itoa::Buffer::new().format(exponent.unsigned_abs()));
        }
    }
}

fn push_zeros(out: &mut String, count: i32) {
    out.extend((0..count).map(|_| '0'));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{push_f32, push_f64};

    fn text(value: f64) -> String {
        let mut out = String::new();
        push_f64(&mut out, value);
        out
    }

    /// What JavaScript prints, save that the sign of a zero is kept.
    fn check(value: f64) {
        let mut buffer = ryu_js::Buffer::new();
        let expected = match value {
            0.0 if value.is_sign_negative() => "-0",
            _ => buffer.format(value),
        };
        assert_eq!(text(value), expected, "{value:e}");
    }

    fn check_f32(value: f32) {
        let mut out = String::new();
        push_f32(&mut out, value);
        assert_eq!(out, ryu_js::Buffer::new().format(value), "{value:e}");
    }

    #[test]
    fn numbers_without_digits_and_zeros_have_their_names() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0] {
            check(value);
        }
        let mut out = String::new();
        push_f32(&mut out, -0.0);
        assert_eq!(out, "-0");
    }

    #[test]
    fn every_power_of_ten_and_its_neighbours_print_as_in_javascript() {
        for exponent in -330..=308 {
            let power: f64 = format!("1e{exponent}").parse().unwrap();
            for value in [power, power.next_up(), power.next_down(), power * 1.5] {
                check(value);
                check(-value);
            }
        }
        for exponent in -44..=38 {
            let power: f32 = format!("1e{exponent}").parse().unwrap();
            for value in [power.next_up(), -power.next_down()] {
                check_f32(value);
            }
        }
    }

    #[test]
    fn every_power_of_two_and_its_neighbours_print_as_in_javascript() {
        for exponent in 0..2047u64 {
            for fraction in [0, 1, (1 << 52) - 1] {
                check(f64::from_bits(exponent << 52 | fraction));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_bits_print_as_in_javascript(bits: u64, narrow: u32) {
            check(f64::from_bits(bits));
            check_f32(f32::from_bits(narrow));
        }

        #[test]
        fn short_decimals_print_as_in_javascript(digits in -1_000_000_000_000i64..1_000_000_000_000, exponent in -30..30i32) {
            check(format!("{digits}e{exponent}").parse().unwrap());
        }
    }
}
