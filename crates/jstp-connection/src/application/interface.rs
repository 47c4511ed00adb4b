//! A named set of methods and events.

use std::fmt;

use super::ApplicationError;
use crate::handler::{self, ErasedEvent, ErasedMethod, EventHandler, Handler};
use crate::names::Names;

/// The methods of one interface, and what happens on its events.
///
/// ```
/// use jstp_connection::Interface;
///
/// async fn shout(text: String) -> String {
///     text.to_uppercase()
/// }
///
/// let interface = Interface::new()
///     .method("shout", shout)
///     .method("add", |a: i64, b: i64| a.saturating_add(b))
///     .event("said", |text: String| tracing::info!("{text}"));
/// assert_eq!(interface.method_names(), ["shout", "add"]);
/// ```
///
/// What handlers may look like is told in the [`handler`] module.
#[derive(Clone, Default)]
pub struct Interface {
    order: Vec<String>,
    methods: Names<ErasedMethod>,
    events: Names<ErasedEvent>,
}

impl Interface {
    /// An interface without methods.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers the calls of method `name` by `handler`.
    ///
    /// # Panics
    ///
    /// When there is a method of that name already, or the name is empty or `call` (no message
    /// can name such a method). See [`try_method`](Self::try_method) where names are not
    /// literals.
    #[must_use]
    #[track_caller]
    pub fn method<M: 'static>(self, name: impl Into<String>, handler: impl Handler<M>) -> Self {
        match self.try_method(name, handler) {
            Ok(interface) => interface,
            Err(error) => panic!("{error}"),
        }
    }

    /// Answers the calls of method `name` by `handler`.
    ///
    /// # Errors
    ///
    /// When there is a method of that name already, or the name is empty or `call`.
    pub fn try_method<M: 'static>(
        mut self,
        name: impl Into<String>,
        handler: impl Handler<M>,
    ) -> Result<Self, ApplicationError> {
        let name = name.into();
        if name.is_empty() || name == "call" {
            return Err(ApplicationError::UnusableMethodName(name));
        }
        if self.methods.contains_key(&name) {
            return Err(ApplicationError::DuplicateMethod(name));
        }
        self.order.push(name.clone());
        self.methods.insert(name, handler::method(handler));
        Ok(self)
    }

    /// Handles the events `name` of this interface by `handler`.
    ///
    /// # Panics
    ///
    /// When there is a handler of that event already, or the name is empty or `event` (no
    /// message can name such an event). See [`try_event`](Self::try_event) where names are not
    /// literals.
    #[must_use]
    #[track_caller]
    pub fn event<M: 'static>(self, name: impl Into<String>, handler: impl EventHandler<M>) -> Self {
        match self.try_event(name, handler) {
            Ok(interface) => interface,
            Err(error) => panic!("{error}"),
        }
    }

    /// Handles the events `name` of this interface by `handler`.
    ///
    /// # Errors
    ///
    /// When there is a handler of that event already, or the name is empty or `event`.
    pub fn try_event<M: 'static>(
        mut self,
        name: impl Into<String>,
        handler: impl EventHandler<M>,
    ) -> Result<Self, ApplicationError> {
        let name = name.into();
        if name.is_empty() || name == "event" {
            return Err(ApplicationError::UnusableEventName(name));
        }
        if self.events.contains_key(&name) {
            return Err(ApplicationError::DuplicateEvent(name));
        }
        self.events.insert(name, handler::event(handler));
        Ok(self)
    }

    /// The names of the methods in the order of their registration, as an inspection gives them.
    pub fn method_names(&self) -> &[String] {
        &self.order
    }

    pub(super) fn method_handler(&self, name: &str) -> Option<&ErasedMethod> {
        self.methods.get(name)
    }

    pub(super) fn event_handler(&self, name: &str) -> Option<&ErasedEvent> {
        self.events.get(name)
    }
}

impl fmt::Debug for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut events: Vec<_> = self.events.keys().collect();
        events.sort_unstable();
        f.debug_struct("Interface")
            .field("methods", &self.order)
            .field("events", &events)
            .finish()
    }
}
