//! From the text of a message to its header.

use std::borrow::Cow;

use super::{
    Call, Callback, Event, Handshake, HandshakeRequest, HandshakeResponse, Inspect, Message,
    Outcome, Parsed, RejectReason, Rejected, canonical,
};
use crate::raw::{Members, RawValue, ValueKind};
use crate::{Error, RemoteError};

/// Beyond this not every integer is a number of its own.
const MAX_ID: u64 = 1 << 53;

pub(super) fn message(text: &str, max_depth: usize) -> Result<Parsed<'_>, Error> {
    match canonical::message(text, max_depth) {
        Some(message) => Ok(Parsed::Message(message)),
        None => any_message(text, max_depth),
    }
}

/// Reads a message in whatever form.
pub(super) fn any_message(text: &str, max_depth: usize) -> Result<Parsed<'_>, Error> {
    let mut body = Body::default();
    for member in Members::parse(text, max_depth)? {
        let (key, value) = member?;
        body.add(key, value);
    }
    let Some((kind, header)) = body.kind.take() else {
        return Ok(Parsed::Message(Message::Heartbeat));
    };
    Ok(match body.into_message(&kind, header) {
        Ok(message) => Parsed::Message(message),
        Err(Rejection { id, reason }) => Parsed::Rejected(Rejected {
            kind: kind.into_owned(),
            id,
            reason,
        }),
    })
}

type Member<'a> = (Cow<'a, str>, RawValue<'a>);

/// The members of a message that mean something.
#[derive(Default)]
struct Body<'a> {
    kind: Option<Member<'a>>,
    verb: Option<Member<'a>>,
    ok: Option<RawValue<'a>>,
    error: Option<RawValue<'a>>,
}

struct Rejection {
    id: Option<i64>,
    reason: RejectReason,
}

impl<'a> Body<'a> {
    fn add(&mut self, key: Cow<'a, str>, value: RawValue<'a>) {
        if value.kind() == ValueKind::Undefined {
            return;
        }
        match &*key {
            "ok" => self.ok = Some(value),
            "error" => self.error = Some(value),
            _ => {}
        }
        for slot in [&mut self.kind, &mut self.verb] {
            match slot {
                None => return *slot = Some((key, value)),
                Some((known, latest)) if *known == key => return *latest = value,
                Some(_) => {}
            }
        }
    }

    fn into_message(self, kind: &str, header: RawValue<'a>) -> Result<Message<'a>, Rejection> {
        match kind {
            "handshake" => Ok(Message::Handshake(self.into_handshake(header))),
            "call" => self.into_call(header).map(Message::Call),
            "callback" => self.into_callback(header).map(Message::Callback),
            "event" => self.into_event(header).map(Message::Event),
            "inspect" => Header::read(header)
                .map(|Header { id, interface }| Message::Inspect(Inspect { id, interface })),
            "ping" => Header::read(header).map(|header| Message::Ping { id: header.id }),
            "pong" => Header::read(header).map(|header| Message::Pong { id: header.id }),
            _ => Err(Rejection {
                id: None,
                reason: RejectReason::UnknownKind,
            }),
        }
    }

    fn into_handshake(self, header: RawValue<'a>) -> Handshake<'a> {
        let Some(mut elements) = header.elements() else {
            return Handshake::Malformed;
        };
        let id = elements.next().and_then(integer);
        match elements.next().filter(RawValue::is_truthy) {
            Some(application) => Handshake::Request(HandshakeRequest {
                application,
                version: elements
                    .next()
                    .filter(|version| version.kind() != ValueKind::Undefined),
                strategy: self.verb,
            }),
            None => match self.into_handshake_outcome() {
                Some(outcome) => Handshake::Response(HandshakeResponse { id, outcome }),
                None => Handshake::Malformed,
            },
        }
    }

    fn into_handshake_outcome(self) -> Option<Outcome<'a>> {
        // Zero is a count like any other, although it is falsy.
        let usable = |ok: &RawValue<'_>| ok.kind() == ValueKind::Number || is_filled_text(ok);
        match self.ok.filter(usable) {
            Some(ok) => Some(Outcome::Ok(ok)),
            None => self
                .error
                .and_then(|error| RemoteError::from_raw(error).ok())
                .map(Outcome::Err),
        }
    }

    fn into_call(self, header: RawValue<'a>) -> Result<Call<'a>, Rejection> {
        let Header { id, interface } = Header::read(header)?;
        let (method, value) = self.verb.filter(|(_, value)| value.is_truthy()).unzip();
        Ok(Call {
            id,
            interface,
            method,
            args: value.filter(is_array),
        })
    }

    fn into_callback(self, header: RawValue<'a>) -> Result<Callback<'a>, Rejection> {
        let Header { id, .. } = Header::read(header)?;
        let outcome = match (self.ok.filter(RawValue::is_truthy), self.error) {
            (Some(ok), _) if is_array(&ok) => Ok(Outcome::Ok(ok)),
            (_, Some(error)) if error.is_truthy() => RemoteError::from_raw(error).map(Outcome::Err),
            (Some(_), _) => Err(RejectReason::InvalidResults),
            (None, _) => Err(RejectReason::NoOutcome),
        };
        match outcome {
            Ok(outcome) => Ok(Callback { id, outcome }),
            Err(reason) => Err(Rejection {
                id: Some(id),
                reason,
            }),
        }
    }

    fn into_event(self, header: RawValue<'a>) -> Result<Event<'a>, Rejection> {
        let Header { id, interface } = Header::read(header)?;
        match self.verb {
            Some((name, args)) if is_array(&args) => Ok(Event {
                id,
                interface,
                name,
                args,
            }),
            _ => Err(Rejection {
                id: Some(id),
                reason: RejectReason::InvalidArguments,
            }),
        }
    }
}

/// The array under the kind of a message.
struct Header<'a> {
    id: i64,
    interface: Option<Cow<'a, str>>,
}

impl<'a> Header<'a> {
    fn read(value: RawValue<'a>) -> Result<Self, Rejection> {
        let reject = |reason| Rejection { id: None, reason };
        let mut elements = value
            .elements()
            .ok_or_else(|| reject(RejectReason::HeaderNotArray))?;
        let id = elements
            .next()
            .and_then(integer)
            .ok_or_else(|| reject(RejectReason::InvalidId))?;
        Ok(Self {
            id,
            interface: elements.next().and_then(|element| element.as_text()),
        })
    }
}

fn is_array(value: &RawValue<'_>) -> bool {
    value.kind() == ValueKind::Array
}

fn is_filled_text(value: &RawValue<'_>) -> bool {
    value.kind() == ValueKind::String && value.is_truthy()
}

/// The value as an integer, however its text is spelled.
fn integer(value: RawValue<'_>) -> Option<i64> {
    let id = value.as_number()?.as_i64()?;
    (id.unsigned_abs() <= MAX_ID).then_some(id)
}
