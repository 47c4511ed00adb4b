//! Many connections that come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{Host, MIB, is_own_process, resident_memory};
use crate::raw_peer::{RawPeer, until, within};

/// Opens and drops connections, every second one with a handshake, and some by a reset.
async fn come_and_go(host: &Host, connections: usize) {
    for number in 0..connections {
        let peer = match number % 2 {
            0 => RawPeer::connect(host.address).await,
            _ => host.join().await,
        };
        if number % 3 == 0 {
            peer.reset();
        }
    }
}

#[tokio::test]
async fn two_thousand_connections_that_come_and_go_disturb_nobody_and_cost_nothing() {
    if !is_own_process(
        "crowds::two_thousand_connections_that_come_and_go_disturb_nobody_and_cost_nothing",
    ) {
        return;
    }
    let kept = Duration::from_millis(100);
    let host = Host::with(|options| options.with_client_expiration_time(kept)).await;
    let good = host.good_client().await;
    let stop = Arc::new(AtomicBool::new(false));
    let calls = tokio::spawn({
        let (good, stop) = (good.clone(), stop.clone());
        async move {
            let mut calls = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                let answer: i64 = within(good.call("calc", "answer", ()))
                    .await
                    .expect("an answer");
                assert_eq!(answer, 42);
                calls += 1;
            }
            calls
        }
    });
    // What the allocator keeps for itself it has after the first part.
    come_and_go(&host, 500).await;
    until(|| host.server.get_clients().len() == 1).await;
    let before = resident_memory();
    come_and_go(&host, 1500).await;
    until(|| host.server.get_clients().len() == 1).await;
    stop.store(true, Ordering::Relaxed);
    assert!(within(calls).await.expect("no panic") > 200);
    // Sessions that may still be resumed are stored; connections are not kept.
    let cost = resident_memory().saturating_sub(before);
    assert!(cost < 8 * MIB, "{} MiB", cost / MIB);
    host.is_well().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_those_within_go_on() {
    let host = Host::with(|options| options.with_max_connections(10)).await;
    let mut within_limit = Vec::new();
    for _ in 0..10 {
        within_limit.push(host.join().await);
    }
    for _ in 0..20 {
        RawPeer::connect(host.address).await.expect_end().await;
    }
    for peer in &mut within_limit {
        crate::common::goes_on(peer, 1).await;
    }
    drop(within_limit.pop());
    until(|| host.server.get_clients().len() == 9).await;
    host.is_well().await;
}
