//! Decimal digits to the nearest `f64`.

/// The powers of ten that a `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The largest exponent whose reciprocal is in the table; up to it the algorithm below is never in doubt.
const MAX_RECIPROCAL: usize = 27;

/// The reciprocals of the powers of five, rounded up to 128 bits of which the first is set.
const RECIPROCALS: [u128; MAX_RECIPROCAL + 1] = reciprocals();

const fn reciprocals() -> [u128; MAX_RECIPROCAL + 1] {
    let mut table = [0; MAX_RECIPROCAL + 1];
    let mut divisor: u128 = 5;
    let mut exponent = 1;
    while exponent <= MAX_RECIPROCAL {
        table[exponent] = reciprocal(divisor);
        divisor *= 5;
        exponent += 1;
    }
    table
}

/// The first 128 bits of the quotient of a power of two and `divisor`, plus one.
const fn reciprocal(divisor: u128) -> u128 {
    let mut quotient: u128 = 0;
    let mut remainder: u128 = 1;
    while quotient >> 127 == 0 {
        remainder <<= 1;
        quotient <<= 1;
        if remainder >= divisor {
            remainder -= divisor;
            quotient |= 1;
        }
    }
    quotient + 1
}

/// The nearest `f64` to `mantissa`, which is at most 2^53, divided by 10^8.
#[inline]
pub(super) fn hundred_millionths(mantissa: u64) -> f64 {
    exact(mantissa) / 1e8
}

/// The nearest `f64` to `mantissa` times a power of ten; none where that takes a longer calculation.
#[inline]
pub(super) fn fast_float(mantissa: u64, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let power = usize::try_from(exponent.unsigned_abs()).ok()?;
    if let (true, Some(factor)) = (mantissa <= 1 << f64::MANTISSA_DIGITS, POWERS.get(power)) {
        // Both are exact, so that the one operation rounds rightly.
        let mantissa = exact(mantissa);
        return Some(if exponent < 0 {
            mantissa / factor
        } else {
            mantissa * factor
        });
    }
    if exponent < 0 {
        divided(mantissa, power)
    } else {
        None
    }
}

/// `mantissa`, which is at most 2^53.
#[inline]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "integers up to 2^53 are exact"
)]
fn exact(mantissa: u64) -> f64 {
    // From a signed integer it takes one instruction.
    mantissa as i64 as f64
}

/// The nearest `f64` to `mantissa` (not 0) divided by ten to the `power` (not 0), by the method of Eisel and
/// Lemire: multiply by the reciprocal and round, with the low half of the product only where it matters.
#[inline]
fn divided(mantissa: u64, power: usize) -> Option<f64> {
    const DROPPED: u32 = u64::BITS - (f64::MANTISSA_DIGITS + 2);
    let reciprocal = *RECIPROCALS.get(power)?;
    let shift = mantissa.leading_zeros();
    let mantissa = mantissa << shift;
    let mut product = wide(mantissa, high(reciprocal));
    if high(product) & 0x1ff == 0x1ff {
        product = product.wrapping_add(u128::from(high(wide(mantissa, low(reciprocal)))));
    }

    let carry = high(product) >> 63;
    let drop = DROPPED + u32::from(carry != 0);
    let mut bits = high(product) >> drop;
    // Exactly between two floats, which only small powers of ten allow: to the even one.
    if power <= 4 && low(product) <= 1 && bits & 3 == 1 && bits << drop == high(product) {
        bits &= !1;
    }
    bits = (bits + 1) >> 1;

    // 2^-power and the bits of 5^power, by its binary logarithm times 2^16.
    let scale = -((i64::try_from(power).ok()? * 217_706 + 0xffff) >> 16);
    // The first of the bits adds one to it, as does another that rounding has given.
    let exponent = scale + 63 + i64::from(carry != 0) - i64::from(shift) + 1022;
    Some(f64::from_bits(
        (u64::try_from(exponent).ok()? << (f64::MANTISSA_DIGITS - 1)) + bits,
    ))
}

fn wide(left: u64, right: u64) -> u128 {
    u128::from(left) * u128::from(right)
}

#[expect(clippy::cast_possible_truncation, reason = "that is what halves are")]
fn low(value: u128) -> u64 {
    value as u64
}

fn high(value: u128) -> u64 {
    (value >> 64) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_RECIPROCAL, fast_float};

    fn check(mantissa: u64, exponent: i64) {
        if let Some(value) = fast_float(mantissa, exponent) {
            let expected: f64 = format!("{mantissa}e{exponent}").parse().unwrap();
            assert_eq!(value.to_bits(), expected.to_bits(), "{mantissa}e{exponent}");
        }
    }

    #[test]
    fn powers_of_two_and_their_neighbours_are_rounded_rightly() {
        for bit in 0..64 {
            for delta in -2i64..=2 {
                let mantissa = (1u64 << bit).wrapping_add_signed(delta);
                for exponent in -30..=30 {
                    check(mantissa, exponent);
                }
            }
        }
    }

    #[test]
    fn ties_are_rounded_to_even() {
        for odd in (1u64 << 53) + 1..(1 << 53) + 200 {
            for power in 0..=4u32 {
                if let Some(mantissa) = odd.checked_mul(10u64.pow(power)) {
                    check(mantissa, -i64::from(power));
                    check(mantissa + 1, -i64::from(power));
                    check(mantissa - 1, -i64::from(power));
                }
            }
        }
    }

    #[test]
    fn long_fractions_need_no_long_calculation() {
        for power in 1..=MAX_RECIPROCAL {
            assert!(fast_float(u64::MAX, -i64::try_from(power).unwrap()).is_some());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_digits_are_rounded_as_the_standard_library_does(mantissa: u64, shift in 0..64u32, exponent in -40..40i64) {
            check(mantissa >> shift, exponent);
        }
    }
}
