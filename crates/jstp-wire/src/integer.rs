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
pub(crate) fn push<I: itoa::Integer + TryInto<u16> + Copy>(out: &mut String, value: I) {
    match value.try_into() {
        Ok(small @ ..1000) => push_small(out, small),
        _ => out.push_str(itoa::Buffer::new().format(value)),
    }
}

/// Appends two integers with a comma between them; see [`float::push_two`](crate::float::push_two).
pub(crate) fn push_two(out: &mut String, first: u64, second: u64) {
    if first < 1000 || second < 1000 {
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

/// Appends a number below 1000.
#[inline]
fn push_small(out: &mut String, value: u16) {
    match value {
        ..10 => push_last(out, value, 1),
        10..100 => push_last(out, value, 2),
        100.. => push_last(out, value, 3),
    }
}

/// Appends the last digits, so many, of a number below 1000.
#[inline]
fn push_last(out: &mut String, number: u16, count: usize) {
    let end = 3 * usize::from(number) + 3;
    if let Some(digits) = GROUPS.get(end - count..end) {
        out.push_str(digits);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::push;

    fn check<I: itoa::Integer + TryInto<u16> + Copy + ToString>(value: I) {
        let mut out = String::from("[");
        push(&mut out, value);
        assert_eq!(out, format!("[{}", value.to_string()));
    }

    #[test]
    fn small_integers_have_all_their_digits() {
        for value in -2000..2000i16 {
            check(value);
            check(i128::from(value));
        }
        for value in 0..=u8::MAX {
            check(value);
            check(value.cast_signed());
        }
    }

    proptest! {
        #[test]
        fn any_integer_has_all_its_digits(value: u64, shift in 0..64) {
            check(value >> shift);
            check(value.cast_signed() >> shift);
        }
    }
}
