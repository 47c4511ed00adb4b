//! The framing vectors: streams cut into chunks, and the messages that must come out.

mod common;

use common::{Row, base64, parts, rows, value};
use jstp_wire::{FrameDecoder, Value, decode_text, from_str, to_string};

/// What a stream gave until its end or until it was refused.
#[derive(Default)]
struct Course {
    messages: Vec<Value>,
    after: Vec<usize>,
    error_at_chunk: Option<usize>,
    rest: Vec<u8>,
}

fn run(chunks: &[Vec<u8>]) -> Course {
    let mut decoder = FrameDecoder::default();
    let mut course = Course::default();
    for (index, chunk) in chunks.iter().enumerate() {
        decoder.extend(chunk);
        if !deliver(&mut decoder, index, &mut course) {
            course.error_at_chunk = Some(index);
            return course;
        }
    }
    course.rest = decoder.pending().to_vec();
    course
}

/// Takes the complete messages; false when the stream must be refused.
fn deliver(decoder: &mut FrameDecoder, chunk: usize, course: &mut Course) -> bool {
    loop {
        let frame = match decoder.next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => return true,
            Err(_) => return false,
        };
        match decode_text(&frame).and_then(from_str::<Value>) {
            Ok(message @ Value::Object(_)) => course.messages.push(message),
            _ => return false,
        }
        course.after.push(chunk);
    }
}

fn number(row: &Row, field: &str) -> Option<usize> {
    let number = row.get(field)?.as_u64()?;
    Some(usize::try_from(number).expect("the vectors fit this machine"))
}

fn check_messages(row: &Row, course: &Course) {
    let id = &row["id"];
    let list = |field: &str| row[field].as_array().expect("a list").clone();
    let mut messages = list("messages");
    let mut after: Vec<usize> = list("after")
        .iter()
        .filter_map(|index| index.as_u64()?.try_into().ok())
        .collect();
    let expected_error = number(row, "error_at_chunk");
    if course.error_at_chunk != expected_error {
        // Refusing ill-formed text is as good as reading it with replacements.
        assert_eq!(
            row["may_refuse"].as_bool(),
            Some(true),
            "{id}: {:?}",
            course.error_at_chunk
        );
        assert!(course.error_at_chunk.is_some(), "{id}");
        messages.truncate(course.messages.len());
        after.truncate(course.after.len());
    }
    assert_eq!(course.messages.len(), messages.len(), "{id}");
    for (message, expected) in course.messages.iter().zip(&messages) {
        let expected = value(expected);
        assert_eq!(message, &expected, "{id}");
        // The order of members, which equality does not see.
        assert_eq!(to_string(message).ok(), to_string(&expected).ok(), "{id}");
    }
    assert_eq!(course.after, after, "{id}");
    if course.error_at_chunk.is_none() {
        let rest = base64(row["rest_b64"].as_str().expect("what is left"));
        assert_eq!(course.rest, rest, "{id}");
    }
}

fn check_sizes(row: &Row, course: &Course) {
    let id = &row["id"];
    assert_eq!(
        Some(course.messages.len()),
        number(row, "message_count"),
        "{id}"
    );
    assert_eq!(course.error_at_chunk, number(row, "error_at_chunk"), "{id}");
}

#[test]
fn streams_give_the_messages_of_the_framing_vectors() {
    for row in rows("framing.jsonl") {
        if let Some(chunks) = row.get("chunks_gen").and_then(Row::as_array) {
            let chunks: Vec<_> = chunks
                .iter()
                .map(|chunk| parts(chunk).into_bytes())
                .collect();
            check_sizes(&row, &run(&chunks));
        } else {
            let chunks = row["chunks"].as_array().expect("chunks").iter();
            let chunks: Vec<_> = chunks
                .map(|chunk| base64(chunk.as_str().expect("base64")))
                .collect();
            check_messages(&row, &run(&chunks));
        }
    }
}
