use bytes::Bytes;
use jstp_wire::{Deserializer, Object, Value};
use serde::Deserialize;

use super::extras::{Extras, RESERVED_KEY};
use super::{Error, MAX_DEPTH};
use crate::session::{Kept, ResendBuffer, State};
use crate::{Direction, Session, SessionId};

/// The greatest integer up to which JavaScript numbers have all of them.
const MAX_ID: f64 = 9_007_199_254_740_992.0;

pub(super) fn parse(text: &str) -> Result<Value, jstp_wire::Error> {
    let mut deserializer = Deserializer::new(text).with_max_depth(MAX_DEPTH);
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

pub(super) fn session(text: &str) -> Result<Session, Error> {
    let Value::Object(mut members) = parse(text)? else {
        return Err(Error::NotAnObject);
    };
    let id = match members.remove("id") {
        Some(Value::String(id)) => SessionId::from(id),
        _ => {
            return Err(Error::Member {
                member: "id",
                expected: "a text",
            });
        }
    };
    let username = match members.remove("username") {
        Some(Value::String(username)) => Some(username),
        None | Some(Value::Undefined | Value::Null) => None,
        Some(_) => {
            return Err(Error::Member {
                member: "username",
                expected: "a text or null",
            });
        }
    };
    let buffer = buffer(list(&mut members, "buffer")?)?;
    let (mut state, extras) = storage(list(&mut members, "storage")?)?;
    let application = extras.and_then(|extras| extras.restore(&mut state));

    let acknowledged = count(&members, "guaranteedDeliveredCount")?;
    let last_buffered = integer(&members, "latestBufferedMessageId")?;
    let highest = buffer.entries().map(|(id, _)| id).max().unwrap_or(0);
    Ok(Session {
        id,
        direction: direction(last_buffered, &buffer),
        username,
        application,
        received: count(&members, "receivedCount")?,
        acknowledged,
        last_sent: highest.max(acknowledged).max(last_buffered.unsigned_abs()),
        last_buffered,
        buffer,
        state,
    })
}

/// The side, by the sign of the ids. An npm server may have numbered some of its messages as a
/// client does, so one negative id is enough.
fn direction(last_buffered: i64, buffer: &ResendBuffer) -> Direction {
    // A message starts with `{kind:[id`.
    let has_negative_id = |kept: &Kept| {
        let message = kept.to_message(0);
        message
            .iter()
            .position(|byte| *byte == b'[')
            .and_then(|at| message.get(at + 1))
            == Some(&b'-')
    };
    let is_client = last_buffered >= 0
        && (last_buffered > 0 || buffer.len() > 0)
        && !buffer.entries().any(|(_, kept)| has_negative_id(kept));
    if is_client {
        Direction::Client
    } else {
        Direction::Server
    }
}

fn buffer(entries: Vec<Value>) -> Result<ResendBuffer, Error> {
    let wrong = Error::Member {
        member: "buffer",
        expected: "a list of ids and messages",
    };
    let mut buffer = ResendBuffer::default();
    for entry in entries {
        let Value::Array(entry) = entry else {
            return Err(wrong);
        };
        let Ok([Value::Number(id), Value::String(message)]) = <[Value; 2]>::try_from(entry) else {
            return Err(wrong);
        };
        let message = Kept::Message(Bytes::from(message));
        buffer.push(to_integer(id.as_f64()).unsigned_abs(), message);
    }
    Ok(buffer)
}

fn storage(entries: Vec<Value>) -> Result<(State, Option<Extras>), Error> {
    let wrong = Error::Member {
        member: "storage",
        expected: "a list of keys and values",
    };
    let mut state = State::default();
    let mut extras = None;
    for entry in entries {
        let Value::Array(entry) = entry else {
            return Err(wrong);
        };
        let Ok([key, value]) = <[Value; 2]>::try_from(entry) else {
            return Err(wrong);
        };
        match key {
            Value::String(key) if key == RESERVED_KEY => match Extras::from_value(&value) {
                Some(found) => extras = Some(found),
                None => drop(state.set(key, value)),
            },
            Value::String(key) => drop(state.set(key, value)),
            key => state.set_foreign(key, value),
        }
    }
    Ok((state, extras))
}

fn list(members: &mut Object, member: &'static str) -> Result<Vec<Value>, Error> {
    match members.remove(member) {
        Some(Value::Array(list)) => Ok(list),
        None => Ok(Vec::new()),
        Some(_) => Err(Error::Member {
            member,
            expected: "a list",
        }),
    }
}

fn count(members: &Object, member: &'static str) -> Result<u64, Error> {
    Ok(integer(members, member)?.max(0).unsigned_abs())
}

/// A number of the text; npm servers write `null` where an id of their peer was no number.
fn integer(members: &Object, member: &'static str) -> Result<i64, Error> {
    match members.get(member) {
        Some(Value::Number(number)) => Ok(to_integer(number.as_f64())),
        None | Some(Value::Null) => Ok(0),
        Some(_) => Err(Error::Member {
            member,
            expected: "a number",
        }),
    }
}

fn to_integer(number: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "cut to what fits; NaN gives 0"
    )]
    let integer = number.clamp(-MAX_ID, MAX_ID) as i64;
    integer
}
