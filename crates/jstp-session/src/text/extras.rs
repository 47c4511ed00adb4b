//! What the npm package's text has no place for: the application and values that JSON cannot hold.
//!
//! The npm package refuses unknown members of the text, but carries any key-value state along. So
//! this goes into one more entry of that state, as a text that nothing on the way looks into:
//! `["$jstp","{application:'app',values:[['key',NaN]]}"]`. The value stands under its own key too,
//! as far as JSON can hold it; when somebody has changed it there, that counts.

use jstp_wire::{Object, Serializer, Value};
use serde::Serialize;

use super::{MAX_DEPTH, MAX_VALUE_DEPTH, json, read};
use crate::session::State;

/// The key of the entry. An application that uses this key itself has its value in the entry.
pub(super) const RESERVED_KEY: &str = "$jstp";

const APPLICATION: &str = "application";
const VALUES: &str = "values";

#[derive(Default)]
pub(super) struct Extras {
    application: Option<String>,
    values: Vec<(String, Value)>,
}

impl Extras {
    pub(super) fn new(application: Option<&str>) -> Self {
        Self {
            application: application.map(str::to_owned),
            values: Vec::new(),
        }
    }

    /// Adds a value that nests no deeper than [`MAX_VALUE_DEPTH`].
    pub(super) fn add(&mut self, key: &str, value: &Value) {
        self.values.push((key.to_owned(), value.clone()));
    }

    /// The text of the entry, if there is anything to keep.
    pub(super) fn into_text(self) -> Option<String> {
        let mut entry = Object::new();
        if let Some(application) = self.application {
            entry.insert(APPLICATION, application);
        }
        if !self.values.is_empty() {
            let pair = |(key, value)| Value::Array(vec![Value::String(key), value]);
            let pairs = self.values.into_iter().map(pair).collect();
            entry.insert(VALUES, Value::Array(pairs));
        }
        if entry.is_empty() {
            return None;
        }
        let mut text = String::new();
        let mut serializer = Serializer::new(&mut text).with_max_depth(MAX_DEPTH);
        let written = entry.serialize(&mut serializer);
        written.expect("a value that nests no deeper than allowed always has a text");
        Some(text)
    }

    /// Reads the entry. `None`: it is not ours but a value that some application stored.
    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let Ok(Value::Object(entry)) = read::parse(value.as_str()?) else {
            return None;
        };
        let mut extras = Self::default();
        for (key, value) in entry {
            match (key.as_str(), value) {
                (APPLICATION, Value::String(name)) => extras.application = Some(name),
                (VALUES, Value::Array(pairs)) => extras.values = read_pairs(pairs)?,
                _ => return None,
            }
        }
        Some(extras)
    }

    /// Puts the values back into the state and returns the application.
    pub(super) fn restore(self, state: &mut State) -> Option<String> {
        for (key, value) in self.values {
            let stored = state.get(&key);
            if key == RESERVED_KEY || stored.is_some_and(|stored| same_json(stored, &value)) {
                state.set(key, value);
            }
        }
        self.application
    }
}

fn read_pairs(pairs: Vec<Value>) -> Option<Vec<(String, Value)>> {
    let read_pair = |pair| match pair {
        Value::Array(pair) => match <[Value; 2]>::try_from(pair) {
            Ok([Value::String(key), value]) => Some((key, value)),
            _ => None,
        },
        _ => None,
    };
    pairs.into_iter().map(read_pair).collect()
}

fn same_json(one: &Value, other: &Value) -> bool {
    let text = |value| {
        let mut text = String::new();
        json::value(&mut text, value, MAX_VALUE_DEPTH).map(|()| text)
    };
    text(one) == text(other)
}
