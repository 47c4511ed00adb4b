//! `session-text.jsonl`: texts of the npm package and the sessions they stand for.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jstp_wire::{Object, Value};
use serde_json::Value as Json;

use crate::session::Key;
use crate::{Direction, Session, SessionId};

type Data = Vec<(Value, Value)>;

#[test]
fn vectors_session_texts_are_read_and_written_again() {
    for row in rows() {
        let name = &row["id"];
        let text = row["text"].as_str().unwrap();
        let session = Session::from_string(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_counts(&session, &row["session"], name);
        // In `data-names` the npm package misreads its own text.
        let read_back = Some(&row["read_back"]).filter(|_| row["kind"] != "data-names");
        let expected = match read_back.and_then(|read_back| read_back["data"].as_array()) {
            Some(pairs) => tagged_pairs(pairs),
            None => plain_pairs(&serde_json::from_str::<Json>(text).unwrap()["storage"]),
        };
        assert_eq!(data(&session), expected, "{name}");
        if !has_lone_surrogates(&row) {
            let again = read_back.and_then(|read_back| read_back["text"].as_str());
            assert_eq!(session.to_string(), again.unwrap_or(text), "{name}");
        }
    }
}

#[test]
fn vectors_sessions_are_written_and_read_without_loss() {
    for row in rows() {
        let (name, text) = (&row["id"], row["text"].as_str().unwrap());
        let wanted = tagged_pairs(row["session"]["data"].as_array().unwrap());
        // Such keys only ever come from a text.
        if has_lone_surrogates(&row) || wanted.iter().any(|(key, _)| key.as_str().is_none()) {
            continue;
        }
        let session = build(&row["session"], &wanted);
        let copy = Session::from_string(&session.to_string()).unwrap();
        assert_counts(&copy, &row["session"], name);
        assert_eq!(data(&copy), wanted, "{name}");
        if data(&Session::from_string(text).unwrap()) == wanted {
            assert_eq!(
                session.to_string(),
                text,
                "{name}: nothing is lost, so nothing is added"
            );
        }
    }
}

fn build(session: &Json, data: &Data) -> Session {
    let last_buffered = session["last_buffered_id"].as_i64().unwrap();
    let direction = if last_buffered > 0 {
        Direction::Client
    } else {
        Direction::Server
    };
    let mut built = Session::new(SessionId::from(session["id"].as_str().unwrap()), direction)
        .with_username(session["username"].as_str().map(str::to_owned));
    built.record_received(session["received"].as_u64().unwrap());
    built.acknowledged = session["acknowledged"].as_u64().unwrap();
    for entry in session["buffer"].as_array().unwrap() {
        let message = Bytes::from(entry[1].as_str().unwrap().to_owned());
        built.buffer(entry[0].as_u64().unwrap(), message).unwrap();
    }
    built.last_buffered = last_buffered;
    for (key, value) in data {
        built.set(key.as_str().unwrap(), value.clone());
    }
    built
}

fn assert_counts(session: &Session, expected: &Json, name: &Json) {
    assert_eq!(
        session.id().as_str(),
        expected["id"].as_str().unwrap(),
        "{name}"
    );
    assert_eq!(session.username(), expected["username"].as_str(), "{name}");
    assert_eq!(
        Some(session.received()),
        expected["received"].as_u64(),
        "{name}"
    );
    assert_eq!(
        Some(session.acknowledged()),
        expected["acknowledged"].as_u64(),
        "{name}"
    );
    assert_eq!(
        Some(session.last_buffered),
        expected["last_buffered_id"].as_i64(),
        "{name}"
    );
    let buffer: Vec<_> = session
        .buffer
        .entries()
        .map(|(id, message)| {
            serde_json::json!([id, str::from_utf8(&message.to_message(0)).unwrap()])
        })
        .collect();
    assert_eq!(Json::from(buffer), expected["buffer"], "{name}");
}

fn data(session: &Session) -> Data {
    let key = |key: &Key| match key {
        Key::Text(text) => Value::String(text.clone()),
        Key::Foreign(value) => value.clone(),
    };
    session
        .state
        .entries()
        .map(|(name, value)| (key(name), value.clone()))
        .collect()
}

fn tagged_pairs(pairs: &[Json]) -> Data {
    pairs
        .iter()
        .map(|pair| (tagged(&pair[0]), tagged(&pair[1])))
        .collect()
}

fn plain_pairs(pairs: &Json) -> Data {
    let pairs = pairs.as_array().unwrap().iter();
    pairs
        .map(|pair| (plain(&pair[0]), plain(&pair[1])))
        .collect()
}

/// A tagged value of the vectors; members that are undefined count as absent.
fn tagged(json: &Json) -> Value {
    let (tag, content) = json.as_object().unwrap().iter().next().unwrap();
    match tag.as_str() {
        "undefined" => Value::Undefined,
        "null" => Value::Null,
        "bool" => Value::Bool(content.as_bool().unwrap()),
        "num" => Value::from(content.as_str().unwrap().parse::<f64>().unwrap()),
        "str" | "str16" => Value::String(text(content)),
        "arr" => Value::Array(content.as_array().unwrap().iter().map(tagged).collect()),
        "obj" => content
            .as_array()
            .unwrap()
            .iter()
            .map(|member| (text(&member[0]), tagged(&member[1])))
            .filter(|(_, value)| *value != Value::Undefined)
            .collect::<Object>()
            .into(),
        tag => panic!("unknown tag {tag}"),
    }
}

fn text(json: &Json) -> String {
    let Some(units) = json.as_array() else {
        return json.as_str().unwrap().to_owned();
    };
    let units = units
        .iter()
        .map(|unit| u16::try_from(unit.as_u64().unwrap()).unwrap());
    String::from_utf16_lossy(&units.collect::<Vec<_>>())
}

fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => Value::from(number.to_string().parse::<f64>().unwrap()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(elements) => Value::Array(elements.iter().map(plain).collect()),
        Json::Object(members) => members
            .iter()
            .map(|(key, value)| (key.as_str(), plain(value)))
            .collect::<Object>()
            .into(),
    }
}

fn has_lone_surrogates(row: &Json) -> bool {
    row.to_string().contains("\"str16\"")
}

fn rows() -> Vec<Json> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("JSTP_VECTORS").map_or("../shared/vectors".into(), PathBuf::from);
    let path = root.join(folder).join("session-text.jsonl");
    let content = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let rows = content.lines().filter(|line| !line.trim().is_empty());
    let rows: Vec<Json> = rows
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!rows.is_empty(), "no rows in {}", path.display());
    rows
}
