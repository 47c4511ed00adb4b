//! The WebSocket vectors, sent by tokio-tungstenite to a server.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use jstp::{Server, ServerOptions, ws};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, tungstenite};

use super::app::{Script, server_application};
use super::data::{Row, base64, parts, rows, text};
use super::raw_peer::within;
use super::transcript::Transcript;

/// Shows that a connection goes on.
const PROBE: &str = "{ping:[900]}";
const PROBE_ANSWER: &str = "{pong:[900]}";

type Client = WebSocketStream<TcpStream>;

/// How a row ended.
#[derive(Debug, PartialEq)]
struct Course {
    answers: Vec<String>,
    /// The code of the server's close frame.
    closed: Option<u16>,
}

pub(crate) async fn run() {
    let server = listen().await;
    let address = server
        .local_address()
        .and_then(|address| address.as_tcp())
        .expect("a port");
    let all = rows("websocket.jsonl");
    assert!(!all.is_empty(), "no row");
    for row in &all {
        match text(row, "kind") {
            "upgrade" => upgrade(row, address).await,
            _ => messages(row, address).await,
        }
    }
    within(server.close()).await;
}

async fn listen() -> Server {
    let application = server_application("app", "1.0.0", &Transcript::empty(), &Script::default());
    ws::create_server(ServerOptions::from([application]))
        .listen("127.0.0.1:0")
        .await
        .expect("a free port")
}

/// Asks for an upgrade as a row says; gives the connection and the head of the answer.
async fn request(row: &Row, address: SocketAddr) -> (TcpStream, String) {
    let offered = row.get("offered").and_then(Row::as_array);
    let request = match offered {
        Some(offered) => {
            let offered: Vec<_> = offered.iter().filter_map(Row::as_str).collect();
            upgrade_request(&offered.join(", "))
        }
        None if text(row, "title").contains("POST") => {
            "POST /anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}".to_owned()
        }
        None => "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
    };
    send_request(&request, address).await
}

fn upgrade_request(offered: &str) -> String {
    let protocol = match offered {
        "" => String::new(),
        _ => format!("Sec-WebSocket-Protocol: {offered}\r\n"),
    };
    format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n"
    )
}

async fn send_request(request: &str, address: SocketAddr) -> (TcpStream, String) {
    let mut stream = within(TcpStream::connect(address))
        .await
        .expect("it listens");
    within(stream.write_all(request.as_bytes()))
        .await
        .expect("it reads");
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let byte = within(stream.read_u8()).await.expect("it answers");
        head.push(char::from(byte));
    }
    (stream, head)
}

async fn upgrade(row: &Row, address: SocketAddr) {
    let (_, head) = request(row, address).await;
    let status = row["status"].as_u64().expect("a status");
    assert!(
        head.starts_with(&format!("HTTP/1.1 {status} ")),
        "{}: {head}",
        row["id"]
    );
    let confirmed = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Sec-WebSocket-Protocol")
            .then(|| value.trim())
    });
    let expected = row.get("subprotocol").and_then(Row::as_str);
    assert_eq!(confirmed, expected, "{}", row["id"]);
}

async fn messages(row: &Row, address: SocketAddr) {
    let (stream, head) = send_request(&upgrade_request("metarhia-jstp"), address).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let config = WebSocketConfig::default()
        .max_message_size(None)
        .max_frame_size(None);
    let mut client = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
    for message in row["send"].as_array().expect("messages") {
        // It may have closed already.
        if within(client.send(to_send(message))).await.is_err() {
            break;
        }
    }
    let reference = &row["reference"];
    let closes = text(row, "correct").starts_with("close") || !is_false(&reference["closed"]);
    if !closes {
        within(client.send(Message::text(PROBE)))
            .await
            .expect("it goes on");
    }
    let course = hear(&mut client).await;
    let mut expected: Vec<String> = reference["answers"]
        .as_array()
        .expect("answers")
        .iter()
        .filter_map(|answer| answer.as_str().map(ToOwned::to_owned))
        .collect();
    if closes {
        // What the reference answers behind a message that should have closed is not expected.
        if is_false(&reference["closed"]) {
            expected.truncate(course.answers.len());
        }
        let code = reference["closed"]["code"].as_u64().unwrap_or(1000);
        assert_eq!(course.closed.map(u64::from), Some(code), "{}", row["id"]);
    } else {
        expected.push(PROBE_ANSWER.to_owned());
        assert_eq!(course.closed, None, "{}", row["id"]);
    }
    assert_eq!(course.answers, expected, "{}", row["id"]);
    if reference.get("uncaught").is_some() || closes {
        // Somebody new is served as if nothing had happened.
        let (_, head) = send_request(&upgrade_request("metarhia-jstp"), address).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    }
}

fn is_false(json: &Json) -> bool {
    json.as_bool() == Some(false)
}

fn to_send(message: &Json) -> Message {
    let field = |name: &str| message.get(name);
    match (
        message.as_str(),
        field("bytes"),
        field("b64"),
        field("parts"),
    ) {
        (Some(text), ..) => Message::text(text),
        (_, Some(bytes), ..) => {
            Message::binary(bytes.as_str().expect("text").to_owned().into_bytes())
        }
        (_, _, Some(bytes), _) => Message::binary(base64(bytes.as_str().expect("base64"))),
        (.., Some(joined)) => Message::text(parts(joined)),
        _ => panic!("{message} is not described"),
    }
}

/// Everything up to the answer to the probe or the end. Session ids become S1.
async fn hear(client: &mut Client) -> Course {
    let mut answers = Vec::new();
    loop {
        match within(client.next()).await {
            Some(Ok(Message::Text(answer))) => {
                let is_last = answer.as_str() == PROBE_ANSWER;
                answers.push(with_known_session(&answer));
                if is_last {
                    return Course {
                        answers,
                        closed: None,
                    };
                }
            }
            Some(Ok(Message::Close(frame))) => {
                let closed = frame.map(|frame| u16::from(frame.code));
                return Course { answers, closed };
            }
            Some(Ok(other)) => panic!("{other:?} is no text"),
            None | Some(Err(tungstenite::Error::ConnectionClosed)) => {
                return Course {
                    answers,
                    closed: None,
                };
            }
            Some(Err(error)) => panic!("{error} after {answers:?}"),
        }
    }
}

fn with_known_session(answer: &str) -> String {
    match answer.strip_prefix("{handshake:[0],ok:'") {
        Some(_) => "{handshake:[0],ok:'S1'}".to_owned(),
        None => answer.to_owned(),
    }
}
