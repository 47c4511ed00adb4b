//! The applications of a server, and which version a client gets.

use std::collections::HashMap;
use std::sync::Arc;

use jstp_connection::{Api, Application, VersionRange, VersionRequest};
use semver::Version;

/// Applications by name and version.
///
/// Of two with the same name and version the later one counts.
///
/// ```
/// use jstp_connection::Application;
/// use jstp_server::ApplicationIndex;
///
/// let index = ApplicationIndex::from([
///     Application::new("chat@1.0.0")?,
///     Application::new("chat@1.2.0")?,
///     Application::new("chat@2.0.0")?,
/// ]);
/// let found = index.find("chat", Some("^1.0")).ok_or("nothing fits")?;
/// assert_eq!(found.version().to_string(), "1.2.0");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct ApplicationIndex {
    by_name: HashMap<String, Vec<Arc<dyn Api>>>,
}

impl ApplicationIndex {
    /// An index without applications: every client is refused with error 10.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an application.
    #[must_use]
    pub fn with(mut self, application: impl Api) -> Self {
        self.insert(Arc::new(application));
        self
    }

    /// Adds an application.
    pub fn insert(&mut self, application: Arc<dyn Api>) {
        let versions = self
            .by_name
            .entry(application.name().to_owned())
            .or_default();
        versions.retain(|known| known.version() != application.version());
        versions.push(application);
    }

    /// All applications.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Api>> {
        self.by_name.values().flatten()
    }

    /// The application that a client gets who asks for this name and version or range; nothing asked
    /// for is the latest, an exact version that one only, a range the highest that satisfies it by
    /// npm's rules.
    pub fn find(&self, name: &str, version: Option<&str>) -> Option<&Arc<dyn Api>> {
        self.pick(name, &VersionRequest::parse(version).ok()?)
    }

    pub(crate) fn pick(&self, name: &str, request: &VersionRequest) -> Option<&Arc<dyn Api>> {
        let versions = self.by_name.get(name)?;
        let picked = request.pick(versions.iter().map(|application| application.version()))?;
        versions.get(picked)
    }
}

/// What a connected client may be moved to when applications are updated: nothing for one that asked
/// for an exact version, within its range, or else within the major version that it got.
pub(crate) fn update_request(asked: Option<&str>, given: &Version) -> Option<VersionRequest> {
    match VersionRequest::parse(asked).ok()? {
        VersionRequest::Exact(_) => None,
        VersionRequest::Latest => VersionRange::parse(&given.major.to_string())
            .ok()
            .map(VersionRequest::Range),
        range @ VersionRequest::Range(_) => Some(range),
    }
}

impl FromIterator<Arc<dyn Api>> for ApplicationIndex {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Api>>>(applications: I) -> Self {
        let mut index = Self::new();
        applications
            .into_iter()
            .for_each(|application| index.insert(application));
        index
    }
}

impl FromIterator<Application> for ApplicationIndex {
    fn from_iter<I: IntoIterator<Item = Application>>(applications: I) -> Self {
        applications
            .into_iter()
            .map(|application| Arc::new(application) as Arc<dyn Api>)
            .collect()
    }
}

impl<const N: usize> From<[Application; N]> for ApplicationIndex {
    fn from(applications: [Application; N]) -> Self {
        applications.into_iter().collect()
    }
}

impl From<Vec<Application>> for ApplicationIndex {
    fn from(applications: Vec<Application>) -> Self {
        applications.into_iter().collect()
    }
}

impl From<Vec<Arc<dyn Api>>> for ApplicationIndex {
    fn from(applications: Vec<Arc<dyn Api>>) -> Self {
        applications.into_iter().collect()
    }
}

impl From<Application> for ApplicationIndex {
    fn from(application: Application) -> Self {
        Self::new().with(application)
    }
}

impl std::fmt::Debug for ApplicationIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(
                self.iter()
                    .map(|application| format!("{}@{}", application.name(), application.version())),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[&str]) -> ApplicationIndex {
        names
            .iter()
            .map(|name| Application::new(name).unwrap())
            .collect()
    }

    fn found(index: &ApplicationIndex, version: Option<&str>) -> Option<String> {
        index
            .find("app", version)
            .map(|application| application.version().to_string())
    }

    #[test]
    fn the_version_is_chosen_by_what_was_asked_for() {
        let index = index(&["app@1.0.0", "app@1.2.0", "app@2.0.0-rc.1", "other@3.0.0"]);
        assert_eq!(found(&index, None).as_deref(), Some("2.0.0-rc.1"));
        assert_eq!(found(&index, Some("1.0.0")).as_deref(), Some("1.0.0"));
        assert_eq!(found(&index, Some("^1.0.0")).as_deref(), Some("1.2.0"));
        assert_eq!(found(&index, Some("3.0.0")), None);
        assert_eq!(found(&index, Some("no range")), None);
        assert!(index.find("nope", None).is_none());
    }

    #[test]
    fn an_update_stays_within_what_was_asked_for() {
        let given = Version::new(1, 2, 0);
        assert!(update_request(Some("1.2.0"), &given).is_none());
        let range = update_request(None, &given).unwrap();
        let versions = [Version::new(1, 9, 0), Version::new(2, 0, 0)];
        assert_eq!(range.pick(&versions), Some(0));
    }
}
