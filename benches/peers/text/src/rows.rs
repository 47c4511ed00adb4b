//! What is measured.

use std::error::Error;
use std::hint::black_box;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contest::Contest;
use crate::header::Header;

/// Runs `$run` on `$input`; the result counts as used. What cannot fail on the input was tried before.
macro_rules! runs {
    ($input:expr => $run:expr) => {{
        let input = $input;
        move || drop(black_box($run(black_box(input))))
    }};
}

/// Reading a document to a value and to a type, and writing both.
pub(crate) fn document<'a, T>(
    contest: &mut Contest<'a>,
    name: &str,
    json: &'a str,
) -> Result<(), Box<dyn Error>>
where
    T: Serialize + DeserializeOwned + 'static,
{
    let value: jstp_wire::Value = jstp_wire::from_str(json)?;
    let json_value: serde_json::Value = serde_json::from_str(json)?;
    let sonic_value: sonic_rs::Value = sonic_rs::from_str(json)?;
    json5::from_str::<serde_json::Value>(json)?;
    let typed: &'a T = Box::leak(Box::new(jstp_wire::from_str(json)?));
    let text: &'a str = jstp_wire::to_string(&value)?.leak();

    let row = format!("{name}, read to a value");
    contest.add(
        &row,
        "jstp",
        json.len(),
        runs!(json => jstp_wire::from_str::<jstp_wire::Value>),
    );
    contest.add(
        &row,
        "jstp, JSTP text",
        text.len(),
        runs!(text => jstp_wire::from_str::<jstp_wire::Value>),
    );
    contest.add(
        &row,
        "serde_json",
        json.len(),
        runs!(json => serde_json::from_str::<serde_json::Value>),
    );
    contest.add(
        &row,
        "sonic-rs",
        json.len(),
        runs!(json => sonic_rs::from_str::<sonic_rs::Value>),
    );
    contest.add(
        &row,
        "json5",
        json.len(),
        runs!(json => json5::from_str::<serde_json::Value>),
    );

    let row = format!("{name}, read to a type");
    contest.add(
        &row,
        "jstp",
        json.len(),
        runs!(json => jstp_wire::from_str::<T>),
    );
    contest.add(
        &row,
        "serde_json",
        json.len(),
        runs!(json => serde_json::from_str::<T>),
    );
    contest.add(
        &row,
        "sonic-rs",
        json.len(),
        runs!(json => sonic_rs::from_str::<T>),
    );
    contest.add(
        &row,
        "json5",
        json.len(),
        runs!(json => json5::from_str::<T>),
    );

    let row = format!("{name}, write a type");
    let written = serde_json::to_string(typed)?.len();
    contest.add(
        &row,
        "jstp",
        jstp_wire::to_string(typed)?.len(),
        runs!(typed => jstp_wire::to_string),
    );
    contest.add(
        &row,
        "serde_json",
        written,
        runs!(typed => serde_json::to_string),
    );
    contest.add(
        &row,
        "sonic-rs",
        written,
        runs!(typed => sonic_rs::to_string),
    );

    let row = format!("{name}, write a value");
    let written = serde_json::to_string(&json_value)?.len();
    contest.add(&row, "jstp", text.len(), move || {
        drop(black_box(jstp_wire::to_string(black_box(&value))));
    });
    contest.add(&row, "serde_json", written, move || {
        drop(black_box(serde_json::to_string(black_box(&json_value))));
    });
    contest.add(&row, "sonic-rs", written, move || {
        drop(black_box(sonic_rs::to_string(black_box(&sonic_value))));
    });
    Ok(())
}

/// Messages: the header with the rest as text, and everything to a value.
pub(crate) fn messages<'a>(
    contest: &mut Contest<'a>,
    messages: &'a [String],
) -> Result<(), Box<dyn Error>> {
    let mut json = Vec::with_capacity(messages.len());
    for message in messages {
        jstp_wire::Message::parse(message, jstp_wire::DEFAULT_MAX_DEPTH)?;
        json.push(serde_json::to_string(&jstp_wire::from_str::<
            jstp_wire::Value,
        >(message)?)?);
    }
    let json: &'a [String] = json.leak();
    let mut add = |row: &str, contestant, texts: &'a [String], read: fn(&'a str)| {
        let bytes = texts.iter().map(String::len).sum();
        contest.add(row, contestant, bytes, move || {
            for text in texts {
                read(black_box(text));
            }
        });
    };

    let row = "messages, header and raw rest";
    add(row, "jstp", messages, |text| {
        drop(black_box(jstp_wire::Message::parse(
            text,
            jstp_wire::DEFAULT_MAX_DEPTH,
        )));
    });
    add(row, "serde_json", json, |text| {
        let header = serde_json::from_str::<Header<'_, &serde_json::value::RawValue>>(text);
        drop(black_box(header.map(|header| (header.kind, header.verb))));
    });
    add(row, "sonic-rs", json, |text| {
        let header = sonic_rs::from_str::<Header<'_, sonic_rs::LazyValue<'_>>>(text);
        drop(black_box(header.map(|header| (header.kind, header.verb))));
    });

    let row = "messages, read to a value";
    add(row, "jstp", messages, |text| {
        drop(black_box(jstp_wire::from_str::<jstp_wire::Value>(text)));
    });
    add(row, "serde_json", json, |text| {
        drop(black_box(serde_json::from_str::<serde_json::Value>(text)));
    });
    add(row, "sonic-rs", json, |text| {
        drop(black_box(sonic_rs::from_str::<sonic_rs::Value>(text)));
    });
    add(row, "json5", json, |text| {
        drop(black_box(json5::from_str::<serde_json::Value>(text)));
    });
    Ok(())
}
