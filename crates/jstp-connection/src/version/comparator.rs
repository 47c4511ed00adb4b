//! One comparator, `>=1.2.3`: what every form of range is turned into.

use std::fmt;

use semver::{BuildMetadata, Prerelease, Version};

/// The longest text of a version that npm reads.
pub(super) const MAX_VERSION_LENGTH: usize = 256;

/// The highest major, minor or patch number: what a JavaScript number holds exactly.
pub(super) const MAX_NUMBER: u64 = (1 << 53) - 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// Splits a leading operator off, if there is one.
    pub(super) fn split(text: &str) -> (Option<Self>, &str) {
        const OPERATORS: [(&str, Operator); 5] = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
            ("=", Operator::Equal),
        ];
        OPERATORS
            .into_iter()
            .find_map(|(sign, operator)| Some((Some(operator), text.strip_prefix(sign)?)))
            .unwrap_or((None, text))
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A bound that a version is compared with; build metadata plays no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparator {
    operator: Operator,
    bound: Version,
}

impl Comparator {
    /// The comparator with this bound, when npm would take the bound for a version.
    pub(super) fn new(operator: Operator, numbers: [u64; 3], prerelease: &str) -> Option<Self> {
        let [major, minor, patch] = numbers;
        let pre = Prerelease::new(prerelease).ok()?;
        let bound = Version {
            major,
            minor,
            patch,
            pre,
            build: BuildMetadata::EMPTY,
        };
        let valid = within_limits(&bound) && bound.to_string().len() <= MAX_VERSION_LENGTH;
        valid.then_some(Self { operator, bound })
    }

    /// The comparator whose bound is written out in full.
    pub(super) fn with_bound(operator: Operator, text: &str) -> Option<Self> {
        let mut bound = parse_version(text)?;
        bound.build = BuildMetadata::EMPTY;
        Some(Self { operator, bound })
    }

    pub(super) fn matches(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.bound);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        }
    }

    /// Whether the bound is itself a prerelease of the version that `version` is one of.
    pub(super) fn names_prerelease_of(&self, version: &Version) -> bool {
        let numbers = |version: &Version| (version.major, version.minor, version.patch);
        !self.bound.pre.is_empty() && numbers(&self.bound) == numbers(version)
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator.sign(), self.bound)
    }
}

/// A version written out in full, with at most one `v` before it.
pub(super) fn parse_version(text: &str) -> Option<Version> {
    if text.len() > MAX_VERSION_LENGTH {
        return None;
    }
    let version = Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?;
    within_limits(&version).then_some(version)
}

fn within_limits(version: &Version) -> bool {
    [version.major, version.minor, version.patch]
        .into_iter()
        .all(|number| number <= MAX_NUMBER)
}
