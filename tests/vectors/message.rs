//! A recorded message, taken apart as far as the replay has to know.

use jstp::Value;
use jstp::wire::{Object, from_str};

/// A message that is an object.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) text: String,
    members: Object,
}

impl Message {
    /// `None` when the text is not one object.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match from_str::<Value>(text) {
            Ok(Value::Object(members)) => Some(Self {
                text: text.to_owned(),
                members,
            }),
            _ => None,
        }
    }

    /// The first key; empty for an old heartbeat.
    pub(crate) fn kind(&self) -> &str {
        self.members.keys().next().unwrap_or_default()
    }

    /// An element of the array under the kind.
    pub(crate) fn header(&self, index: usize) -> Option<&Value> {
        self.members.get(self.kind())?.as_array()?.get(index)
    }

    /// The id, if it is an integer.
    pub(crate) fn id(&self) -> Option<i64> {
        self.header(0)?.as_i64()
    }

    pub(crate) fn interface(&self) -> Option<&str> {
        self.header(1)?.as_str()
    }

    /// The second key and its value.
    pub(crate) fn verb(&self) -> Option<(&str, &Value)> {
        self.members.iter().nth(1)
    }

    pub(crate) fn method(&self) -> &str {
        self.verb().map_or("", |(name, _)| name)
    }

    /// The value of the second key.
    pub(crate) fn args(&self) -> Value {
        self.verb()
            .map_or(Value::Array(Vec::new()), |(_, value)| value.clone())
    }

    pub(crate) fn ok(&self) -> Option<&Value> {
        self.members.get("ok")
    }

    pub(crate) fn error(&self) -> Option<&Value> {
        self.members.get("error")
    }

    /// Call, inspect, event or ping: these bear ids of their sender.
    pub(crate) fn is_numbered(&self) -> bool {
        self.is_asking() || self.kind() == "event"
    }

    /// Call, inspect or ping: these are answered.
    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.kind(), "call" | "inspect" | "ping")
    }

    /// Callback or pong: these bear the id that they answer.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self.kind(), "callback" | "pong")
    }

    pub(crate) fn is_handshake(&self) -> bool {
        self.kind() == "handshake"
    }

    /// A handshake with a truthy application is a request.
    pub(crate) fn is_request(&self) -> bool {
        self.is_handshake() && self.header(1).is_some_and(Value::is_truthy)
    }

    /// The session that a handshake wants to resume.
    pub(crate) fn resumes(&self) -> Option<&str> {
        let (_, credentials) = self.verb().filter(|(name, _)| *name == "session")?;
        credentials.as_array()?.first()?.as_str()
    }

    /// The text with another id.
    pub(crate) fn with_id(&self, id: i64) -> String {
        let start = self.text.find('[').map_or(0, |position| position + 1);
        let end = self.text[start..]
            .find([',', ']'])
            .map_or(start, |length| start + length);
        format!("{}{id}{}", &self.text[..start], &self.text[end..])
    }

    /// The text of a resume with another count.
    pub(crate) fn with_count(&self, count: u64) -> String {
        let start = self.text.rfind(',').map_or(0, |position| position + 1);
        format!("{}{count}]}}", &self.text[..start])
    }

    /// What is asked, apart from the id: equal calls to the same session of an application get
    /// equal answers, as far as they have no state.
    pub(crate) fn question(&self) -> String {
        self.with_id(0)
    }
}

/// What a writer that loses nothing writes, given what the reference has written: a last undefined
/// element leaves a trailing comma there, which reads as nothing (D11), and line separators stand
/// raw in strings (D12).
pub(crate) fn as_written_without_loss(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped, mut last) = (false, false, '\0');
    for character in text.chars() {
        match character {
            '\u{2028}' if in_string => out.push_str("\\u2028"),
            '\u{2029}' if in_string => out.push_str("\\u2029"),
            ']' if !in_string && last == ',' => out.push_str(",]"),
            other => out.push(other),
        }
        if character == '\'' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
        last = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Message, as_written_without_loss};

    #[test]
    fn lost_undefineds_of_the_vectors_are_put_back() {
        assert_eq!(
            as_written_without_loss("{call:[1,'echo'],two:[1,]}"),
            "{call:[1,'echo'],two:[1,,]}"
        );
        assert_eq!(
            as_written_without_loss("[[1,],[,],[],'a\\',]']"),
            "[[1,,],[,,],[],'a\\',]']"
        );
        assert_eq!(as_written_without_loss("['\u{2028}']"), "['\\u2028']");
    }

    #[test]
    fn ids_and_counts_of_messages_of_the_vectors_are_replaced() {
        let message = |text| Message::parse(text).expect("an object");
        assert_eq!(
            message("{event:[-1,'a'],b:[1]}").with_id(-7),
            "{event:[-7,'a'],b:[1]}"
        );
        assert_eq!(message("{pong:[2]}").with_id(3), "{pong:[3]}");
        let resume = message("{handshake:[0,'app'],session:['S1',4]}");
        assert_eq!(resume.resumes(), Some("S1"));
        assert_eq!(
            resume.with_count(6),
            "{handshake:[0,'app'],session:['S1',6]}"
        );
    }
}
