//! Fractions as they mostly are.

use super::{Digits, float};
use crate::scan::Scanner;
use crate::words;

/// What a word of eight digits multiplies the number before it by.
const WORD: u64 = 100_000_000;

/// So many digits with a word of digits behind them are less than 2^53.
const MAX_BEFORE_WORD: usize = 7;

/// So many digits with two words of digits behind them fit a `u64`.
const MAX_BEFORE_WORDS: usize = 3;

impl Scanner<'_> {
    /// Reads the number at the position if it is a fraction as they mostly are; else gives none and does not move.
    #[inline(never)]
    pub(super) fn usual_fraction(&mut self) -> Option<f64> {
        let start = self.position;
        let is_negative = self.eat(b'-');
        let value = match self.peek() {
            Some(b'0') if !self.is_zero_alone() => None,
            Some(b'0'..=b'9') => {
                let whole = self.few_digits();
                self.fraction(whole)
            }
            _ => None,
        };
        if value.is_none() {
            self.position = start;
        }
        value.map(|value| if is_negative { -value } else { value })
    }

    /// Reads the fraction whose point stands at the position, and which continues `whole`.
    ///
    /// Gives none, and does not move, unless it has one to fifteen digits, no exponent, and some text behind
    /// it. Such a fraction is filled up with zeros to eight or sixteen digits: with that it is divided by a
    /// power of ten that the compiler knows.
    #[inline]
    pub(super) fn fraction(&mut self, whole: Digits) -> Option<f64> {
        let [b'.', digits @ ..] = self.rest_bytes() else {
            return None;
        };
        let digits = digits.first_chunk::<16>()?;
        let (first, second) = words::pair(digits);
        let mask = words::not_digit(first);
        let (value, count) = if mask != 0 {
            if whole.count > MAX_BEFORE_WORD {
                return None;
            }
            let mantissa = whole.mantissa * WORD + words::decimal(words::until(first, mask));
            (float::hundred_millionths(mantissa), words::first(mask))
        } else {
            let mask = words::not_digit(second);
            if mask == 0 || whole.count > MAX_BEFORE_WORDS {
                return None;
            }
            let mantissa = (whole.mantissa * WORD + words::decimal(first)) * WORD
                + words::decimal(words::until(second, mask));
            (
                float::fast_float(mantissa, -16)?,
                words::LENGTH + words::first(mask),
            )
        };
        if count == 0 || matches!(digits.get(count), Some(b'e' | b'E')) {
            return None;
        }
        self.position += 1 + count;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::error::Result;
    use crate::scan::{Num, Scanner};

    /// The number is that of the standard library, whichever way it is read and wherever the text ends behind it.
    fn check(number: &str) {
        let expected: f64 = number.parse().unwrap();
        for behind in ["", ",", "]}", ",-12.345678901234,1", " e5e5e5e5e5e5e5e5e5"] {
            let text = format!("{number}{behind}");
            let readers: [fn(&mut Scanner<'_>) -> Result<Num>; 3] =
                [|it| it.number(), |it| it.usual_number(), read_short];
            for read in readers {
                let mut scanner = Scanner::new(&text);
                let Num::Float(value) = read(&mut scanner).unwrap() else {
                    panic!("{text} is an integer");
                };
                assert_eq!(value.to_bits(), expected.to_bits(), "{text}");
                assert_eq!(scanner.position(), number.len(), "{text}");
            }
        }
    }

    fn read_short(scanner: &mut Scanner<'_>) -> Result<Num> {
        let first = scanner.peek().unwrap();
        scanner.short_number(first)
    }

    #[test]
    fn every_number_of_digits_before_and_behind_the_point_is_read_exactly() {
        let digits = [
            "00000000000000000000",
            "99999999999999999999",
            "10000000000000000001",
            "49382716053086419753",
        ];
        for whole in [
            "",
            "0",
            "1",
            "9",
            "12",
            "987",
            "1844",
            "9007199",
            "90071992",
            "98765432109",
        ] {
            for digits in digits {
                for count in usize::from(whole.is_empty())..=digits.len() {
                    for sign in ["", "-", "+"] {
                        for exponent in ["", "e0", "E-3", "e+200"] {
                            check(&format!("{sign}{whole}.{}{exponent}", &digits[..count]));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_ends_too_early_is_an_error() {
        for text in [
            ".",
            "-.",
            ".,1234567890123456",
            ".e1234567890123456",
            "1.5e,12345678901234567",
            "1.e",
        ] {
            let long = Scanner::new(text).number().unwrap_err().offset();
            let short = Scanner::new(text).usual_number().unwrap_err().offset();
            assert_eq!(long, short, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn usual_numbers_are_rounded_as_the_standard_library_does(
            number in "-?(0|[1-9][0-9]{0,8})\\.[0-9]{1,17}",
        ) {
            check(&number);
        }

        #[test]
        fn numbers_next_to_the_middle_between_two_floats_are_rounded_to_the_nearer_one(
            odd in 1u128 << 53..1 << 54,
            bits in 0..10u32,
            digits in 9..17usize,
        ) {
            let unit = 10u128.pow(u32::try_from(digits).unwrap());
            let below = ((odd | 1) * unit) >> (54 - bits);
            for number in [below, below + 1] {
                check(&format!("{}.{:0digits$}", number / unit, number % unit));
            }
        }
    }
}
