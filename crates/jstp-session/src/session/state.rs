use std::collections::{BTreeMap, HashMap};

use jstp_wire::Value;

/// Key-value state in the order of insertion, as a JavaScript `Map` has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// By place. A key that is no text comes from a Node.js server and is only passed on.
    entries: BTreeMap<u64, (Key, Value)>,
    places: HashMap<String, u64>,
    /// The places of numbers and the like, by their text.
    foreign_places: HashMap<String, u64>,
    next_place: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Key {
    Text(String),
    Foreign(Value),
}

impl State {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let place = self.places.get(key)?;
        self.entries.get(place).map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, key: String, value: Value) -> Option<Value> {
        if let Some(place) = self.places.get(&key) {
            return self.replace(*place, value);
        }
        let place = self.append(Key::Text(key.clone()), value);
        self.places.insert(key, place);
        None
    }

    /// Sets a key that is no text. Arrays and objects are keys of their own, even when equal.
    pub(crate) fn set_foreign(&mut self, key: Value, value: Value) {
        if key.is_array() || key.is_object() {
            self.append(Key::Foreign(key), value);
            return;
        }
        let text = key.to_string();
        if let Some(place) = self.foreign_places.get(&text) {
            self.replace(*place, value);
        } else {
            let place = self.append(Key::Foreign(key), value);
            self.foreign_places.insert(text, place);
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.places.remove(key)?;
        self.entries.remove(&place).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.values().filter_map(|(key, value)| match key {
            Key::Text(key) => Some((key.as_str(), value)),
            Key::Foreign(_) => None,
        })
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.entries.values().map(|(key, value)| (key, value))
    }

    fn replace(&mut self, place: u64, value: Value) -> Option<Value> {
        self.entries
            .get_mut(&place)
            .map(|(_, old)| std::mem::replace(old, value))
    }

    fn append(&mut self, key: Key, value: Value) -> u64 {
        let place = self.next_place;
        self.next_place += 1;
        self.entries.insert(place, (key, value));
        place
    }
}
