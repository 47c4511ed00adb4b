//! A site to be tested, and ways to ask it.

#![allow(dead_code, reason = "each test uses a part of this")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use jstp::{Application, Connection, Interface, Server, ServerOptions, net};
use jstp_axum::Serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A request for an upgrade that offers no subprotocol.
pub(crate) const UPGRADE: &str = "GET /jstp HTTP/1.1\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/// Waits for something that must not take longer.
pub(crate) async fn within<F: IntoFuture>(future: F) -> F::Output {
    let outcome = timeout(Duration::from_secs(100), future.into_future()).await;
    outcome.expect("it does not take so long")
}

/// Adds, tells where a client is, and notes what it is told.
pub(crate) fn application() -> Application {
    let noted = Arc::<Mutex<Vec<u8>>>::default();
    let taken = Arc::clone(&noted);
    let lock =
        |noted: &Mutex<Vec<u8>>| noted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let calc = Interface::new()
        .method("add", |a: u8, b: u8| a + b)
        .method("peer", |client: Connection| {
            client.remote_address().to_string()
        })
        .method("noted", move || lock(&noted))
        .event("noted", move |note: u8| {
            taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(note);
        });
    Application::new("app")
        .expect("the name is valid")
        .interface("calc", calc)
}

/// A web server with a page, a health route and JSTP; it runs as long as the test.
pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_with(ServerOptions::new([application()])).await
    }

    pub(crate) async fn start_with(options: ServerOptions) -> Self {
        let server = net::create_server(options);
        let route = jstp_axum::route(&server);
        Self::serve(server, route).await
    }

    pub(crate) async fn serve(server: Server, jstp: MethodRouter) -> Self {
        let (address, serve) = prepare(jstp).await;
        tokio::spawn(serve.into_future());
        Self { server, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/jstp", self.address)
    }
}

/// A web server that does not run yet.
pub(crate) async fn prepare(jstp: MethodRouter) -> (SocketAddr, Serve) {
    let router = Router::new()
        .route("/", get(async || "a page"))
        .route("/health", get(async || "well"))
        .route("/jstp", jstp);
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (address, jstp_axum::serve(listener, router))
}

pub(crate) async fn connect(address: SocketAddr) -> TcpStream {
    within(TcpStream::connect(address))
        .await
        .expect("it listens")
}

/// The answer to a request without a body that is the last of its connection.
pub(crate) async fn answer(address: SocketAddr, request: &str) -> String {
    ask(address, request, "Connection: close\r\n").await
}

/// Sends a request with further headers, and gives what comes until the connection is closed or an
/// upgrade is answered.
pub(crate) async fn ask(address: SocketAddr, request: &str, headers: &str) -> String {
    let mut stream = connect(address).await;
    let text = format!("{request}\r\nHost: {address}\r\n{headers}\r\n");
    stream.write_all(text.as_bytes()).await.expect("it is read");
    read_answer(&mut stream).await
}

pub(crate) async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        // A reset is an end like any other.
        let length = within(stream.read(&mut buffer)).await.unwrap_or_default();
        answer.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&answer);
        let head = text.split_once("\r\n\r\n");
        if length == 0
            || head
                .is_some_and(|(head, _)| !head.to_ascii_lowercase().contains("connection: close"))
        {
            return text.into_owned();
        }
    }
}

/// The status of an answer.
#[track_caller]
pub(crate) fn status(answer: &str) -> StatusCode {
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no status: {answer:?}"))
}
