//! The text format: parsing to values and to types, and writing, with `serde_json` beside it.
//!
//! See `benches/README.md`.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde::Serialize;
use serde::de::DeserializeOwned;

mod documents;

use documents::{Call, Canada, Catalog, Twitter};

/// Small documents, in JSON so that both sides can read them.
const SMALL: [(&str, &str); 3] = [
    ("scalar", "42"),
    (
        "point",
        r#"{"x":12.5,"y":-7,"label":"here","tags":["a","b"]}"#,
    ),
    (
        "call",
        r#"{"call":[1,"calculator"],"divide":[10,{"by":4,"exact":true}]}"#,
    ),
];

/// A message as it goes over the wire: unquoted names and single quotes, which JSON has not.
const MESSAGES: [(&str, &str); 4] = [
    (
        "call",
        "{call:[1,'calculator'],divide:[10,{by:4,exact:true}]}",
    ),
    ("callback", "{callback:[1],ok:[{quotient:2,rest:2}]}"),
    ("event", "{event:[-3,'chat'],message:['Marcus','Hi, all!']}"),
    ("pong", "{pong:[12]}"),
];

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    for (name, text) in MESSAGES {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("header", name), |bencher| {
            bencher.iter(|| {
                let depth = jstp_wire::DEFAULT_MAX_DEPTH;
                jstp_wire::Message::parse(black_box(text), depth).expect("the message is valid")
            });
        });
        group.bench_function(BenchmarkId::new("value", name), |bencher| {
            bencher.iter(|| {
                jstp_wire::from_str::<jstp_wire::Value>(black_box(text)).expect("the text is valid")
            });
        });
    }
    group.finish();
}

fn small(criterion: &mut Criterion) {
    for (name, text) in SMALL {
        values(criterion, name, text);
    }
    let (_, call) = SMALL[2];
    typed::<Call>(criterion, "call", call);
}

fn corpus(criterion: &mut Criterion) {
    let folder = std::env::var("JSTP_CORPUS").unwrap_or_else(|_| "../shared/corpus".to_owned());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let read = |name: &str| {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path);
        text.inspect_err(|error| report_missing(&path, error)).ok()
    };
    if let Some(text) = read("twitter.json") {
        values(criterion, "twitter", &text);
        typed::<Twitter>(criterion, "twitter", &text);
    }
    if let Some(text) = read("citm_catalog.json") {
        values(criterion, "citm_catalog", &text);
        typed::<Catalog>(criterion, "citm_catalog", &text);
    }
    if let Some(text) = read("canada.json") {
        values(criterion, "canada", &text);
        typed::<Canada>(criterion, "canada", &text);
    }
}

#[allow(
    clippy::print_stderr,
    reason = "a benchmark that is left out must not go unnoticed"
)]
fn report_missing(path: &Path, error: &std::io::Error) {
    eprintln!("without {}: {error}", path.display());
}

/// Reading into values of any shape, and writing them.
fn values(criterion: &mut Criterion, name: &str, text: &str) {
    let mut group = criterion.benchmark_group(format!("value/{name}"));
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse/jstp", |bencher| {
        bencher.iter(|| {
            jstp_wire::from_str::<jstp_wire::Value>(black_box(text)).expect("the text is valid")
        });
    });
    group.bench_function("parse/serde_json", |bencher| {
        bencher.iter(|| {
            serde_json::from_str::<serde_json::Value>(black_box(text)).expect("the text is valid")
        });
    });
    let ours: jstp_wire::Value = jstp_wire::from_str(text).expect("the text is valid");
    group.bench_function("write/jstp", |bencher| {
        bencher.iter(|| jstp_wire::to_string(black_box(&ours)).expect("values can be written"));
    });
    let theirs: serde_json::Value = serde_json::from_str(text).expect("the text is valid");
    group.bench_function("write/serde_json", |bencher| {
        bencher.iter(|| serde_json::to_string(black_box(&theirs)).expect("values can be written"));
    });
    group.finish();
}

/// Reading into a type, straight from the text, and writing it.
fn typed<T: Serialize + DeserializeOwned>(criterion: &mut Criterion, name: &str, text: &str) {
    let mut group = criterion.benchmark_group(format!("typed/{name}"));
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse/jstp", |bencher| {
        bencher.iter(|| jstp_wire::from_str::<T>(black_box(text)).expect("the text is valid"));
    });
    group.bench_function("parse/serde_json", |bencher| {
        bencher.iter(|| serde_json::from_str::<T>(black_box(text)).expect("the text is valid"));
    });
    let document: T = jstp_wire::from_str(text).expect("the text is valid");
    group.bench_function("write/jstp", |bencher| {
        bencher.iter(|| jstp_wire::to_string(black_box(&document)).expect("it can be written"));
    });
    group.bench_function("write/serde_json", |bencher| {
        bencher.iter(|| serde_json::to_string(black_box(&document)).expect("it can be written"));
    });
    group.finish();
}

criterion_group!(benches, messages, small, corpus);
criterion_main!(benches);
