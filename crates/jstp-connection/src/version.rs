//! Application versions: which one a client asks for and which one it gets.
//!
//! A client names an application as `name` or `name@range`. Ranges follow the rules of npm
//! (not those of Cargo): `1.2` stands for `1.2.x`, comparators are parted by spaces, and a
//! prerelease satisfies a range only when the range names a prerelease of the same version.

mod comparator;
mod grammar;
mod partial;
mod range;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use semver::Version;

pub use range::{InvalidRange, VersionRange};

/// Splits what a client gives as its application, `name` or `name@range`, at the last `@`.
///
/// The range is returned as it stands; an empty one (`name@`) asks for nothing in particular,
/// as [`VersionRequest::parse`] knows.
///
/// ```
/// use jstp_connection::split_application;
///
/// assert_eq!(split_application("chat"), ("chat", None));
/// assert_eq!(split_application("chat@^1.2"), ("chat", Some("^1.2")));
/// assert_eq!(split_application("@scope/chat@2"), ("@scope/chat", Some("2")));
/// ```
pub fn split_application(application: &str) -> (&str, Option<&str>) {
    match application.rsplit_once('@') {
        Some((name, range)) => (name, Some(range)),
        None => (application, None),
    }
}

/// Which version of an application a client asks for in its handshake.
///
/// ```
/// use jstp_connection::VersionRequest;
/// use semver::Version;
///
/// let served = ["1.0.0", "1.2.0", "2.0.0"].map(|text| Version::parse(text).unwrap());
///
/// assert_eq!(VersionRequest::parse(None)?.pick(&served), Some(2));
/// assert_eq!(VersionRequest::parse(Some("^1.0.0"))?.pick(&served), Some(1));
/// assert_eq!(VersionRequest::parse(Some("1.0.0"))?.pick(&served), Some(0));
/// assert_eq!(VersionRequest::parse(Some("3.x"))?.pick(&served), None);
/// # Ok::<(), jstp_connection::InvalidRange>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRequest {
    /// Nothing was asked for: the highest version by precedence, prereleases included.
    Latest,
    /// This version and no other; one that differs only in its build metadata is another.
    Exact(Version),
    /// The highest version that satisfies a range.
    Range(VersionRange),
}

impl VersionRequest {
    /// Reads what stands in a handshake; nothing and the empty text ask for the latest version.
    ///
    /// # Errors
    ///
    /// [`InvalidRange`] when the text is neither a version nor a range by the rules of npm. A
    /// server answers that, as any request that nothing satisfies, with error 10.
    pub fn parse(text: Option<&str>) -> Result<Self, InvalidRange> {
        match text {
            None | Some("") => Ok(Self::Latest),
            Some(text) => match comparator::parse_version(text) {
                Some(version) => Ok(Self::Exact(version)),
                None => VersionRange::parse(text).map(Self::Range),
            },
        }
    }

    /// The position of the version to serve among `versions`, which are given in the order of
    /// their registration; of versions that rank equal the one registered first is taken.
    ///
    /// `None` when no version satisfies the request.
    pub fn pick<'v>(&self, versions: impl IntoIterator<Item = &'v Version>) -> Option<usize> {
        let mut versions = versions.into_iter().enumerate();
        match self {
            Self::Exact(wanted) => versions
                .find(|(_, version)| *version == wanted)
                .map(|(index, _)| index),
            Self::Latest => first_highest(versions),
            Self::Range(range) => {
                first_highest(versions.filter(|(_, version)| range.matches(version)))
            }
        }
    }
}

fn first_highest<'v>(versions: impl Iterator<Item = (usize, &'v Version)>) -> Option<usize> {
    versions
        .reduce(|best, next| match next.1.cmp_precedence(best.1) {
            Ordering::Greater => next,
            Ordering::Less | Ordering::Equal => best,
        })
        .map(|(index, _)| index)
}
