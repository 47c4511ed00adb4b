//! Peers that do not read what is sent to them.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use jstp::{
    CloseReason, Connection, ConnectionEvent, ConnectionOptions, EmitError, SendError, ServerEvent,
    SessionLimits,
};

use crate::common::{Host, MIB, calls, is_own_process, resident_memory};
use crate::raw_peer::{RawPeer, until, within};

const DEAF: usize = 20;

/// Clients that are let in and read nothing from then on.
async fn deaf_clients(host: &Host, count: usize) -> Vec<RawPeer> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(host.join().await);
    }
    clients
}

/// A good client is served while the others read nothing. Only a machine that is busy is an excuse, and
/// none for long.
async fn is_served_at_speed(good: &Connection) {
    let calling = async || {
        let start = Instant::now();
        for _ in 0..500 {
            let answer: i64 = good.call("calc", "answer", ()).await.expect("an answer");
            assert_eq!(answer, 42);
        }
        start.elapsed()
    };
    within(async { while calling().await > Duration::from_secs(5) {} }).await;
}

/// Twenty clients ask for far more than the sockets hold, 400 times 64 KiB each, by a call with these
/// arguments, and read nothing.
async fn callbacks_cost_little(method_and_args: &str) {
    let host = Host::new().await;
    let good = host.good_client().await;
    let mut deaf = deaf_clients(&host, DEAF).await;
    is_served_at_speed(&good).await;
    let before = resident_memory();
    for first in (1..=400).step_by(20) {
        for peer in &mut deaf {
            let calls = calls(first..first + 20, |_| {
                format!("'bulk'],{method_and_args}}}")
            });
            peer.send_bytes(calls.as_bytes())
                .await
                .expect("small enough for the sockets");
        }
        let answer: i64 = within(good.call("calc", "answer", ()))
            .await
            .expect("an answer");
        assert_eq!(answer, 42);
    }
    let mut most = 0;
    for _ in 0..4 {
        is_served_at_speed(&good).await;
        most = most.max(resident_memory());
    }
    let cost = most.saturating_sub(before);
    assert!(cost < 64 * MIB, "{} MiB", cost / MIB);
    // One that begins to read gets everything.
    let peer = &mut deaf[0];
    let mut answered = HashSet::new();
    while answered.len() < 400 {
        let answer = peer.message().await;
        let (head, results) = answer.split_at(answer.find(',').expect("results"));
        assert!(results.starts_with(",ok:['xxx"), "{head}");
        assert!(answered.insert(head.to_owned()), "{head} twice");
    }
}

#[tokio::test]
async fn twenty_clients_that_never_read_their_callbacks_cost_little() {
    if !is_own_process("slow_readers::twenty_clients_that_never_read_their_callbacks_cost_little") {
        return;
    }
    callbacks_cost_little("text:[65536]").await;
}

#[tokio::test]
async fn twenty_clients_that_never_read_late_callbacks_cost_little() {
    if !is_own_process("slow_readers::twenty_clients_that_never_read_late_callbacks_cost_little") {
        return;
    }
    callbacks_cost_little("later:[50,65536]").await;
}

/// Twenty clients have as many events sent to them as they can, of `length` bytes each, and read nothing.
async fn floods_of_events_cost_little(length: usize) {
    let host = Host::new().await;
    let good = host.good_client().await;
    let deaf = deaf_clients(&host, DEAF).await;
    is_served_at_speed(&good).await;
    let before = resident_memory();
    let text = "x".repeat(length);
    let floods: Vec<_> = deaf
        .into_iter()
        .map(|mut peer| {
            let text = text.clone();
            tokio::spawn(async move {
                for id in 1..100 {
                    let call = format!("{{call:[{id},'feed'],emit:['{text}']}}");
                    // The server may take no more of them, for as long as it likes.
                    if peer
                        .send_bytes(&[call.as_bytes(), b"\0"].concat())
                        .await
                        .is_err()
                    {
                        break;
                    }
                }
                // Goes on reading nothing.
                std::future::pending::<()>().await;
            })
        })
        .collect();
    let mut most = 0;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        is_served_at_speed(&good).await;
        most = most.max(resident_memory());
    }
    floods.iter().for_each(tokio::task::JoinHandle::abort);
    // What the clients have on their way is theirs.
    let cost = most.saturating_sub(before + DEAF * 3 * length);
    assert!(cost < 64 * MIB, "{} MiB", cost / MIB);
}

#[tokio::test]
async fn twenty_clients_that_never_read_floods_of_long_events_cost_little() {
    if !is_own_process(
        "slow_readers::twenty_clients_that_never_read_floods_of_long_events_cost_little",
    ) {
        return;
    }
    floods_of_events_cost_little(100 * 1024).await;
}

#[tokio::test]
async fn twenty_clients_that_never_read_floods_of_very_long_events_cost_little() {
    if !is_own_process(
        "slow_readers::twenty_clients_that_never_read_floods_of_very_long_events_cost_little",
    ) {
        return;
    }
    floods_of_events_cost_little(MIB).await;
}

#[tokio::test]
async fn twenty_clients_that_never_read_their_events_cost_little() {
    if !is_own_process("slow_readers::twenty_clients_that_never_read_their_events_cost_little") {
        return;
    }
    let host = Host::new().await;
    let good = host.good_client().await;
    let deaf = deaf_clients(&host, DEAF).await;
    let good_session = good.session_id();
    let clients: Vec<_> = host
        .server
        .get_clients()
        .into_iter()
        .filter(|client| client.session_id() != good_session)
        .collect();
    assert_eq!(clients.len(), DEAF);
    let before = resident_memory();
    let text = "x".repeat(16 * 1024);
    let mut full = 0;
    for client in &clients {
        // What cannot be kept is refused, at once or by waiting.
        for _ in 0..1000 {
            match client.try_emit("feed", "item", (&text,)) {
                Ok(()) => {}
                Err(EmitError::Send(SendError::Full)) => {
                    full += 1;
                    break;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert_eq!(full, DEAF, "every buffer is full");
    is_served_at_speed(&good).await;
    let cost = resident_memory().saturating_sub(before);
    assert!(cost < 64 * MIB, "{} MiB", cost / MIB);
    let waits = clients[0].emit("feed", "item", (&text,));
    assert!(
        tokio::time::timeout(Duration::from_millis(50), waits)
            .await
            .is_err()
    );
    drop(deaf);
}

#[tokio::test]
async fn a_broadcast_ends_the_session_of_a_client_that_takes_nothing() {
    let limits = SessionLimits::default().with_max_buffered_bytes(256 * 1024);
    let host = Host::with(|options| {
        options
            .with_slow_client_timeout(Duration::from_millis(200))
            .with_session_limits(limits)
    })
    .await;
    let mut events = host.server.events();
    let good = host.good_client().await;
    let mut news = good.proxy("news").subscribe("flash");
    let deaf = deaf_clients(&host, 1).await;
    let text = "x".repeat(32 * 1024);
    let mut sent = 0_usize;
    loop {
        let report = within(host.server.broadcast("news", "flash", (&text,)))
            .await
            .expect("an event");
        sent += 1;
        // It was waited for, or found too slow between two broadcasts.
        if report.ended == 1 || report.accepted == 1 {
            break;
        }
        assert!(sent < 20_000, "never too slow");
    }
    loop {
        if let Some(ServerEvent::SlowClient(_)) = within(events.recv()).await {
            break;
        }
    }
    until(|| host.server.get_clients().len() == 1).await;
    for _ in 0..sent {
        let event = within(news.recv()).await.expect("a live connection");
        assert!(event.is_ok());
    }
    drop(deaf);
    is_served_at_speed(&good).await;
}

#[tokio::test]
async fn clients_that_read_get_every_broadcast_when_no_memory_is_left_for_others() {
    let host = Host::with(|options| options.with_max_held_bytes(0)).await;
    let good = host.good_client().await;
    let mut news = good.proxy("news").subscribe("flash");
    let text = "x".repeat(8 * 1024);
    // Four times of what may be unacknowledged.
    for _ in 0..256 {
        let report = within(host.server.broadcast("news", "flash", (&text,)));
        let report = report.await.expect("an event");
        assert_eq!((report.accepted, report.ended), (1, 0));
    }
    for _ in 0..256 {
        let event = within(news.recv()).await.expect("a live connection");
        assert!(event.is_ok());
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_for_too_long_is_cut_off() {
    let connection = ConnectionOptions::default().with_write_timeout(Duration::from_millis(300));
    let host = Host::with(|options| options.with_connection(connection)).await;
    let mut deaf = deaf_clients(&host, 1).await;
    let client = host.server.get_clients().remove(0);
    let mut events = client.events();
    let calls = calls(2..400, |_| "'bulk'],text:[65536]}".to_owned());
    deaf[0].send("{call:[1,'log'],later:[100,7]}").await;
    deaf[0]
        .send_bytes(calls.as_bytes())
        .await
        .expect("small enough for the sockets");
    let reason = loop {
        match within(events.recv()).await {
            Some(ConnectionEvent::Close(reason)) => break reason,
            Some(_) => {}
            None => panic!("the connection is kept for a resume"),
        }
    };
    assert!(matches!(reason, CloseReason::WriteTimeout), "{reason}");
    // Handlers that were held up meanwhile go on.
    until(|| host.seen.all() == [7]).await;
    drop(deaf);
    host.is_well().await;
}
