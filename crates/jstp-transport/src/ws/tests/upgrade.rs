//! The upgrade, against tokio-tungstenite and by hand.

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{client_async, tungstenite};

use super::*;
use crate::ws::{Origins, connect};
use crate::{IntoConnector, IntoListener, Scheme};

/// Listens; each connection goes through its upgrade, whose outcome comes by the channel.
async fn listening(
    options: &TransportOptions,
) -> (
    std::net::SocketAddr,
    tokio::sync::mpsc::UnboundedReceiver<Result<crate::BoxTransport, Error>>,
) {
    let options = options.clone().with_scheme(Scheme::Ws);
    let mut listener = "127.0.0.1:0".into_listener(&options).await.unwrap();
    let address = listener.local_address();
    assert_eq!(address.scheme().unwrap().0, Scheme::Ws);
    let (outcomes, received) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let accepted = listener.accept().await;
            let outcomes = outcomes.clone();
            tokio::spawn(async move { outcomes.send(accepted.into_transport().await) });
        }
    });
    (address.as_tcp().unwrap(), received)
}

/// What the server answers to these bytes, up to its end.
async fn answer(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut text = String::new();
    within(stream.read_to_string(&mut text)).await.unwrap();
    text
}

fn request(extra: &str) -> String {
    format!(
        "GET /jstp HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n"
    )
}

#[tokio::test]
async fn requests_that_are_no_upgrade_get_400_and_foreign_ones_403() {
    let options = TransportOptions::default()
        .with_origins(Origins::only(["https://good.example"]))
        .with_max_upgrade_size(1000);
    let (address, mut outcomes) = listening(&options).await;
    let offered = "Sec-WebSocket-Protocol: metarhia-jstp\r\n";
    let bad_origin = format!("{offered}Origin: https://bad.example\r\n");
    let good = request(offered);
    let cases = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        (
            "POST /anything HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
            400,
        ),
        ("HEAD / HTTP/1.0\r\n\r\n".to_owned(), 400),
        (good.replace("HTTP/1.1", "HTTP/1.0"), 400),
        (good.replace("GET", "PUT"), 400),
        (good.replace("Version: 13", "Version: 12"), 400),
        (good.replace("==\r\n", "\r\n"), 400),
        (good.replace("Upgrade: websocket", "Upgrade: h2c"), 400),
        (good.replace("Host", "H\0st"), 400),
        ("NONSENSE\r\n\r\n".to_owned(), 400),
        ("{handshake:[0,'app']}\0".to_owned(), 400),
        ("\x16\x03\x01\x02\0\x01\0\x01".to_owned(), 400),
        (request(""), 403),
        (request("Sec-WebSocket-Protocol: chat, jstp\r\n"), 403),
        (request(&bad_origin), 403),
        (request(&format!("X: {}\r\n", "x".repeat(1000))), 431),
        ("GET /".to_owned() + &"x".repeat(1000), 431),
    ];
    for (request, status) in cases {
        let text = answer(address, request.as_bytes()).await;
        assert!(
            text.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request:?}: {text}"
        );
        let outcome = within(outcomes.recv()).await.unwrap();
        let Err(Error::UpgradeRefused { status: told, .. }) = outcome else {
            panic!("{request:?} was not refused");
        };
        assert_eq!(told, status);
    }
}

#[tokio::test]
async fn the_subprotocol_is_confirmed_as_it_was_offered() {
    let (address, mut outcomes) = listening(&TransportOptions::default()).await;
    for (offered, confirmed) in [
        ("metarhia-jstp", "metarhia-jstp"),
        ("METARHIA-JSTP", "METARHIA-JSTP"),
        ("chat, Metarhia-JSTP , x", "Metarhia-JSTP"),
    ] {
        let url = format!("ws://{address}/any/path");
        let mut request = url.as_str().into_client_request().unwrap();
        let value = HeaderValue::from_static(offered);
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", value);
        let stream = TcpStream::connect(address).await.unwrap();
        // The library expects exactly what it has offered.
        let response = match within(client_async(request, stream)).await {
            Ok((_, response)) => response.headers()["Sec-WebSocket-Protocol"].clone(),
            Err(error) => panic!("{offered}: {error}"),
        };
        assert_eq!(response, confirmed);
        within(outcomes.recv()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn messages_that_come_with_the_request_are_not_lost() {
    let (address, mut outcomes) = listening(&TransportOptions::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut bytes = request("Sec-WebSocket-Protocol: metarhia-jstp\r\n").into_bytes();
    bytes.extend(b"\x81\x82\0\0\0\0{}\x81\x82\0\0\0\0[");
    stream.write_all(&bytes).await.unwrap();
    let mut transport = within(outcomes.recv()).await.unwrap().unwrap();
    stream.write_all(b"]").await.unwrap();
    for text in ["{}", "[]"] {
        assert_eq!(within(transport.next()).await.unwrap().unwrap(), text);
    }
}

#[tokio::test]
async fn our_client_connects_to_our_server() {
    let (address, mut outcomes) = listening(&TransportOptions::default()).await;
    let connector = format!("ws://{address}/x?y=z").into_connector().unwrap();
    let options = TransportOptions::default();
    let client = within(connector.connect(&options)).await.unwrap();
    let server = within(outcomes.recv()).await.unwrap().unwrap();
    crate::conformance::run(server, client.transport).await;
}

/// Connects to a server that answers with these bytes to whatever it is sent.
async fn connect_to(answer: &'static [u8]) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let read = stream.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..read]).into_owned();
        assert!(request.contains("Sec-WebSocket-Protocol: metarhia-jstp\r\n"));
        let key = request.split("Key: ").nth(1).unwrap().split("\r\n").next();
        let accept = tungstenite::handshake::derive_accept_key(key.unwrap().as_bytes());
        let answer = String::from_utf8_lossy(answer).replace("ACCEPT", &accept);
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let connecting = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let options = TransportOptions::default();
        match connect(stream, "localhost", "/", &options).await {
            Ok(_) => panic!("it must not succeed"),
            Err(error) => error,
        }
    };
    let ((), error) = within(async { tokio::join!(answering, connecting) }).await;
    error
}

#[tokio::test]
async fn our_client_refuses_servers_that_do_not_confirm() {
    for (answer, expected) in [
        (
            &b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"[..],
            "refused with status 403: Forbidden",
        ),
        (
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
            "does not confirm the subprotocol",
        ),
        (
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\
              Sec-WebSocket-Protocol: chat\r\n\r\n",
            "does not confirm the subprotocol",
        ),
        (
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: xACCEPT\r\n\
              Sec-WebSocket-Protocol: metarhia-jstp\r\n\r\n",
            "not to our request",
        ),
        (
            b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            "upgrades to something else",
        ),
        (b"HTTP/1.1 nonsense\r\n\r\n", "handshake failed"),
        (b"", "the connection ended"),
        (b"\x15\x03\x01\0\x02\x02\x32", "the other side speaks TLS here"),
        (b"{handshake:[0],error:[10]}\0", "does not speak HTTP"),
    ] {
        let error = connect_to(answer).await.to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_trickles_in_is_given_up_in_time() {
    let (near, mut far) = duplex(1024);
    let options = TransportOptions::default();
    let accepting = tokio::spawn(async move {
        let accepting = crate::ws::accept(near, &options);
        timeout(Duration::from_secs(3), accepting).await.is_err()
    });
    for byte in request("Sec-WebSocket-Protocol: metarhia-jstp\r\n")
        .bytes()
        .take(150)
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if far.write_all(&[byte]).await.is_err() {
            break;
        }
    }
    assert!(accepting.await.unwrap());
}
