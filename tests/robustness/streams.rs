//! Streams that are cut anywhere, or that are no messages.

use crate::common::{Host, MIB, calls, goes_on, is_own_process, last_words, resident_memory};
use crate::raw_peer::{RawPeer, until, within};

#[tokio::test]
async fn a_message_in_single_bytes_is_one_message() {
    let host = Host::new().await;
    let mut peer = RawPeer::connect(host.address).await;
    for byte in "{handshake:[0,'app']}\0{call:[1,'echo'],one:['é日😀']}\0".bytes() {
        peer.send_bytes(&[byte]).await.expect("the server reads");
        tokio::task::yield_now().await;
    }
    assert!(peer.message().await.starts_with("{handshake:[0],ok:'"));
    peer.expect("{callback:[1],ok:['é日😀']}").await;
}

#[tokio::test]
async fn a_message_may_be_cut_anywhere_inside_a_character() {
    let host = Host::new().await;
    let mut peer = host.join().await;
    let message = "{call:[1,'echo'],one:['😀é日']}\0".as_bytes();
    for cut in 1..message.len() {
        peer.send_bytes(&message[..cut])
            .await
            .expect("the server reads");
        // The first part is on its own way before the rest follows.
        tokio::task::yield_now().await;
        peer.send_bytes(&message[cut..])
            .await
            .expect("the server reads");
        peer.expect("{callback:[1],ok:['😀é日']}").await;
    }
}

#[tokio::test]
async fn a_thousand_messages_in_one_write_are_all_answered_in_order() {
    let host = Host::new().await;
    let mut peer = host.join().await;
    let calls = calls(1..1001, |id| format!("'calc'],add:[{id},1]}}"));
    peer.send_bytes(calls.as_bytes())
        .await
        .expect("the server reads");
    for id in 1..=1000 {
        peer.expect(&format!("{{callback:[{id}],ok:[{}]}}", id + 1))
            .await;
    }
}

#[tokio::test]
async fn what_is_no_message_closes_the_connection_and_nothing_else() {
    let host = Host::new().await;
    let mut witness = host.join().await;
    let texts: [&[u8]; 12] = [
        b"\xff\xfe",
        b"{call:[1,'echo'],one:['\xc3']}",
        b"{call:[1,'echo'],one:['\xed\xa0\x80']}",
        b"",
        b"   ",
        b"[1]",
        b"42",
        b"'{}'",
        b"{}{}",
        b"{call:[1,'calc'],answer:[]",
        b"{call:[1,'calc'],answer:[]}}",
        b"{a:u}",
    ];
    for (round, text) in (1..).zip(texts) {
        for before_handshake in [true, false] {
            let mut peer = if before_handshake {
                RawPeer::connect(host.address).await
            } else {
                host.join().await
            };
            peer.send_to_the_end(text).await;
            peer.send_to_the_end(b"\0").await;
            peer.expect_end().await;
        }
        goes_on(&mut witness, round).await;
    }
}

#[tokio::test]
async fn nesting_a_million_deep_closes_the_connection() {
    let host = Host::new().await;
    let deep = 1_000_000;
    let texts = [
        format!("{{a:{}", "[".repeat(deep)),
        format!(
            "{{call:[1,'echo'],one:[{}{}]}}",
            "[".repeat(deep),
            "]".repeat(deep)
        ),
        format!("{}1{}", "{a:".repeat(deep), "}".repeat(deep)),
    ];
    for text in texts {
        let mut peer = host.join().await;
        peer.send_to_the_end(text.as_bytes()).await;
        peer.send_to_the_end(b"\0").await;
        peer.expect_end().await;
        let mut peer = RawPeer::connect(host.address).await;
        peer.send_to_the_end(text.as_bytes()).await;
        peer.send_to_the_end(b"\0").await;
        peer.expect_end().await;
    }
    host.is_well().await;
}

#[tokio::test]
async fn a_stream_without_a_nul_ends_at_the_limit_and_costs_no_more() {
    if !is_own_process("streams::a_stream_without_a_nul_ends_at_the_limit_and_costs_no_more") {
        return;
    }
    let host = Host::new().await;
    let before = resident_memory();
    let block = vec![b'x'; 64 * 1024];
    let mut most = before;
    for joined in [false, true] {
        let mut peer = if joined {
            host.join().await
        } else {
            RawPeer::connect(host.address).await
        };
        let mut sent = 0;
        // The server stops reading at 8 MiB; what goes on being sent is not kept.
        while sent < 64 * MIB && peer.send_bytes(&block).await.is_ok() {
            sent += block.len();
            most = most.max(resident_memory());
        }
        assert_eq!(last_words(&mut peer).await, Vec::<String>::new());
    }
    let cost = most.saturating_sub(before);
    assert!(cost < 32 * MIB, "{} MiB", cost / MIB);
    host.is_well().await;
}

#[tokio::test]
async fn a_reset_in_the_middle_of_a_message_leaves_nothing_behind() {
    let host = Host::new().await;
    for joined in [false, true] {
        let mut peer = if joined {
            host.join().await
        } else {
            RawPeer::connect(host.address).await
        };
        peer.send_bytes(b"{call:[1,'log'],note:[")
            .await
            .expect("the server reads");
        peer.reset();
    }
    until(|| host.server.get_clients().is_empty()).await;
    assert!(host.seen.all().is_empty());
    host.is_well().await;
}

#[tokio::test]
async fn bytes_that_trickle_in_hold_up_nobody_else() {
    let host = Host::new().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(host.join().await);
    }
    let good = host.good_client().await;
    for byte in "{call:[1,'calc'],answer:[]}".bytes() {
        for peer in &mut slow {
            peer.send_bytes(&[byte]).await.expect("the server reads");
        }
        let answer: i64 = within(good.call("calc", "answer", ()))
            .await
            .expect("an answer");
        assert_eq!(answer, 42);
    }
    for mut peer in slow {
        peer.send_bytes(b"\0").await.expect("the server reads");
        peer.expect("{callback:[1],ok:[42]}").await;
    }
}
