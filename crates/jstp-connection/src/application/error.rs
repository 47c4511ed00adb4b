//! What can be wrong with an application.

/// Why an application cannot be made, or a name not be registered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplicationError {
    /// The application was given no name.
    #[error("the name of an application must not be empty")]
    EmptyName,
    /// What stands behind the `@` is not an exact version.
    #[error("`{text}` is not an exact version")]
    InvalidVersion {
        /// What was given as the version.
        text: String,
        /// What is wrong with it.
        source: semver::Error,
    },
    /// An interface was given no name.
    #[error("the name of an interface must not be empty")]
    EmptyInterfaceName,
    /// There is an interface of this name already.
    #[error("the interface `{0}` is registered already")]
    DuplicateInterface(String),
    /// No message can name such a method: it is empty, or `call`, which is the first key of the
    /// message already.
    #[error("`{0}` cannot be the name of a method")]
    UnusableMethodName(String),
    /// The interface has a method of this name already.
    #[error("the method `{0}` is registered already")]
    DuplicateMethod(String),
    /// No message can name such an event: it is empty, or `event`, which is the first key of the
    /// message already.
    #[error("`{0}` cannot be the name of an event")]
    UnusableEventName(String),
    /// The interface has a handler for the events of this name already.
    #[error("a handler of the event `{0}` is registered already")]
    DuplicateEvent(String),
}
