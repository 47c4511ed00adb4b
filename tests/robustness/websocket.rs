//! What peers may do over WebSocket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jstp::{ConnectionOptions, ServerEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Host, MIB, is_own_process, resident_memory};
use crate::raw_peer::{until, within};
use crate::raw_ws::{RawWs, Said, TEXT, UPGRADE, frame};

/// A host that speaks WebSocket as well, and where.
async fn host(timeout: Duration) -> (Host, SocketAddr) {
    let host = Host::with(|options| options.with_handshake_timeout(timeout)).await;
    let server = host.server.listen("ws://127.0.0.1:0").await;
    let address = server.expect("a free port").local_addresses()[1].as_tcp();
    (host, address.expect("a port"))
}

const SOON: Duration = Duration::from_millis(300);
/// How many clients idle.
const CLIENTS: usize = 1000;
const LATE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn bad_frames_close_their_own_connection_with_a_code_and_disturb_nobody() {
    let (host, address) = host(LATE).await;
    let mut good = RawWs::join(address).await;
    let long = vec![b' '; 8 * MIB + 1];
    for (bad, code) in [
        (b"\x81\x08{ping:1}".to_vec(), 1002),
        (frame(0xc1, b"{ping:[1]}"), 1002),
        (frame(TEXT, b"{a:'\xff'}"), 1007),
        (frame(TEXT, b"{ping:[1]}\0"), 1000),
        (frame(TEXT, b"{ping:"), 1000),
        (frame(0x82, b"\xff\xfe"), 1000),
        (frame(TEXT, &long), 1009),
        (
            [frame(0x01, &long[..5 * MIB]), frame(0x80, &long[..5 * MIB])].concat(),
            1009,
        ),
    ] {
        let mut peer = RawWs::join(address).await;
        peer.send("{call:[1,'calc'],answer:[]}").await;
        // All of it arrives, although the server has had enough early.
        within(peer.0.write_all(&bad)).await.expect("it reads");
        assert_eq!(
            peer.hear().await,
            Said::Text("{callback:[1],ok:[42]}".to_owned())
        );
        assert_eq!(peer.hear().await, Said::Close(code));
        assert_eq!(peer.hear().await, Said::End);
    }
    good.send("{ping:[1]}").await;
    assert_eq!(good.hear().await, Said::Text("{pong:[1]}".to_owned()));
    host.is_well().await;
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_goes_through() {
    let (_host, address) = host(LATE).await;
    let mut peer = RawWs::join(address).await;
    let call = "{ping:[1]}";
    let message = format!("{}{call}", " ".repeat(8 * MIB - call.len()));
    peer.send(&message).await;
    assert_eq!(peer.hear().await, Said::Text("{pong:[1]}".to_owned()));
}

#[tokio::test]
async fn a_client_without_a_handshake_is_told_by_a_close_frame_when_its_time_is_up() {
    // Enough for the upgrade on a busy machine.
    let (host, address) = host(Duration::from_secs(5)).await;
    let mut events = host.server.events();
    let mut peer = RawWs::connect(address).await;
    assert_eq!(peer.hear().await, Said::Close(1000));
    let event = within(events.recv()).await;
    assert!(
        matches!(event, Some(ServerEvent::HandshakeTimeout { .. })),
        "{event:?}"
    );
    peer.0
        .write_all(&frame(0x88, b"\x03\xe8"))
        .await
        .expect("it reads");
    assert_eq!(peer.hear().await, Said::End);
}

#[tokio::test]
async fn a_server_that_closes_says_so_to_everybody() {
    let (host, address) = host(LATE).await;
    let mut admitted = RawWs::join(address).await;
    let mut waiting = RawWs::connect(address).await;
    let answering = async {
        for peer in [&mut admitted, &mut waiting] {
            assert_eq!(peer.hear().await, Said::Close(1000));
            peer.0
                .write_all(&frame(0x88, b"\x03\xe8"))
                .await
                .expect("it reads");
            assert_eq!(peer.hear().await, Said::End);
        }
    };
    within(async { tokio::join!(host.server.close(), answering) }).await;
}

#[tokio::test]
async fn a_server_that_closes_waits_for_the_close_frames_of_its_clients() {
    let (host, address) = host(LATE).await;
    let other = Host::new().await;
    let mut peers = [
        RawWs::join(address).await,
        RawWs::connect(address).await,
        RawWs::join(address).await,
    ];
    let answered = AtomicUsize::new(0);
    let answering = async {
        for peer in &mut peers {
            assert_eq!(peer.hear().await, Said::Close(1000));
        }
        // Some time goes by.
        other.is_well().await;
        for peer in &mut peers {
            answered.fetch_add(1, Ordering::Relaxed);
            let answer = frame(0x88, b"\x03\xe8");
            peer.0.write_all(&answer).await.expect("it reads");
            assert_eq!(peer.hear().await, Said::End);
        }
    };
    let closing = async {
        host.server.close().await;
        assert_eq!(answered.load(Ordering::Relaxed), 3);
    };
    within(Box::pin(async { tokio::join!(closing, answering) })).await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_close_frame_costs_the_closing_time() {
    let options = ConnectionOptions::default().with_close_timeout(SOON);
    let host = Host::with(|server| server.with_connection(options)).await;
    let server = host.server.listen("ws://127.0.0.1:0").await;
    let address = server.expect("a free port").local_addresses()[1].as_tcp();
    let mut deaf = RawWs::join(address.expect("a port")).await;
    within(host.server.close()).await;
    assert_eq!(deaf.hear().await, Said::Close(1000));
    assert_eq!(deaf.hear().await, Said::End);
}

#[tokio::test]
async fn an_upgrade_that_trickles_in_byte_by_byte_is_ended_by_the_handshake_timeout() {
    let (host, address) = host(SOON).await;
    let mut events = host.server.events();
    let mut peer = TcpStream::connect(address).await.expect("it listens");
    let (mut reading, mut writing) = peer.split();
    let trickling = async {
        for byte in UPGRADE.bytes() {
            if writing.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it reads on for ever");
    };
    let mut byte = [0];
    let ended = within(async {
        tokio::select! {
            read = reading.read(&mut byte) => read,
            () = trickling => Ok(0),
        }
    });
    assert!(matches!(ended.await, Ok(0) | Err(_)));
    let event = within(events.recv()).await;
    assert!(
        matches!(event, Some(ServerEvent::HandshakeTimeout { .. })),
        "{event:?}"
    );
    host.is_well_in_the_end().await;
}

#[tokio::test]
async fn a_thousand_half_open_upgrades_disturb_nobody() {
    if !is_own_process("websocket::a_thousand_half_open_upgrades_disturb_nobody") {
        return;
    }
    let (host, address) = host(Duration::from_secs(3)).await;
    let before = resident_memory();
    let mut half_open = Vec::new();
    for number in 0..1000 {
        let mut stream = within(TcpStream::connect(address))
            .await
            .expect("it listens");
        let part = UPGRADE.len() * (number % 10) / 10;
        stream
            .write_all(&UPGRADE.as_bytes()[..part])
            .await
            .expect("it reads");
        half_open.push(stream);
    }
    let mut good = RawWs::join(address).await;
    for _ in 0..100 {
        good.send("{ping:[1]}").await;
        assert_eq!(good.hear().await, Said::Text("{pong:[1]}".to_owned()));
    }
    host.is_well().await;
    let cost = resident_memory().saturating_sub(before);
    assert!(cost < 16 * MIB, "{} MiB", cost / MIB);
    // All of them are ended in time.
    for mut stream in half_open {
        let mut byte = [0];
        assert!(matches!(
            within(stream.read(&mut byte)).await,
            Ok(0) | Err(_)
        ));
    }
    until(|| host.server.get_clients().len() == 1).await;
    good.send("{ping:[1]}").await;
    assert_eq!(good.hear().await, Said::Text("{pong:[1]}".to_owned()));
}

#[tokio::test]
async fn twenty_clients_that_never_read_cost_little() {
    if !is_own_process("websocket::twenty_clients_that_never_read_cost_little") {
        return;
    }
    let (host, address) = host(LATE).await;
    let mut deaf = Vec::new();
    for _ in 0..20 {
        deaf.push(RawWs::join(address).await);
    }
    host.is_well().await;
    let before = resident_memory();
    for first in (1..400).step_by(20) {
        for peer in &mut deaf {
            let calls: Vec<u8> = (first..first + 20)
                .flat_map(|id| {
                    let call = format!("{{call:[{id},'bulk'],text:[65536]}}");
                    frame(TEXT, call.as_bytes())
                })
                .collect();
            within(peer.0.write_all(&calls))
                .await
                .expect("small enough");
        }
        host.is_well().await;
    }
    let cost = resident_memory().saturating_sub(before);
    assert!(cost < 64 * MIB, "{} MiB", cost / MIB);
    // One that begins to read gets everything.
    for _ in 0..400 {
        let Said::Text(answer) = deaf[0].hear().await else {
            panic!("an answer");
        };
        assert!(answer.starts_with("{callback:["), "{}", answer.len());
    }
}

#[tokio::test]
async fn a_thousand_idle_clients_cost_little_even_after_long_messages() {
    if !is_own_process("websocket::a_thousand_idle_clients_cost_little_even_after_long_messages") {
        return;
    }
    let (host, address) = host(LATE).await;
    // Whatever the process needs once it has after the first ones.
    let long = format!("{{ping:[1]}}{}", " ".repeat(MIB));
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut peer = RawWs::join(address).await;
        peer.send(&long).await;
        assert_eq!(peer.hear().await, Said::Text("{pong:[1]}".to_owned()));
        clients.push(peer);
    }
    let before = resident_memory();
    for number in 0..CLIENTS {
        let mut peer = RawWs::join(address).await;
        let message = if number % 10 == 0 {
            &long
        } else {
            "{ping:[1]}"
        };
        peer.send(message).await;
        assert_eq!(peer.hear().await, Said::Text("{pong:[1]}".to_owned()));
        clients.push(peer);
    }
    host.is_well().await;
    let each = resident_memory().saturating_sub(before) / CLIENTS;
    // The clients of this test live in the same process.
    assert!(each < 12 * 1024, "{each} bytes for each");
    until(|| host.server.get_clients().len() == clients.len()).await;
}
