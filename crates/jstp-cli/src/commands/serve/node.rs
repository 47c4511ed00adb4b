//! Values of a file with their places in it.

use std::borrow::Cow;
use std::time::Duration;

use jstp_wire::{DEFAULT_MAX_DEPTH, Members, RawBuf, RawValue, Value, ValueKind};

use crate::excerpt::{Fault, offset_of};

/// The longest time that a file may name.
const MAX_TIME: Duration = Duration::from_hours(24);

/// A value in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    /// The whole file.
    text: &'a str,
    value: RawValue<'a>,
}

/// A member of an object in a file.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) node: Node<'a>,
}

impl<'a> Node<'a> {
    /// The value that a file as a whole is.
    pub(super) fn parse(text: &'a str) -> Result<Self, Fault> {
        let value =
            RawValue::parse(text, DEFAULT_MAX_DEPTH).map_err(|error| Fault::from_wire(&error))?;
        Ok(Self { text, value })
    }

    /// What is wrong with this value.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            message: message.into(),
            offset: offset_of(self.text, self.value.as_str()),
        }
    }

    /// The members of an object, each with another key. Those that are undefined are absent.
    pub(super) fn members(&self, what: &str) -> Result<Vec<Member<'a>>, Fault> {
        if self.value.kind() != ValueKind::Object {
            return Err(self.fault(format!("{what} is an object")));
        }
        let members = Members::parse(self.value.as_str(), DEFAULT_MAX_DEPTH);
        let mut out: Vec<Member<'a>> = Vec::new();
        for member in members.map_err(|error| self.fault(error.reason()))? {
            let (key, value) = member.map_err(|error| self.fault(error.reason()))?;
            if value.kind() == ValueKind::Undefined {
                continue;
            }
            let node = Self {
                text: self.text,
                value,
            };
            let member = Member { key, node };
            if out.iter().any(|other| other.key == member.key) {
                return Err(member.fault(format!("`{}` stands here twice", member.key)));
            }
            out.push(member);
        }
        Ok(out)
    }

    /// The elements of an array.
    pub(super) fn elements(&self, what: &str) -> Result<Vec<Node<'a>>, Fault> {
        let elements = self.value.elements();
        let elements = elements.ok_or_else(|| self.fault(format!("{what} is an array")))?;
        let text = self.text;
        Ok(elements.map(|value| Self { text, value }).collect())
    }

    /// A text.
    pub(super) fn text(&self, what: &str) -> Result<String, Fault> {
        let text = self.value.as_text();
        let text = text.ok_or_else(|| self.fault(format!("{what} is a text")))?;
        Ok(text.into_owned())
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, what: &str) -> Result<u64, Fault> {
        let count = self.value.as_number().and_then(|number| number.as_u64());
        count.ok_or_else(|| self.fault(format!("{what} is a whole number")))
    }

    /// A time in milliseconds.
    pub(super) fn time(&self, what: &str) -> Result<Duration, Fault> {
        let milliseconds = self.value.as_number().map(|number| number.as_f64());
        milliseconds
            .and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok())
            .filter(|time| *time <= MAX_TIME)
            .ok_or_else(|| {
                self.fault(format!(
                    "{what} is a number of milliseconds, up to 24 hours"
                ))
            })
    }

    /// A value of any kind.
    pub(super) fn value(&self) -> Result<Value, Fault> {
        self.value
            .deserialize()
            .map_err(|error| self.fault(error.reason()))
    }

    /// An array of values of any kind, in the form in which it is sent.
    pub(super) fn array(&self, what: &str) -> Result<RawBuf, Fault> {
        self.elements(what)?;
        RawBuf::from_serialize(&self.value()?).map_err(|error| self.fault(error.reason()))
    }

    /// An array that holds this value alone.
    pub(super) fn as_array(&self) -> Result<RawBuf, Fault> {
        RawBuf::from_serialize(&(self.value()?,)).map_err(|error| self.fault(error.reason()))
    }

    pub(super) fn kind(&self) -> ValueKind {
        self.value.kind()
    }
}

impl Member<'_> {
    /// What is wrong with the key.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        let place = match &self.key {
            Cow::Borrowed(key) => key,
            // A key with escapes: its value is the next best.
            Cow::Owned(_) => self.node.value.as_str(),
        };
        Fault {
            message: message.into(),
            offset: offset_of(self.node.text, place),
        }
    }

    /// A key that is not known where it stands.
    pub(super) fn unknown(&self, known: &[&str]) -> Fault {
        self.fault(format!(
            "`{}` is not known here; known are {}",
            self.key,
            known.join(", ")
        ))
    }
}
