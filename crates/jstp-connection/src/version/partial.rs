//! A version of which parts may be missing or left open: `1`, `1.2.x`, `1.2.3-rc.1+build`.

/// The longest identifier within a prerelease or build metadata that npm reads.
const MAX_IDENTIFIER_LENGTH: usize = 250;

/// A version as it may stand in a range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partial<'a> {
    /// What stands before the first number: any `v`, `=` and white space.
    pub(super) prefix: &'a str,
    /// The whole text, with that prefix.
    pub(super) text: &'a str,
    /// `None`: the part is missing or left open. Numbers beyond the range of `u64` become its
    /// highest, which is past the limit of a version all the same.
    numbers: [Option<u64>; 3],
    pub(super) prerelease: &'a str,
}

/// How much of a version is given, up to the first part that is left open.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given {
    Nothing,
    Major(u64),
    Minor(u64, u64),
    Full(u64, u64, u64),
}

impl<'a> Partial<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let rest = text.trim_start_matches(['v', '=', ' ']);
        let prefix = text.strip_suffix(rest)?;
        let (main, build) = split_at_sign(rest, '+');
        let (main, prerelease) = split_at_sign(main, '-');

        let mut numbers = [None; 3];
        let mut count = 0;
        for part in main.split('.') {
            *numbers.get_mut(count)? = Part::parse(part)?.number();
            count += 1;
        }
        let tagged = prerelease.is_some() || build.is_some();
        let valid = (count == numbers.len() || !tagged)
            && prerelease.is_none_or(|tag| tag.split('.').all(is_prerelease_identifier))
            && build.is_none_or(|tag| tag.split('.').all(is_identifier));
        valid.then_some(Self {
            prefix,
            text,
            numbers,
            prerelease: prerelease.unwrap_or_default(),
        })
    }

    pub(super) fn given(&self) -> Given {
        match self.numbers {
            [None, ..] => Given::Nothing,
            [Some(major), None, _] => Given::Major(major),
            [Some(major), Some(minor), None] => Given::Minor(major, minor),
            [Some(major), Some(minor), Some(patch)] => Given::Full(major, minor, patch),
        }
    }
}

fn split_at_sign(text: &str, sign: char) -> (&str, Option<&str>) {
    match text.split_once(sign) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// One of the parts that dots separate.
enum Part {
    Number(u64),
    Open,
}

impl Part {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "x" | "X" | "*" => Some(Self::Open),
            _ if is_number(text) => Some(Self::Number(text.parse().unwrap_or(u64::MAX))),
            _ => None,
        }
    }

    fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Open => None,
        }
    }
}

/// Digits without a leading zero.
fn is_number(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

fn is_identifier(text: &str) -> bool {
    (1..=MAX_IDENTIFIER_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_prerelease_identifier(text: &str) -> bool {
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit());
    is_identifier(text) && (!numeric || is_number(text))
}
