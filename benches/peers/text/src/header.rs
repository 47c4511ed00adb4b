//! The first two members of a message in JSON, their values left as text.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// What `jstp_wire::Message` is for JSTP, for any kind of raw value: names borrowed, values as text.
#[derive(Debug)]
pub(crate) struct Header<'a, R> {
    /// The kind and the array with the id.
    pub(crate) kind: Option<(&'a str, R)>,
    /// The method, event or outcome and what belongs to it.
    pub(crate) verb: Option<(&'a str, R)>,
}

impl<'de: 'a, 'a, R: Deserialize<'de>> Deserialize<'de> for Header<'a, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor(PhantomData))
    }
}

struct HeaderVisitor<R>(PhantomData<R>);

impl<'de, R: Deserialize<'de>> Visitor<'de> for HeaderVisitor<R> {
    type Value = Header<'de, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let kind = access.next_entry()?;
        let verb = access.next_entry()?;
        while access.next_entry::<&str, IgnoredAny>()?.is_some() {}
        Ok(Header { kind, verb })
    }
}
