//! JSTP clients that are as cheap as can be, so that the server is what is measured.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;

use crate::Failure;

const HANDSHAKE: &[u8] = b"{handshake:[0,'bench'],anonymous:[]}\0";

/// So many addresses of this machine are used in turn: ports of connections that were closed stay
/// taken for a minute, and there are fewer than 30,000 for each address.
const SOURCES: usize = 16;

/// A connection whose handshake is done.
pub(crate) struct RawClient(TcpStream);

impl RawClient {
    /// Connects as the client of this number.
    pub(crate) async fn connect(address: SocketAddr, number: usize) -> Result<Self, Failure> {
        let host = u8::try_from(2 + number % SOURCES)?;
        let socket = TcpSocket::new_v4()?;
        socket.bind((IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0).into())?;
        let mut stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(HANDSHAKE).await?;
        let mut answer = [0; 256];
        let mut length = 0;
        loop {
            let rest = answer.get_mut(length..).unwrap_or_default();
            let read = stream.read(rest).await?;
            length += read;
            match answer.get(..length) {
                Some([b'{', .., 0]) if read > 0 => return Ok(Self(stream)),
                Some(_) if read > 0 => {}
                _ => return Err("the handshake was not answered".into()),
            }
        }
    }

    /// Has the server emit events to all of its clients.
    pub(crate) async fn burst(&self, events: usize, size: usize) -> Result<(), Failure> {
        let call = format!("{{call:[1,'bench'],burst:[{events},{size}]}}\0");
        self.write(call.as_bytes()).await
    }

    /// Counts events and answers pings until the connection is closed.
    pub(crate) async fn count(&self, progress: &Progress) -> Result<(), Failure> {
        let mut frames = Frames::default();
        while self.read(&mut frames).await? {
            progress.add(std::mem::take(&mut frames.events));
            if !frames.pongs.is_empty() {
                self.write(&std::mem::take(&mut frames.pongs)).await?;
            }
        }
        Ok(())
    }

    /// Waits for something to read; false when the connection is closed.
    async fn read(&self, frames: &mut Frames) -> Result<bool, Failure> {
        loop {
            self.0.readable().await?;
            match self.read_now(frames) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Ok(outcome? > 0),
            }
        }
    }

    /// Reads into a buffer on the stack, so that thousands of clients share it.
    fn read_now(&self, frames: &mut Frames) -> std::io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let length = self.0.try_read(&mut buffer)?;
        frames.add(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }

    async fn write(&self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            self.0.writable().await?;
            match self.0.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// How many events are still to come, of all clients together.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    left: AtomicUsize,
    end: Mutex<Option<Instant>>,
    ended: Notify,
}

impl Progress {
    /// Expects so many events.
    pub(crate) fn expect(&self, events: usize) {
        self.left.store(events, Ordering::SeqCst);
    }

    fn add(&self, events: usize) {
        if events > 0 && self.left.fetch_sub(events, Ordering::SeqCst) == events {
            if let Ok(mut end) = self.end.lock() {
                *end = Some(Instant::now());
            }
            self.ended.notify_one();
        }
    }

    /// When the last of the events came.
    pub(crate) async fn end(&self) -> Instant {
        self.ended.notified().await;
        let end = self.end.lock().ok().and_then(|mut end| end.take());
        end.unwrap_or_else(Instant::now)
    }
}

/// Cuts what is read into messages.
#[derive(Debug, Default)]
struct Frames {
    /// The begin of the message under way.
    head: Vec<u8>,
    events: usize,
    /// Answers to pings.
    pongs: Vec<u8>,
}

/// So much of a message tells what it is.
const HEAD: usize = 32;

impl Frames {
    fn add(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr::memchr(0, bytes) {
            let (frame, rest) = bytes.split_at(end);
            self.begin(frame);
            self.finish();
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.begin(bytes);
    }

    fn begin(&mut self, bytes: &[u8]) {
        let room = HEAD - self.head.len();
        self.head.extend(bytes.iter().take(room));
    }

    fn finish(&mut self) {
        if self.head.starts_with(b"{event") {
            self.events += 1;
        } else if let Some(id) = self.head.strip_prefix(b"{ping") {
            self.pongs.extend_from_slice(b"{pong");
            self.pongs.extend_from_slice(id);
            self.pongs.push(0);
        }
        self.head.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    #[test]
    fn frames_are_counted_however_they_are_cut() {
        let text = b"{callback:[1],ok:[]}\0{event:[-1,'bench'],tick:['x']}\0{ping:[-2]}\0{event:[";
        for cut in 0..text.len() {
            let (first, second) = text.split_at(cut);
            let mut frames = Frames::default();
            frames.add(first);
            frames.add(second);
            assert_eq!(frames.events, 1, "cut at {cut}");
            assert_eq!(frames.pongs, b"{pong:[-2]}\0", "cut at {cut}");
        }
    }
}
