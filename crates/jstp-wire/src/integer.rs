//! Integers as decimal digits.

/// The texts from `000` to `999`, one behind the other. They lie in memory for long when they are copied: digits that
/// have just been put together byte by byte cannot be loaded in one piece at once, so that the processor waits.
static GROUPS: &str = match str::from_utf8(&GROUP_BYTES) {
    Ok(groups) => groups,
    Err(_) => panic!("digits are text"),
};

const GROUP_BYTES: [u8; 3000] = {
    let mut bytes = [0; 3000];
    let mut number = 0;
    while number < 1000 {
        bytes[3 * number] = digit(number / 100);
        bytes[3 * number + 1] = digit(number / 10 % 10);
        bytes[3 * number + 2] = digit(number % 10);
        number += 1;
    }
    bytes
};

#[expect(clippy::cast_possible_truncation, reason = "a digit is below ten")]
const fn digit(value: usize) -> u8 {
    b'0' + value as u8
}

/// Appends `value`.
#[inline]
pub(crate) fn push(out: &mut String, value: u64) {
    match value {
        ..1000 => push_first(out, value),
        1000..MILLION => push_thousands(out, value),
        // To copy more groups takes longer than to wait.
        _ => out.push_str(itoa::Buffer::new().format(value)),
    }
}

/// Below, digits are copied from the table.
const MILLION: u64 = 1_000_000;

/// Appends two integers with a comma between them; see [`Fraction::push_two`](crate::float::Fraction::push_two).
pub(crate) fn push_two(out: &mut String, first: u64, second: u64) {
    if first < MILLION || second < MILLION {
        push(out, first);
        out.push(',');
        return push(out, second);
    }
    let [mut before, mut behind] = [itoa::Buffer::new(); 2];
    let (first, second) = (before.format(first), behind.format(second));
    out.push_str(first);
    out.push(',');
    out.push_str(second);
}

/// Appends `value` with its sign.
#[inline]
pub(crate) fn push_signed(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    push(out, value.unsigned_abs());
}

/// Appends a number of four to six digits.
#[inline(never)]
fn push_thousands(out: &mut String, value: u64) {
    push_first(out, value / 1000);
    push_digits::<3>(out, value % 1000);
}

/// Appends a number below 1000.
#[inline]
fn push_first(out: &mut String, value: u64) {
    match value {
        ..10 => push_digits::<1>(out, value),
        10..100 => push_digits::<2>(out, value),
        _ => push_digits::<3>(out, value),
    }
}

/// Appends the last digits, so many, of a number below 1000.
#[inline]
fn push_digits<const COUNT: usize>(out: &mut String, value: u64) {
    #[expect(clippy::cast_possible_truncation, reason = "below 1000")]
    let end = 3 * value as usize + 3;
    if let Some(digits) = GROUPS.get(end - COUNT..end) {
        out.push_str(digits);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{push, push_signed};

    fn check(value: u64) {
        let mut out = String::from("[");
        push(&mut out, value);
        assert_eq!(out, format!("[{value}"));
        let mut out = String::from("[");
        push_signed(&mut out, value.cast_signed());
        assert_eq!(out, format!("[{}", value.cast_signed()));
    }

    #[test]
    fn small_integers_have_all_their_digits() {
        for value in 0..2000 {
            check(value);
            check(value.wrapping_neg());
        }
    }

    #[test]
    fn integers_around_powers_of_ten_have_all_their_digits() {
        for exponent in 0..20 {
            let power = 10u64.pow(exponent);
            for value in [power - 1, power, power + 1, 9 * (power / 10) + 1] {
                check(value);
                check(value.wrapping_neg());
            }
        }
        check(u64::MAX);
        check(i64::MIN.cast_unsigned());
    }

    proptest! {
        #[test]
        fn any_integer_has_all_its_digits(value: u64, shift in 0..64) {
            check(value >> shift);
        }
    }
}
