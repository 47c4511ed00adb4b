//! What a mock server serves, as a file says it.

use std::collections::HashMap;
use std::time::Duration;

use jstp_auth::LoginTable;
use jstp_connection::{PreparedEvent, Version};
use jstp_wire::{RawBuf, RemoteError, Value};

/// Everything that a file says.
#[derive(Debug, Default)]
pub(super) struct Spec {
    pub(super) applications: Vec<Application>,
    /// Who may in by `login`.
    pub(super) users: Option<LoginTable>,
}

/// One version of an application.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) interfaces: HashMap<String, Interface>,
}

/// An interface.
#[derive(Debug, Default)]
pub(super) struct Interface {
    /// In the order of the file, which an inspection gives.
    pub(super) methods: Vec<(String, Method)>,
    /// What to emit when clients emit these events.
    pub(super) events: HashMap<String, Vec<Emission>>,
    pub(super) timers: Vec<Timer>,
}

/// A method.
#[derive(Debug)]
pub(super) struct Method {
    /// How many arguments it takes; `None`: any number.
    pub(super) arity: Option<usize>,
    /// The first one that fits answers; with none, the signature is invalid.
    pub(super) cases: Vec<Case>,
}

/// What a method does.
#[derive(Debug)]
pub(super) struct Case {
    /// With these arguments alone; `None`: with any.
    pub(super) when: Option<Value>,
    pub(super) answer: Answer,
}

/// How a call is answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The array of results, or the error.
    pub(super) outcome: Result<RawBuf, RemoteError>,
    pub(super) delay: Duration,
    /// What to emit once it is answered.
    pub(super) emit: Vec<Emission>,
}

/// An event to emit.
#[derive(Debug, Clone)]
pub(super) struct Emission {
    pub(super) event: PreparedEvent,
    pub(super) delay: Duration,
    pub(super) to: Receivers,
}

/// Who gets an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receivers {
    /// The client that called or emitted.
    Caller,
    /// All clients of the same version of the application.
    All,
}

/// An event that is emitted again and again, to all clients of the version.
#[derive(Debug, Clone)]
pub(super) struct Timer {
    pub(super) event: PreparedEvent,
    pub(super) every: Duration,
    /// How often; `None`: for ever.
    pub(super) count: Option<u64>,
}

impl Spec {
    pub(super) fn find(&self, name: &str, version: &Version) -> Option<&Application> {
        self.applications
            .iter()
            .find(|application| application.name == name && application.version == *version)
    }
}

impl Interface {
    pub(super) fn method(&self, name: &str) -> Option<&Method> {
        let found = self.methods.iter().find(|(method, _)| method == name);
        found.map(|(_, method)| method)
    }
}

impl Method {
    /// How a call with these arguments is answered.
    pub(super) fn answer(&self, args: &Value) -> Result<&Answer, RemoteError> {
        let count = args.as_array().map_or(0, Vec::len);
        let fits = |case: &&Case| case.when.as_ref().is_none_or(|when| when == args);
        if self.arity.is_some_and(|arity| arity != count) {
            return Err(RemoteError::invalid_signature());
        }
        let case = self.cases.iter().find(fits);
        case.map(|case| &case.answer)
            .ok_or_else(RemoteError::invalid_signature)
    }
}
