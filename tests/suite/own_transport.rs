//! A transport that none of the crates knows: messages with their lengths before them, over tokio's
//! in-memory byte stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::{Sink, Stream};
use jstp::transport::{Accepted, Address, Connected, Error, TransportOptions, conformance};
use jstp::{Connector, Listener};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::sync::mpsc;

/// How much waits to be written before the transport is no longer ready.
const HIGH_WATER: usize = 64 * 1024;

/// A listener and the way to it.
pub(crate) fn pair() -> (OwnListener, OwnConnector) {
    let (sender, receiver) = mpsc::channel(16);
    (OwnListener(receiver), OwnConnector(sender))
}

#[derive(Clone, Debug)]
pub(crate) struct OwnConnector(mpsc::Sender<DuplexStream>);

#[async_trait]
impl Connector for OwnConnector {
    async fn connect(&self, _options: &TransportOptions) -> Result<Connected, Error> {
        let (near, far) = tokio::io::duplex(16 * 1024);
        self.0.send(far).await.map_err(Error::other)?;
        Ok(Connected::new(Box::pin(Lengths::new(near)), address()))
    }

    fn target(&self) -> String {
        address().to_string()
    }
}

#[derive(Debug)]
pub(crate) struct OwnListener(mpsc::Receiver<DuplexStream>);

#[async_trait]
impl Listener for OwnListener {
    async fn accept(&mut self) -> Accepted {
        match self.0.recv().await {
            Some(stream) => Accepted::ready(address(), Box::pin(Lengths::new(stream))),
            None => std::future::pending().await,
        }
    }

    fn local_address(&self) -> Address {
        address()
    }
}

fn address() -> Address {
    Address::Other("own".to_owned())
}

struct Lengths {
    stream: DuplexStream,
    input: BytesMut,
    output: BytesMut,
    closed: bool,
}

impl Lengths {
    fn new(stream: DuplexStream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
            output: BytesMut::new(),
            closed: false,
        }
    }

    fn next_message(&mut self) -> Option<Bytes> {
        let length = self.input.first_chunk().copied().map(u32::from_be_bytes)?;
        let length = usize::try_from(length).ok()?;
        if self.input.len() < 4 + length {
            return None;
        }
        self.input.advance(4);
        Some(self.input.split_to(length).freeze())
    }

    fn poll_write_down_to(&mut self, cx: &mut Context<'_>, left: usize) -> Poll<Result<(), Error>> {
        while self.output.len() > left {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.output))?;
            self.output.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl Stream for Lengths {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(message) = self.next_message() {
                return Poll::Ready(Some(Ok(message)));
            }
            let mut chunk = [0; 4096];
            let mut read = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(None);
            }
            self.input.extend_from_slice(read.filled());
        }
    }
}

impl Sink<Bytes> for Lengths {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_write_down_to(cx, HIGH_WATER)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Bytes) -> Result<(), Error> {
        if self.closed {
            return Err(Error::Closed);
        }
        let length = u32::try_from(message.len()).map_err(Error::other)?;
        self.output.put_u32(length);
        self.output.put(message);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_write_down_to(cx, 0)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.closed {
            ready!(self.poll_write_down_to(cx, 0))?;
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.closed = true;
        }
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn it_is_a_transport() {
    let ends = || {
        let (near, far) = tokio::io::duplex(16 * 1024);
        (Box::pin(Lengths::new(near)), Box::pin(Lengths::new(far)))
    };
    let (near, far) = ends();
    conformance::run(near, far).await;
    let (near, far) = ends();
    conformance::run_cut(near, far).await;
}
