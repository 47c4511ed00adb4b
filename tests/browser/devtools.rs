//! The `DevTools` protocol: requests and answers as JSON over WebSocket.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long anything in the browser may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(150);

type Socket = WebSocketStream<TcpStream>;

/// A connection to a browser.
#[derive(Debug)]
pub(crate) struct DevTools {
    sink: tokio::sync::Mutex<SplitSink<Socket, Message>>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    last_id: u64,
    pending: HashMap<u64, oneshot::Sender<Value>>,
    complaints: Vec<String>,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DevTools {
    /// Connects to the URL that a browser tells on its start.
    pub(crate) async fn connect(url: &str) -> Self {
        let address = url
            .strip_prefix("ws://")
            .and_then(|rest| rest.split('/').next());
        let stream = TcpStream::connect(address.unwrap_or_else(|| panic!("no address in {url}")))
            .await
            .expect("the browser listens");
        let (socket, _) = client_async(url, stream)
            .await
            .expect("the browser takes the connection");
        let (sink, stream) = socket.split();
        let shared = Arc::<Mutex<Shared>>::default();
        tokio::spawn(read(stream, Arc::clone(&shared)));
        Self {
            sink: tokio::sync::Mutex::new(sink),
            shared,
        }
    }

    /// Makes a request, of a page's session if one is given, and waits for its result.
    pub(crate) async fn request(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Value {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut shared = lock(&self.shared);
            shared.last_id += 1;
            let id = shared.last_id;
            shared.pending.insert(id, sender);
            id
        };
        let mut request = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            request["sessionId"] = json!(session);
        }
        let message = Message::text(request.to_string());
        let sent = self.sink.lock().await.send(message).await;
        sent.expect("the browser reads");
        let mut answer = match timeout(DEADLINE, receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => panic!("{method}: the browser is gone"),
            Err(elapsed) => panic!("{request}: {elapsed}"),
        };
        assert!(answer.get("error").is_none(), "{request}: {answer}");
        answer["result"].take()
    }

    /// Exceptions of scripts, and what the browser forbade them.
    pub(crate) fn complaints(&self) -> Vec<String> {
        lock(&self.shared).complaints.clone()
    }
}

async fn read(mut stream: SplitStream<Socket>, shared: Arc<Mutex<Shared>>) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let message: Value = serde_json::from_str(&text).expect("the browser writes JSON");
        let mut shared = lock(&shared);
        let waiting = message["id"]
            .as_u64()
            .and_then(|id| shared.pending.remove(&id));
        if let Some(waiting) = waiting {
            // Whoever has given up waiting has no use for the answer.
            let _ = waiting.send(message);
        } else if is_complaint(&message) {
            shared.complaints.push(message.to_string());
        }
    }
    lock(&shared).pending.clear();
}

fn is_complaint(message: &Value) -> bool {
    match message["method"].as_str() {
        Some("Runtime.exceptionThrown") => true,
        Some("Log.entryAdded") => message["params"]["entry"]["source"] == "security",
        _ => false,
    }
}
