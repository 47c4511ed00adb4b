//! What is known of the other side's interfaces, for completion.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many names of a kind are kept.
const MAX_NAMES: usize = 1000;
/// The longest name that is kept, in bytes.
const MAX_LENGTH: usize = 200;

/// Interfaces with their methods and events, as far as they were inspected or seen. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Knowledge {
    interfaces: Arc<Mutex<BTreeMap<String, Interface>>>,
}

#[derive(Debug, Default)]
struct Interface {
    is_inspected: bool,
    methods: BTreeSet<String>,
    events: BTreeSet<String>,
}

impl Knowledge {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Interface>> {
        self.interfaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: the next server has interfaces of its own.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Takes note of what an inspection gave.
    pub(super) fn set_methods(&self, interface: &str, methods: &[String]) {
        self.with(interface, |known| {
            known.is_inspected = true;
            let methods = methods.iter().filter(|method| is_word(method));
            known.methods = methods.take(MAX_NAMES).cloned().collect();
        });
    }

    /// Takes note of an event that was received or emitted.
    pub(super) fn add_event(&self, interface: &str, event: &str) {
        if is_word(event) {
            self.with(interface, |known| {
                if known.events.len() < MAX_NAMES {
                    known.events.insert(event.to_owned());
                }
            });
        }
    }

    fn with(&self, interface: &str, change: impl FnOnce(&mut Interface)) {
        let mut interfaces = self.lock();
        let is_new = !interfaces.contains_key(interface);
        if is_new && (interfaces.len() >= MAX_NAMES || !is_word(interface)) {
            return;
        }
        change(interfaces.entry(interface.to_owned()).or_default());
    }

    /// Whether the methods of an interface are known.
    pub(super) fn is_inspected(&self, interface: &str) -> bool {
        self.lock()
            .get(interface)
            .is_some_and(|known| known.is_inspected)
    }

    /// The interfaces.
    pub(super) fn interfaces(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// The methods of an interface.
    pub(super) fn methods(&self, interface: &str) -> Vec<String> {
        let interfaces = self.lock();
        let known = interfaces.get(interface);
        known.map_or_else(Vec::new, |known| known.methods.iter().cloned().collect())
    }

    /// The events of an interface.
    pub(super) fn events(&self, interface: &str) -> Vec<String> {
        let interfaces = self.lock();
        let known = interfaces.get(interface);
        known.map_or_else(Vec::new, |known| known.events.iter().cloned().collect())
    }
}

/// Whether a name can be typed as a word and is no abuse.
fn is_word(name: &str) -> bool {
    let is_visible = |c: char| !c.is_whitespace() && !c.is_control();
    !name.is_empty() && name.len() <= MAX_LENGTH && name.chars().all(is_visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_by_their_interface() {
        let knowledge = Knowledge::default();
        knowledge.set_methods("chat", &["say".to_owned(), "b ad".to_owned()]);
        knowledge.add_event("chat", "said");
        knowledge.add_event("feed", "tick");
        assert_eq!(knowledge.interfaces(), ["chat", "feed"]);
        assert_eq!(knowledge.methods("chat"), ["say"]);
        assert_eq!(knowledge.events("chat"), ["said"]);
        assert!(knowledge.is_inspected("chat") && !knowledge.is_inspected("feed"));
    }

    #[test]
    fn a_server_cannot_fill_the_memory_with_names() {
        let knowledge = Knowledge::default();
        for number in 0..3 * MAX_NAMES {
            knowledge.add_event("feed", &format!("e{number}"));
            knowledge.add_event(&format!("i{number}"), "e");
        }
        knowledge.add_event("feed", &"x".repeat(MAX_LENGTH + 1));
        assert_eq!(knowledge.events("feed").len(), MAX_NAMES);
        assert_eq!(knowledge.interfaces().len(), MAX_NAMES);
    }
}
