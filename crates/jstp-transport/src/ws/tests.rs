//! The transport against tokio-tungstenite, against itself and against raw bytes.

mod differential;
mod foreign_peer;
mod frames;
mod upgrade;

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::time::timeout;

use super::WsStream;
use crate::{Error, TransportOptions};

async fn within<T>(future: impl Future<Output = T>) -> T {
    let outcome = timeout(Duration::from_secs(100), future).await;
    outcome.expect("what was waited for happens in time")
}

/// A server's end, and the raw bytes of its client.
fn server() -> (WsStream<DuplexStream>, DuplexStream) {
    server_with(&TransportOptions::default())
}

fn server_with(options: &TransportOptions) -> (WsStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(64 * 1024);
    (WsStream::server(near, options), far)
}

async fn next(transport: &mut WsStream<DuplexStream>) -> Option<Result<Bytes, Error>> {
    within(transport.next()).await
}

/// The next bytes that the server writes, as many as there have to be.
async fn written(far: &mut DuplexStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    within(far.read_exact(&mut bytes))
        .await
        .expect("so much is written");
    bytes
}
