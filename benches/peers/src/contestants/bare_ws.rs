//! The limit over WebSocket, with TLS below it or not: `tokio-tungstenite`, whose messages come back as they are.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::time::Instant;

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config, client_async_with_config};

use crate::Failure;
use crate::client::{Client, Load};
use crate::layer::{Bytes, Layer};

/// The read buffer of a connection; the library's default is 128 KiB.
const BUFFER: usize = 16 * 1024;

/// The library's options with a smaller buffer.
pub(crate) fn frugal() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(BUFFER)
}

/// Serves until the process ends.
pub(crate) async fn serve<L: Layer>(
    config: WebSocketConfig,
    announce: impl FnOnce(&str),
) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener.local_addr()?.to_string());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move { echo::<L>(stream, config).await.is_ok() });
    }
}

/// Gives back what has come, and writes when nothing more has.
async fn echo<L: Layer>(stream: TcpStream, config: WebSocketConfig) -> Result<(), Failure> {
    let stream = L::accept(stream).await?;
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    while let Some(message) = socket.next().await {
        let mut next = Some(message);
        while let Some(message) = next {
            let message = message?;
            if message.is_text() {
                socket.feed(message).await?;
            }
            next = socket.next().now_or_never().flatten();
        }
        socket.flush().await?;
    }
    Ok(())
}

/// A connection.
pub(crate) struct BareWs<L: Layer>(WebSocketStream<L::Connected>);

impl<L: Layer> Client for BareWs<L> {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let stream = L::connect(stream).await?;
        let url = format!("ws://{address}/");
        let (socket, _) = client_async_with_config(url, stream, Some(frugal())).await?;
        Ok(Self(socket))
    }

    async fn drive(&mut self, load: &Load) -> Result<(), Failure> {
        let message = Message::text(&*load.payload);
        let mut sent: VecDeque<_> = vec![Instant::now(); load.in_flight].into();
        let mut owed = load.in_flight;
        while !sent.is_empty() {
            for _ in 0..std::mem::take(&mut owed) {
                Pin::new(&mut self.0).start_send(message.clone())?;
            }
            let answers = poll_fn(|cx| poll_answers(&mut self.0, cx)).await?;
            let now = Instant::now();
            for sent in sent.drain(..answers) {
                load.latencies.record(1, now - sent);
            }
            if now < load.until {
                sent.extend(std::iter::repeat_n(now, answers));
                owed = answers;
            }
        }
        Ok(())
    }
}

/// Writes what can be written and counts the answers that are there, at least one.
fn poll_answers<S: Bytes>(
    socket: &mut WebSocketStream<S>,
    cx: &mut Context<'_>,
) -> Poll<Result<usize, Failure>> {
    // Reading goes on while it cannot be written, or both sides might wait for each other.
    if let Poll::Ready(Err(error)) = Pin::new(&mut *socket).poll_flush(cx) {
        return Poll::Ready(Err(error.into()));
    }
    let mut answers = 0;
    loop {
        match Pin::new(&mut *socket).poll_next(cx) {
            Poll::Ready(Some(Ok(message))) => answers += usize::from(message.is_text()),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error.into())),
            Poll::Ready(None) => {
                return Poll::Ready(Err("the server has closed the connection".into()));
            }
            Poll::Pending if answers == 0 => return Poll::Pending,
            Poll::Pending => return Poll::Ready(Ok(answers)),
        }
    }
}
