use std::fmt;
use std::sync::Arc;

type Check = dyn Fn(Option<&str>) -> bool + Send + Sync;

/// Which web pages may connect. Browsers tell the origin of the page in the header `Origin`; other
/// clients leave it out, or write what they like.
///
/// ```
/// use jstp_transport::{TransportOptions, ws::Origins};
///
/// let options = TransportOptions::default()
///     .with_origins(Origins::only(["https://example.com", "https://www.example.com"]));
/// ```
#[derive(Clone)]
pub struct Origins(Option<Arc<Check>>);

impl Origins {
    /// All may, and clients without an origin too.
    pub fn any() -> Origins {
        Origins(None)
    }

    /// Pages of these origins may, and clients without an origin. An origin is a scheme, a host and
    /// a port unless it is the default one: `https://example.com`; case does not matter.
    pub fn only<I>(origins: I) -> Origins
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let allowed: Vec<String> = origins.into_iter().map(Into::into).collect();
        Origins::by(move |origin| {
            origin.is_none_or(|origin| allowed.iter().any(|one| one.eq_ignore_ascii_case(origin)))
        })
    }

    /// Those may for which `check` says so. It gets the header as it came and must not block.
    pub fn by(check: impl Fn(Option<&str>) -> bool + Send + Sync + 'static) -> Origins {
        Origins(Some(Arc::new(check)))
    }

    pub(super) fn allow(&self, origin: Option<&str>) -> bool {
        self.0.as_ref().is_none_or(|check| check(origin))
    }
}

/// Two are equal when they are clones of each other.
impl PartialEq for Origins {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Origins {}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_none() {
            "Origins(any)"
        } else {
            "Origins(..)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_whole_and_without_regard_to_case() {
        let origins = Origins::only(["https://Example.com"]);
        assert!(origins.allow(Some("https://example.com")));
        assert!(origins.allow(None));
        for other in [
            "http://example.com",
            "https://example.com.evil.net",
            "null",
            "",
        ] {
            assert!(!origins.allow(Some(other)), "{other}");
        }
        assert!(Origins::any().allow(Some("null")));
        assert!(!Origins::by(|origin| origin.is_some()).allow(None));
    }
}
