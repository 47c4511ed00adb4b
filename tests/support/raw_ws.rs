//! A WebSocket client made of a bare TCP socket.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw_peer::within;

pub(crate) const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: metarhia-jstp\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A text message.
pub(crate) const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

/// What the server did next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Text(String),
    /// A close frame with this code.
    Close(u16),
    /// The end of the connection.
    End,
}

pub(crate) struct RawWs(pub(crate) TcpStream);

impl RawWs {
    /// Connects and upgrades.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut stream = within(TcpStream::connect(address))
            .await
            .expect("it listens");
        stream
            .write_all(UPGRADE.as_bytes())
            .await
            .expect("it reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(stream.read_u8()).await.expect("it answers"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        Self(stream)
    }

    /// Connects, upgrades and is let in.
    pub(crate) async fn join(address: SocketAddr) -> Self {
        let mut peer = Self::connect(address).await;
        peer.send("{handshake:[0,'app']}").await;
        let Said::Text(answer) = peer.hear().await else {
            panic!("the handshake is answered");
        };
        assert!(answer.starts_with("{handshake:[0],ok:'"), "{answer}");
        peer
    }

    pub(crate) async fn send(&mut self, text: &str) {
        let frame = frame(TEXT, text.as_bytes());
        within(self.0.write_all(&frame)).await.expect("it reads");
    }

    pub(crate) async fn hear(&mut self) -> Said {
        within(async {
            let Ok(first) = self.0.read_u8().await else {
                return Said::End;
            };
            let length = match self.0.read_u8().await.expect("a length") {
                126 => u64::from(self.0.read_u16().await.expect("a length")),
                127 => self.0.read_u64().await.expect("a length"),
                length => u64::from(length),
            };
            let mut payload = vec![0; usize::try_from(length).expect("a length")];
            self.0.read_exact(&mut payload).await.expect("a payload");
            match first {
                TEXT => Said::Text(String::from_utf8(payload).expect("UTF-8")),
                CLOSE => Said::Close(u16::from_be_bytes([payload[0], payload[1]])),
                other => panic!("a frame that begins with {other:#x}"),
            }
        })
        .await
    }
}

/// A frame as a client sends it, with a mask that changes nothing.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).expect("small")),
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
