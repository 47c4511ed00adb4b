//! Long messages that begin and do not end, or come all at once.

use std::time::Duration;

use jstp::{
    Client, Connection, ConnectionOptions, MemoryBudget, ServerEvent, ServerOptions, SessionLimits,
    net,
};
use tokio::task::JoinSet;

use crate::common::{Host, MIB, is_own_process, resident_memory};
use crate::raw_peer::{RawPeer, until, within};
use crate::raw_ws::{RawWs, Said, frame};

/// A host with a budget of so many bytes, which can be looked at.
async fn host(
    bytes: usize,
    change: impl FnOnce(ServerOptions) -> ServerOptions,
) -> (Host, MemoryBudget) {
    let budget = MemoryBudget::new(bytes);
    let connection = ConnectionOptions::default().with_memory_budget(budget.clone());
    let host = Host::with(|options| change(options.with_connection(connection))).await;
    (host, budget)
}

/// Clients that begin a message of this length and send all of it but its end, as far as they can.
fn beginners(peers: Vec<RawPeer>, length: usize) -> JoinSet<RawPeer> {
    let mut all = JoinSet::new();
    for mut peer in peers {
        all.spawn(async move {
            peer.send_to_the_end(&vec![b' '; length]).await;
            peer
        });
    }
    all
}

async fn strangers(host: &Host, count: usize) -> Vec<RawPeer> {
    let mut peers = Vec::new();
    for _ in 0..count {
        peers.push(RawPeer::connect(host.address).await);
    }
    peers
}

async fn clients(host: &Host, count: usize) -> Vec<RawPeer> {
    let mut peers = Vec::new();
    for _ in 0..count {
        peers.push(host.join().await);
    }
    peers
}

/// The next message that begins like this.
async fn message_like(peer: &mut RawPeer, start: &str) -> String {
    loop {
        let message = peer.message().await;
        if message.starts_with(start) {
            return message;
        }
    }
}

/// A call with long arguments, and its answer.
async fn echoes(good: &Connection, length: usize) {
    let text = "x".repeat(length);
    let echoed: String = within(good.call("echo", "one", (&text,)))
        .await
        .expect("an answer");
    assert!(echoed == text);
}

#[tokio::test]
async fn handshakes_that_do_not_end_take_half_of_the_budget_and_hold_back_no_client() {
    if !is_own_process(
        "long_messages::handshakes_that_do_not_end_take_half_of_the_budget_and_hold_back_no_client",
    ) {
        return;
    }
    let late = Duration::from_secs(10);
    let (host, budget) = host(8 * MIB, |options| options.with_handshake_timeout(late)).await;
    let mut events = host.server.events();
    let good = host.good_client().await;
    let strangers = strangers(&host, 100).await;
    let before = resident_memory();
    let begun = beginners(strangers, 2 * MIB);
    until(|| budget.held() > 4 * MIB).await;
    for _ in 0..10 {
        echoes(&good, MIB).await;
        // Somebody new.
        host.is_well().await;
        assert!(budget.held() < 7 * MIB, "{} KiB", budget.held() / 1024);
    }
    // What the senders hold themselves is 200 MiB.
    let cost = resident_memory().saturating_sub(before);
    assert!(cost < 248 * MIB, "{} MiB", cost / MIB);
    let mut timeouts = 0;
    while timeouts < 100 {
        let event = within(events.recv()).await;
        timeouts += usize::from(matches!(event, Some(ServerEvent::HandshakeTimeout { .. })));
    }
    assert_eq!(within(begun.join_all()).await.len(), 100);
    until(|| budget.held() == 0).await;
    echoes(&good, MIB).await;
}

#[tokio::test]
async fn a_long_handshake_is_answered_while_there_is_memory() {
    let (host, budget) = host(8 * MIB, |options| options).await;
    let mut peer = RawPeer::connect(host.address).await;
    let range = " ".repeat(4 * MIB - 64 * 1024);
    let request = format!("{{handshake:[0,'app','1{range}']}}\0");
    peer.send_to_the_end(request.as_bytes()).await;
    peer.expect("{handshake:[0],error:[10]}").await;
    until(|| budget.held() == 0).await;
}

#[tokio::test]
async fn clients_that_begin_messages_and_do_not_go_on_are_ended_when_others_need_the_memory() {
    let (host, budget) = host(2 * MIB, |options| options).await;
    let address = host.server.listen("ws://127.0.0.1:0").await;
    let address = address.expect("a free port").local_addresses()[1].as_tcp();
    let good = host.good_client().await;
    let peers = clients(&host, 8).await;
    let mut webs = Vec::new();
    for _ in 0..4 {
        let mut web = RawWs::join(address.expect("a port")).await;
        let whole = frame(0x81, &vec![b' '; MIB]);
        within(tokio::io::AsyncWriteExt::write_all(
            &mut web.0,
            &whole[..MIB / 2],
        ))
        .await
        .expect("it reads");
        webs.push(web);
    }
    let mut begun = beginners(peers, MIB / 2);
    until(|| budget.held() > 2 * MIB).await;
    let mut most = 0;
    for _ in 0..20 {
        echoes(&good, MIB).await;
        most = most.max(budget.held());
    }
    assert!(most < 5 * MIB, "{} KiB", most / 1024);
    // They are ended, but for those for whom there is room.
    until(|| budget.held() <= 2 * MIB).await;
    let ended = within(begun.join_next()).await;
    assert!(ended.is_some());
    drop((ended, begun, webs));
    until(|| budget.held() == 0).await;
    let mut web = RawWs::join(address.expect("a port")).await;
    web.send("{ping:[1]}").await;
    assert_eq!(web.hear().await, Said::Text("{pong:[1]}".to_owned()));
}

#[tokio::test]
async fn long_messages_of_many_clients_all_get_through_one_after_another() {
    for bytes in [MIB, 0] {
        let (host, budget) = host(bytes, |options| options).await;
        let mut calls = JoinSet::new();
        for _ in 0..12 {
            let good = host.good_client().await;
            calls.spawn(async move {
                for _ in 0..3 {
                    echoes(&good, 2 * MIB).await;
                }
                good.close().await;
            });
        }
        within(calls.join_all()).await;
        until(|| budget.held() == 0).await;
    }
}

#[tokio::test]
async fn acknowledgements_behind_a_long_call_arrive_although_no_memory_is_left() {
    let (host, _budget) = host(0, |options| options).await;
    // It may have to resume its session, and misses nothing.
    let good = within(net::connect("app", Client::default(), host.address));
    let good = good.await.expect("the server lets everybody in");
    let mut news = good.proxy("news").subscribe("flash");
    let text = "x".repeat(8 * 1024);
    let calling = async {
        for _ in 0..20 {
            echoes(&good, MIB / 4).await;
        }
    };
    let telling = async {
        for _ in 0..128 {
            let report = within(host.server.broadcast("news", "flash", (&text,)));
            let report = report.await.expect("an event");
            assert_eq!((report.accepted, report.ended), (1, 0));
        }
    };
    let hearing = async {
        for _ in 0..128 {
            let event = within(news.recv()).await.expect("a live connection");
            assert!(event.is_ok());
        }
    };
    tokio::join!(calling, telling, hearing);
}

#[tokio::test]
async fn an_event_that_waits_for_a_handler_keeps_no_turn() {
    let (host, budget) = host(0, |options| options).await;
    let good = host.good_client().await;
    let mut bad = host.join().await;
    bad.send("{call:[1,'bad'],never:[]}").await;
    // Neither may its handler run beside that one, nor is there room for it to wait.
    let text = "x".repeat(8 * MIB - 100);
    bad.send(&format!("{{event:[2,'log'],said:['{text}']}}"))
        .await;
    let free = 64 * 1024;
    until(|| budget.held() + free > text.len()).await;
    echoes(&good, MIB).await;
    host.is_well().await;
}

#[tokio::test]
async fn a_client_is_asked_to_acknowledge_before_it_is_taken_for_one_that_does_not() {
    let (host, _budget) = host(0, |options| options).await;
    let mut peer = host.join().await;
    let text = "x".repeat(100 * 1024);
    let told = host.server.broadcast("news", "flash", (&text,)).await;
    assert_eq!(told.expect("an event").accepted, 1);
    peer.expect(&format!("{{event:[-1,'news'],flash:['{text}']}}"))
        .await;
    peer.expect("{ping:[-2]}").await;
    peer.send("{pong:[-2]}").await;
    peer.send(&format!("{{call:[1,'echo'],one:['{text}']}}"))
        .await;
    peer.expect(&format!("{{callback:[1],ok:['{text}']}}"))
        .await;
}

#[tokio::test]
async fn a_client_that_acknowledges_is_not_taken_for_one_that_does_not_while_events_wait_for_it() {
    let limits = SessionLimits::default().with_max_buffered_bytes(128 * 1024);
    let (host, _budget) = host(0, |options| options.with_session_limits(limits)).await;
    let mut peer = host.join().await;
    let text = "x".repeat(1000);
    for number in 0..800 {
        let told = host.server.broadcast("news", "line", (number, &text)).await;
        assert_eq!(told.expect("an event").accepted, 1);
    }
    for _ in 0..3 {
        let ping = message_like(&mut peer, "{ping:").await;
        peer.send(&ping.replace("ping", "pong")).await;
    }
    // The next ping is sent when the last acknowledgement has arrived.
    message_like(&mut peer, "{ping:").await;
    let text = "x".repeat(300 * 1024);
    peer.send(&format!("{{call:[1,'echo'],one:['{text}']}}"))
        .await;
    let answer = message_like(&mut peer, "{callback:").await;
    assert!(answer.ends_with(&format!("ok:['{text}']}}")));
}

#[tokio::test]
async fn what_has_begun_takes_no_memory_that_much_longer_messages_have_left() {
    if !is_own_process(
        "long_messages::what_has_begun_takes_no_memory_that_much_longer_messages_have_left",
    ) {
        return;
    }
    let (host, budget) = host(16 * MIB, |options| options).await;
    let mut other = host.join().await;
    let mut id = 0;
    let mut longer = async || {
        id += 1;
        let long = " ".repeat(6 * MIB) + &format!("{{ping:[{id}]}}");
        other.send(&long).await;
        other.expect(&format!("{{pong:[{id}]}}")).await;
    };
    let peers = clients(&host, 30).await;
    longer().await;
    let before = resident_memory();
    let mut begun = Vec::new();
    for mut peer in peers {
        peer.send_to_the_end(&vec![b' '; 160 * 1024]).await;
        begun.push(peer);
        until(|| budget.held() >= begun.len() * 96 * 1024).await;
        longer().await;
    }
    // They would have taken 180 MiB.
    let cost = resident_memory().saturating_sub(before);
    assert!(cost < 90 * MIB, "{} MiB", cost / MIB);
}
