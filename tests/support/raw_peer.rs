//! A peer made of a bare TCP socket: it sends whatever bytes a test wants and reads messages.
//!
//! A test takes this file in by `#[path = "support/raw_peer.rs"] mod raw_peer;`.

#![allow(dead_code, reason = "each test uses a part of this")]

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long anything that is expected may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(100);

/// Awaits what has to happen soon.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let output = tokio::time::timeout(DEADLINE, future).await;
        output.unwrap_or_else(|_| panic!("{caller}: nothing happened within {DEADLINE:?}"))
    }
}

/// Looks again and again until `condition` holds.
#[track_caller]
pub(crate) fn until(mut condition: impl FnMut() -> bool) -> impl Future<Output = ()> {
    within(async move {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}

/// What the other side did next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message, without its NUL.
    Message(String),
    /// It closed its direction, or the whole connection.
    End,
    /// Nothing within the time.
    Silence,
}

/// One end of a TCP connection.
pub(crate) struct RawPeer {
    stream: TcpStream,
    input: Vec<u8>,
    ended: bool,
}

impl RawPeer {
    /// Connects to a server.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = within(TcpStream::connect(address))
            .await
            .expect("the server listens");
        Self::new(stream)
    }

    /// Waits for a client.
    pub(crate) async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = within(listener.accept()).await.expect("a client comes");
        Self::new(stream)
    }

    fn new(stream: TcpStream) -> Self {
        stream
            .set_nodelay(true)
            .expect("a TCP socket has the option");
        Self {
            stream,
            input: Vec::new(),
            ended: false,
        }
    }

    /// Connects and is let in anonymously.
    pub(crate) async fn join(address: SocketAddr, application: &str) -> Self {
        let mut peer = Self::connect(address).await;
        peer.send(&format!("{{handshake:[0,'{application}']}}"))
            .await;
        let answer = peer.message().await;
        assert!(answer.starts_with("{handshake:[0],ok:'"), "{answer}");
        peer
    }

    /// Sends one message.
    pub(crate) async fn send(&mut self, message: &str) {
        let mut bytes = Vec::with_capacity(message.len() + 1);
        bytes.extend_from_slice(message.as_bytes());
        bytes.push(0);
        self.send_bytes(&bytes)
            .await
            .expect("the other side still takes messages");
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.stream.write_all(bytes)).await
    }

    /// Sends bytes to one who may close before it has read them all; meanwhile reads, as a socket
    /// that is closed with unread data would be reset.
    pub(crate) async fn send_to_the_end(&mut self, bytes: &[u8]) {
        let (mut reader, mut writer) = self.stream.split();
        let (input, ended) = (&mut self.input, &mut self.ended);
        within(async {
            let write = writer.write_all(bytes);
            let read = async {
                while !*ended {
                    *ended = !matches!(reader.read_buf(input).await, Ok(1..));
                }
            };
            tokio::select! {
                _ = write => {}
                () = read => {}
            }
        })
        .await;
    }

    /// What the other side does next, within `time`.
    pub(crate) async fn hear(&mut self, time: Duration) -> Heard {
        tokio::time::timeout(time, self.next())
            .await
            .unwrap_or(Heard::Silence)
    }

    async fn next(&mut self) -> Heard {
        loop {
            if let Some(end) = self.input.iter().position(|byte| *byte == 0) {
                let text = String::from_utf8(self.input[..end].to_vec());
                self.input.drain(..=end);
                return Heard::Message(text.expect("our messages are UTF-8"));
            }
            if self.ended {
                assert!(self.input.is_empty(), "the last message has no NUL");
                return Heard::End;
            }
            // A reset is an end like any other here.
            self.ended = !matches!(self.stream.read_buf(&mut self.input).await, Ok(1..));
        }
    }

    /// The next message.
    #[track_caller]
    pub(crate) fn message(&mut self) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            match self.hear(DEADLINE).await {
                Heard::Message(message) => message,
                other => panic!("{caller}: expected a message, got {other:?}"),
            }
        }
    }

    /// The next message has to be this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let heard = self.hear(DEADLINE).await;
            assert_eq!(heard, Heard::Message(expected.to_owned()), "{caller}");
        }
    }

    /// The other side has to close without another word.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            assert_eq!(self.hear(DEADLINE).await, Heard::End, "{caller}");
        }
    }

    /// Closes the own direction.
    pub(crate) async fn finish(&mut self) {
        // Fails when the other side has closed before.
        let _ = within(self.stream.shutdown()).await;
    }

    /// Resets the connection.
    pub(crate) fn reset(self) {
        self.stream
            .set_zero_linger()
            .expect("a TCP socket has the option");
    }
}
