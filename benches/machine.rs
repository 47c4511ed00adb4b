//! Messages on their way through the protocol machine, without sockets.
//!
//! See `benches/README.md`.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use jstp::Results;
use jstp_session::Direction;

mod in_process;

use in_process::{answer, application, call, connect, engine, round_trip, runtime};

/// Calls under way at once where there are several.
const IN_FLIGHT: usize = 64;

/// A call comes in, its handler is found and run, its callback goes out.
fn one_side(criterion: &mut Criterion) {
    let runtime = runtime();
    // Handlers are given a connection.
    let (_server, connection) = runtime.block_on(connect());
    let api = application();
    let mut results = Results::new();
    let mut server = engine(Direction::Server);
    let frame = Bytes::from_static(b"{call:[1,'calculator'],add:[40,2]}");
    let now = Instant::now();
    criterion.bench_function("machine/call to callback", |bencher| {
        bencher.iter(|| {
            let frame = black_box(&frame);
            answer(&mut server, &api, &connection, &mut results, frame, now)
        });
    });
}

/// A call is made by one engine, answered by the other, and its answer taken by the first.
fn back_to_back(criterion: &mut Criterion) {
    let runtime = runtime();
    let (_server, connection) = runtime.block_on(connect());
    let api = application();
    let mut results = Results::new();
    let (mut client, mut server) = (engine(Direction::Client), engine(Direction::Server));
    let now = Instant::now();
    criterion.bench_function("machine/two engines", |bencher| {
        bencher.iter(|| {
            round_trip(
                &mut client,
                &mut server,
                &api,
                &connection,
                &mut results,
                now,
            );
        });
    });
}

/// The same with all that stands around the engines: handles, drivers, runtime.
fn connections(criterion: &mut Criterion) {
    let runtime = runtime();
    let (_server, connection) = runtime.block_on(connect());
    criterion.bench_function("machine/connection, 1 in flight", |bencher| {
        bencher.iter(|| runtime.block_on(call(&connection)));
    });
    let mut group = criterion.benchmark_group("machine");
    group.throughput(Throughput::Elements(IN_FLIGHT as u64));
    group.bench_function("connection, 64 in flight", |bencher| {
        let calls = || join_all((0..IN_FLIGHT).map(|_| call(&connection)));
        bencher.iter(|| runtime.block_on(calls()));
    });
    group.finish();
}

criterion_group!(benches, one_side, back_to_back, connections);
criterion_main!(benches);
