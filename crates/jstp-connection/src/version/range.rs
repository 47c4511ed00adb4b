//! A range of versions and what satisfies it.

use std::fmt;
use std::str::FromStr;

use semver::Version;
use thiserror::Error;

use super::comparator::Comparator;
use super::grammar;

/// A text that is no range of versions by the rules of npm.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{range}` is not a range of versions")]
#[non_exhaustive]
pub struct InvalidRange {
    /// The text that was given.
    pub range: String,
}

/// A range of versions, with the grammar and the rules of npm (strict, prereleases excluded).
///
/// | written | satisfied by |
/// | --- | --- |
/// | `1.2.3`, `=1.2.3`, `v1.2.3` | that version, whatever its build metadata |
/// | `>1.2`, `>=1.2`, `<2`, `<=2.x` | versions beyond or up to all those the partial version stands for |
/// | `1`, `1.x`, `1.2.*`, `*`, the empty text | versions that begin like this |
/// | `1.2 - 2.3` | from the lowest `1.2` to the highest `2.3` |
/// | `~1.2.3`, `~>1.2.3` | `>=1.2.3 <1.3.0` |
/// | `^1.2.3`, `^0.2.3`, `^0.0.3` | `>=1.2.3 <2.0.0`, `>=0.2.3 <0.3.0`, `>=0.0.3 <0.0.4` |
/// | `>=1.2 <1.9` | what satisfies both |
/// | `1.x \|\| >=2.5` | what satisfies either |
///
/// A prerelease satisfies a range only when the range itself names a prerelease of the same
/// major, minor and patch numbers: `>1.2.3-alpha` takes `1.2.3-beta` but not `1.2.4-beta`.
///
/// ```
/// use jstp_connection::VersionRange;
/// use semver::Version;
///
/// let range = VersionRange::parse("^1.2 || 3.x")?;
/// assert!(range.matches(&Version::new(1, 9, 0)));
/// assert!(!range.matches(&Version::new(2, 0, 0)));
/// assert_eq!(range.to_string(), ">=1.2.0 <2.0.0 || >=3.0.0 <4.0.0");
/// assert!(VersionRange::parse("latest").is_err());
/// # Ok::<(), jstp_connection::InvalidRange>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    /// One of the sets must match; a set matches when all its comparators do, so an empty set
    /// matches every version that is no prerelease.
    sets: Vec<Vec<Comparator>>,
}

impl VersionRange {
    /// Reads a range.
    ///
    /// # Errors
    ///
    /// [`InvalidRange`] for what npm does not take for a range; also where a version within it is
    /// longer than 256 characters or has a number above 2⁵³ - 1.
    pub fn parse(text: &str) -> Result<Self, InvalidRange> {
        grammar::parse(text)
            .map(|sets| Self { sets })
            .ok_or_else(|| InvalidRange {
                range: text.to_owned(),
            })
    }

    /// Whether a version satisfies the range.
    pub fn matches(&self, version: &Version) -> bool {
        self.sets.iter().any(|set| {
            set.iter().all(|comparator| comparator.matches(version))
                && (version.pre.is_empty()
                    || set
                        .iter()
                        .any(|comparator| comparator.names_prerelease_of(version)))
        })
    }
}

impl FromStr for VersionRange {
    type Err = InvalidRange;

    fn from_str(text: &str) -> Result<Self, InvalidRange> {
        Self::parse(text)
    }
}

/// Writes the range by plain comparators; the text reads back as the same range.
impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, set) in self.sets.iter().enumerate() {
            if index > 0 {
                f.write_str(" || ")?;
            }
            if set.is_empty() {
                f.write_str("*")?;
            }
            for (index, comparator) in set.iter().enumerate() {
                if index > 0 {
                    f.write_str(" ")?;
                }
                comparator.fmt(f)?;
            }
        }
        Ok(())
    }
}
