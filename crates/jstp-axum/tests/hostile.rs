//! Clients that are slow, silent or greedy before and after the upgrade.

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::join_all;
use jstp::{Client, ServerEvent, ServerOptions, net, ws};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use support::{
    Site, UPGRADE, answer, application, ask, connect, prepare, read_answer, status, within,
};

const OFFER: &str = "Sec-WebSocket-Protocol: metarhia-jstp\r\n";

/// Sends a byte of a request from time to time; tells whether the server hung up before its end.
async fn trickle(stream: &mut TcpStream, text: &str) -> bool {
    for byte in text.bytes() {
        if stream.write_all(&[byte]).await.is_err() {
            return true;
        }
        let pause = timeout(Duration::from_millis(20), stream.read(&mut [0])).await;
        if pause.is_ok() {
            return true;
        }
    }
    false
}

/// What still comes until the server hangs up.
async fn ended(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // A reset is an end like any other.
    let _ = within(stream.read_to_end(&mut rest)).await;
    rest
}

/// The routes run on the usual bounds, but for a shorter time for heads: as long as one may take on a busy
/// machine.
async fn impatient() -> (std::net::SocketAddr, jstp::Server) {
    let server = net::create_server([application()]);
    let (address, serve) = prepare(jstp_axum::route(&server)).await;
    let serve = serve.with_header_timeout(Duration::from_secs(2));
    tokio::spawn(serve.into_future());
    (address, server)
}

#[tokio::test]
async fn requests_that_trickle_in_are_cut_off_and_disturb_nobody() {
    let (address, server) = impatient().await;
    let slow = join_all((0..200).map(async |_| {
        let mut stream = connect(address).await;
        // It would take minutes.
        let request = format!("{UPGRADE}\r\n{}", "X: y\r\n".repeat(1000));
        trickle(&mut stream, &request).await
    }));
    let others = async {
        let url = format!("ws://{address}/jstp");
        let connection = within(ws::connect("app", Client::default(), url))
            .await
            .expect("there is room");
        for i in 0..20_u8 {
            let sum: u8 = within(connection.call("calc", "add", (i, 1)))
                .await
                .expect("it adds");
            assert_eq!(sum, i + 1);
        }
        connection
    };
    let (cut_off, connection) = tokio::join!(within(slow), others);
    assert!(cut_off.into_iter().all(|is_cut_off| is_cut_off));
    assert_eq!(server.get_clients().len(), 1);
    within(connection.close()).await;
}

#[tokio::test]
async fn connections_that_say_nothing_are_closed_before_and_after_a_request() {
    let (address, _server) = impatient().await;
    let mut silent = connect(address).await;
    ended(&mut silent).await;

    let mut idle = connect(address).await;
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("it is read");
    assert_eq!(status(&read_answer(&mut idle).await), StatusCode::OK);
    ended(&mut idle).await;
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (address, _server) = impatient().await;
    let long = format!("X: {}\r\n", "y".repeat(64 * 1024));
    let refused = ask(address, "GET / HTTP/1.1", &long).await;
    assert_eq!(
        status(&refused),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
}

#[tokio::test]
async fn further_connections_wait_until_there_is_room() {
    let server = net::create_server([application()]);
    let (address, serve) = prepare(jstp_axum::route(&server)).await;
    let serve = serve
        .with_max_connections(2)
        .with_header_timeout(Duration::from_millis(500));
    tokio::spawn(serve.into_future());
    let began = Instant::now();
    let _silent = [connect(address).await, connect(address).await];
    // It is answered when the others are cut off.
    let health = answer(address, "GET /health HTTP/1.1").await;
    assert_eq!(status(&health), StatusCode::OK);
    assert!(began.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_client_that_takes_no_answers_gives_way_to_others() {
    let server = net::create_server([application()]);
    let (address, serve) = prepare(jstp_axum::route(&server)).await;
    let serve = serve
        .with_max_connections(1)
        .with_write_timeout(Duration::from_millis(300));
    tokio::spawn(serve.into_future());
    let mut greedy = connect(address).await;
    let requests = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    let asking = async { while greedy.write_all(requests.as_bytes()).await.is_ok() {} };
    let (health, ()) =
        within(async { tokio::join!(answer(address, "GET /health HTTP/1.1"), asking) }).await;
    assert_eq!(status(&health), StatusCode::OK);
}

/// A connection that was upgraded and has said nothing yet.
async fn upgraded(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address).await;
    let request = format!("{UPGRADE}\r\nHost: x\r\n{OFFER}\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it is read");
    assert_eq!(
        status(&read_answer(&mut stream).await),
        StatusCode::SWITCHING_PROTOCOLS
    );
    stream
}

#[tokio::test]
async fn an_upgraded_connection_that_says_nothing_is_closed_at_the_handshake_timeout() {
    let options =
        ServerOptions::new([application()]).with_handshake_timeout(Duration::from_millis(300));
    let site = Site::start_with(options).await;
    let mut events = site.server.events();
    let silent = join_all((0..100).map(async |_| {
        let mut stream = upgraded(site.address).await;
        // It is told by a close frame at most.
        let rest = ended(&mut stream).await;
        assert!(rest.len() < 64, "{rest:?}");
    }));
    within(silent).await;
    let mut timeouts = 0;
    while timeouts < 100 {
        let event = within(events.recv()).await.expect("the server runs");
        timeouts += u32::from(matches!(event, ServerEvent::HandshakeTimeout { .. }));
    }
    assert!(site.server.get_clients().is_empty());
}

#[tokio::test]
async fn frames_that_are_none_end_their_connection_alone() {
    let site = Site::start().await;
    let connection = within(ws::connect("app", Client::default(), site.url()))
        .await
        .expect("it is there");
    let attacks: [&[u8]; 5] = [
        // An unmasked text, a reserved opcode, one that announces 2^63 bytes, a fragment of nothing,
        // and no WebSocket at all.
        b"\x81\x02{}",
        b"\x8f\x80\0\0\0\0",
        b"\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0",
        b"\x80\x80\0\0\0\0",
        b"GET / HTTP/1.1\r\n\r\n",
    ];
    for attack in attacks {
        let mut stream = upgraded(site.address).await;
        stream.write_all(attack).await.expect("it is read");
        ended(&mut stream).await;
    }
    let sum: u8 = within(connection.call("calc", "add", (1, 2)))
        .await
        .expect("it adds");
    assert_eq!(sum, 3);
}

#[tokio::test]
async fn a_message_right_behind_the_request_is_not_lost() {
    let site = Site::start().await;
    let mut stream = connect(site.address).await;
    let mut bytes = format!("{UPGRADE}\r\nHost: x\r\n{OFFER}\r\n").into_bytes();
    // Masked by zeros, so as it is.
    let message = b"{handshake:[0,'app']}";
    bytes.extend([
        0x81,
        0x80 | u8::try_from(message.len()).expect("it is short"),
        0,
        0,
        0,
        0,
    ]);
    bytes.extend(message);
    stream.write_all(&bytes).await.expect("it is read");
    let mut text = read_answer(&mut stream).await;
    while !text.contains("{handshake:[0],ok:") {
        let mut buffer = [0; 1024];
        let length = within(stream.read(&mut buffer)).await.expect("it goes on");
        assert_ne!(length, 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
}

#[tokio::test]
async fn a_graceful_shutdown_ends_requests_but_not_what_was_upgraded() {
    let server = net::create_server([application()]);
    let (address, serve) = prepare(jstp_axum::route(&server)).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = serve.with_graceful_shutdown(async { drop(stopped.await) });
    let running = tokio::spawn(serve.into_future());
    let url = format!("ws://{address}/jstp");
    let connection = within(ws::connect("app", Client::default(), url))
        .await
        .expect("it is there");
    let mut idle = connect(address).await;
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("it is read");
    assert_eq!(status(&read_answer(&mut idle).await), StatusCode::OK);

    drop(stop);
    within(running).await.expect("it does not panic");
    ended(&mut idle).await;
    assert!(TcpStream::connect(address).await.is_err());
    let sum: u8 = within(connection.call("calc", "add", (1, 2)))
        .await
        .expect("it adds");
    assert_eq!(sum, 3);
    within(server.shutdown(Duration::from_secs(1))).await;
}
