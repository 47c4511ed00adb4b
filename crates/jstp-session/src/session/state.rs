use std::collections::{BTreeMap, HashMap};

use jstp_wire::Value;

/// Key-value state in the order of insertion, as a JavaScript `Map` has it. Most sessions have none, which
/// takes a pointer.
#[derive(Clone, Debug, Default)]
pub(crate) struct State(Option<Box<Table>>);

#[derive(Clone, Debug, Default)]
struct Table {
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
        let table = self.0.as_ref()?;
        let place = table.places.get(key)?;
        table.entries.get(place).map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, key: String, value: Value) -> Option<Value> {
        let table = self.0.get_or_insert_default();
        if let Some(place) = table.places.get(&key) {
            return table.replace(*place, value);
        }
        let place = table.append(Key::Text(key.clone()), value);
        table.places.insert(key, place);
        None
    }

    /// Sets a key that is no text. Arrays and objects are keys of their own, even when equal.
    pub(crate) fn set_foreign(&mut self, key: Value, value: Value) {
        let table = self.0.get_or_insert_default();
        if key.is_array() || key.is_object() {
            table.append(Key::Foreign(key), value);
            return;
        }
        let text = key.to_string();
        if let Some(place) = table.foreign_places.get(&text) {
            table.replace(*place, value);
        } else {
            let place = table.append(Key::Foreign(key), value);
            table.foreign_places.insert(text, place);
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let table = self.0.as_mut()?;
        let place = table.places.remove(key)?;
        table.entries.remove(&place).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries().filter_map(|(key, value)| match key {
            Key::Text(key) => Some((key.as_str(), value)),
            Key::Foreign(_) => None,
        })
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Key, &Value)> {
        let tables = self.0.iter();
        tables.flat_map(|table| table.entries.values().map(|(key, value)| (key, value)))
    }
}

impl Table {
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
