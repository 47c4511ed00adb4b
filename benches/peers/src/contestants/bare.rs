//! The limit over TCP and over TLS: frames that end with NUL and come back as they are.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;
use crate::client::{Client, Load};
use crate::layer::{Bytes, Layer};

/// What the server holds for each connection.
const SERVER_BUFFER: usize = 16 * 1024;

/// What the client holds for each.
const CLIENT_BUFFER: usize = 64 * 1024;

/// Serves until the process ends.
pub(crate) async fn serve<L: Layer>(announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener.local_addr()?.to_string());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // A connection that fails ends; nobody else needs to know.
        tokio::spawn(async move { echo::<L>(stream).await.is_ok() });
    }
}

async fn echo<L: Layer>(stream: TcpStream) -> Result<(), Failure> {
    let mut stream = L::accept(stream).await?;
    let mut buffer = vec![0; SERVER_BUFFER];
    loop {
        let length = stream.read(&mut buffer).await?;
        let Some(read) = buffer.get(..length).filter(|read| !read.is_empty()) else {
            return Ok(());
        };
        stream.write_all(read).await?;
        // TCP has nothing to flush.
        stream.flush().await?;
    }
}

/// A connection.
pub(crate) struct Bare<L: Layer>(L::Connected);

impl<L: Layer> Client for Bare<L> {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(L::connect(stream).await?))
    }

    async fn drive(&mut self, load: &Load) -> Result<(), Failure> {
        let frame = [load.payload.as_bytes(), b"\0"].concat();
        let frames = frame.repeat(load.in_flight);
        let mut output = Output::new(&frames, frame.len());
        let mut buffer = vec![0; CLIENT_BUFFER];
        let mut sent: VecDeque<_> = vec![Instant::now(); load.in_flight].into();
        output.add(load.in_flight);
        while !sent.is_empty() {
            let read = poll_fn(|cx| poll_exchange(&mut self.0, &mut output, &mut buffer, cx));
            let length = read.await?;
            let answers = memchr::memchr_iter(0, buffer.get(..length).unwrap_or_default()).count();
            let now = Instant::now();
            for sent in sent.drain(..answers) {
                load.latencies.record(1, now - sent);
            }
            if now < load.until {
                sent.extend(std::iter::repeat_n(now, answers));
                output.add(answers);
            }
        }
        Ok(())
    }
}

/// Writes what can be written and reads what is there. Reading goes on while nothing can be written, or
/// both sides might wait for each other.
fn poll_exchange(
    stream: &mut impl Bytes,
    output: &mut Output<'_>,
    buffer: &mut [u8],
    cx: &mut Context<'_>,
) -> Poll<Result<usize, Failure>> {
    output.write_to(stream, cx)?;
    if let Poll::Ready(Err(error)) = Pin::new(&mut *stream).poll_flush(cx) {
        return Poll::Ready(Err(error.into()));
    }
    let mut buffer = ReadBuf::new(buffer);
    ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
    match buffer.filled().len() {
        0 => Poll::Ready(Err("the server has closed the connection".into())),
        length => Poll::Ready(Ok(length)),
    }
}

/// Equal frames that are to be written.
struct Output<'f> {
    frames: &'f [u8],
    frame_length: usize,
    /// Where in `frames` the next byte is.
    position: usize,
    left: usize,
}

impl<'f> Output<'f> {
    fn new(frames: &'f [u8], frame_length: usize) -> Self {
        Self {
            frames,
            frame_length,
            position: 0,
            left: 0,
        }
    }

    fn add(&mut self, frames: usize) {
        self.left += frames * self.frame_length;
    }

    /// Writes what the socket takes now.
    fn write_to(&mut self, stream: &mut impl Bytes, cx: &mut Context<'_>) -> Result<(), Failure> {
        while self.left > 0 {
            let part = self.frames.get(self.position..).unwrap_or_default();
            let part = part.get(..self.left).unwrap_or(part);
            match Pin::new(&mut *stream).poll_write(cx, part)? {
                Poll::Ready(written) => {
                    self.left -= written;
                    self.position = (self.position + written) % self.frames.len();
                }
                Poll::Pending => break,
            }
        }
        Ok(())
    }
}
