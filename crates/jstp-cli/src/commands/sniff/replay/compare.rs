//! What makes two messages the same, although session ids differ.

use bytes::Bytes;
use jstp_wire::{
    DEFAULT_MAX_DEPTH, Handshake, Message, Outcome, Parsed, Value, decode_text, from_slice,
};

/// From this length on a session id is taken for itself wherever it stands. The npm package's and ours have
/// 36 characters; shorter ones may stand for something else.
const UNMISTAKABLE: usize = 16;

/// What tells messages apart that may come in another order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Handshake,
    /// Answers and pongs, by what they answer.
    Answer(&'static str, i64),
    /// Calls, events, inspections, by what they are about: their ids may be others.
    About(&'static str, Option<String>, Option<String>),
    Ping,
    Other,
}

impl Key {
    pub(super) fn of(bytes: &Bytes) -> Self {
        let Some(message) = parse(bytes) else {
            return Self::Other;
        };
        let text = |name: Option<std::borrow::Cow<'_, str>>| name.map(std::borrow::Cow::into_owned);
        match message {
            Message::Handshake(_) => Self::Handshake,
            Message::Callback(callback) => Self::Answer("callback", callback.id),
            Message::Pong { id } => Self::Answer("pong", id),
            Message::Call(call) => Self::About("call", text(call.interface), text(call.method)),
            Message::Event(event) => {
                Self::About("event", text(event.interface), text(Some(event.name)))
            }
            Message::Inspect(inspect) => Self::About("inspect", text(inspect.interface), None),
            Message::Ping { .. } | Message::Heartbeat => Self::Ping,
            _ => Self::Other,
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Message<'_>> {
    let text = decode_text(bytes).ok()?;
    match Message::parse(text, DEFAULT_MAX_DEPTH).ok()? {
        Parsed::Message(message) => Some(message),
        Parsed::Rejected(_) => None,
    }
}

/// Whether two messages say the same, however they are written.
pub(super) fn is_same(recorded: &[u8], now: &[u8]) -> bool {
    recorded == now
        || match (from_slice::<Value>(recorded), from_slice::<Value>(now)) {
            (Ok(recorded), Ok(now)) => recorded == now,
            _ => false,
        }
}

/// The ids of sessions in the recording, and of those that stand for them now.
#[derive(Debug, Default)]
pub(super) struct SessionIds(Vec<(String, String)>);

impl SessionIds {
    /// Takes notice of the id of a session, if both messages tell of a new one.
    pub(super) fn learn(&mut self, recorded: &[u8], now: &[u8]) {
        if let (Some(recorded), Some(now)) = (session_id(recorded), session_id(now)) {
            self.0.push((recorded, now));
        }
    }

    /// A recorded message with the ids of now.
    pub(super) fn to_now(&self, recorded: &Bytes) -> Bytes {
        self.replace(recorded, |(recorded, now)| (recorded, now))
    }

    /// A message of now with the ids of the recording.
    pub(super) fn to_recorded(&self, now: &Bytes) -> Bytes {
        self.replace(now, |(recorded, now)| (now, recorded))
    }

    fn replace<'a>(
        &'a self,
        bytes: &Bytes,
        pair: impl Fn(&'a (String, String)) -> (&'a String, &'a String),
    ) -> Bytes {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return bytes.clone();
        };
        let is_handshake = matches!(parse(bytes), Some(Message::Handshake(_)));
        let mut text = std::borrow::Cow::Borrowed(text);
        for (from, to) in self.0.iter().map(pair) {
            if from.len() >= UNMISTAKABLE && text.contains(from.as_str()) {
                text = text.replace(from.as_str(), to).into();
            } else if is_handshake {
                text = text
                    .replace(&format!("'{from}'"), &format!("'{to}'"))
                    .into();
            }
        }
        match text {
            std::borrow::Cow::Borrowed(_) => bytes.clone(),
            std::borrow::Cow::Owned(text) => text.into(),
        }
    }
}

/// The id of a new session that a handshake response tells of.
fn session_id(bytes: &[u8]) -> Option<String> {
    match parse(bytes)? {
        Message::Handshake(Handshake::Response(response)) => match response.outcome {
            Outcome::Ok(ok) => ok.as_text().map(std::borrow::Cow::into_owned),
            Outcome::Err(_) => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_by_what_they_answer_or_are_about() {
        let key = |text: &'static str| Key::of(&Bytes::from_static(text.as_bytes()));
        assert_eq!(key("{callback:[1],ok:[]}"), key("{callback:[1],error:[5]}"));
        assert_ne!(key("{callback:[1],ok:[]}"), key("{callback:[2],ok:[]}"));
        assert_eq!(key("{event:[-1,'a'],e:[]}"), key("{event:[-7,'a'],e:[1]}"));
        assert_ne!(key("{event:[-1,'a'],e:[]}"), key("{event:[-1,'a'],f:[]}"));
        assert_eq!(key("{{{"), key("{call:null}"));
    }

    #[test]
    fn messages_are_the_same_however_they_are_written() {
        assert!(is_same(
            b"{callback:[1],ok:[1.0]}",
            b"{ callback: [1], \"ok\": [1] }"
        ));
        assert!(!is_same(b"{callback:[1],ok:[1]}", b"{callback:[1],ok:[2]}"));
        assert!(is_same(b"{{{", b"{{{") && !is_same(b"{{{", b"{{"));
    }

    #[test]
    fn session_ids_are_exchanged() {
        let mut ids = SessionIds::default();
        ids.learn(
            b"{handshake:[0],ok:'S1'}",
            b"{handshake:[0],ok:'0123456789abcdef'}",
        );
        let now = |text: &'static str| ids.to_now(&Bytes::from_static(text.as_bytes()));
        assert_eq!(
            now("{handshake:[0,'app'],session:['S1',7]}"),
            "{handshake:[0,'app'],session:['0123456789abcdef',7]}"
        );
        // A short id may be anything elsewhere.
        assert_eq!(now("{call:[1,'i'],m:['S1']}"), "{call:[1,'i'],m:['S1']}");
        let answer = Bytes::from_static(b"{callback:[1],ok:['0123456789abcdef']}");
        assert_eq!(ids.to_recorded(&answer), "{callback:[1],ok:['S1']}");
    }
}
