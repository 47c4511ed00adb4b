//! Both ends in one process: for tests, and for servers and clients that live together.
//!
//! ```
//! use futures_util::{SinkExt, StreamExt};
//! use jstp_transport::{Connector, Listener, TransportOptions, memory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), jstp_transport::Error> {
//! let (mut listener, connector) = memory::listener();
//! let mut client = connector.connect(&TransportOptions::default()).await?.transport;
//! let mut server = listener.accept().await.into_transport().await?;
//!
//! client.send("{}".into()).await?;
//! assert_eq!(server.next().await.unwrap()?, "{}");
//!
//! connector.cut();
//! assert!(client.next().await.is_none());
//! # Ok(())
//! # }
//! ```

mod pipe;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::{Accepted, Address, Connected, Connector, Error, Listener, TransportOptions};
use pipe::Pipe;

/// How many frames wait in each direction before the sender is no longer ready, unless another
/// number is asked for.
pub const DEFAULT_CAPACITY: usize = 64;

/// How many connections wait to be accepted before connecting waits.
const BACKLOG: usize = 128;

/// Two transports that are each other's peer, with [`DEFAULT_CAPACITY`] and the default message
/// size.
pub fn pair() -> (MemoryTransport, MemoryTransport) {
    pair_with(DEFAULT_CAPACITY, &TransportOptions::default())
}

/// Two transports that are each other's peer. `capacity` frames (at least one) wait in each
/// direction before the sender is no longer ready. Of the options, the message size counts.
pub fn pair_with(
    capacity: usize,
    options: &TransportOptions,
) -> (MemoryTransport, MemoryTransport) {
    let forth = Arc::new(Pipe::new(capacity));
    let back = Arc::new(Pipe::new(capacity));
    let near = MemoryTransport::new(Arc::clone(&back), Arc::clone(&forth), options);
    let far = MemoryTransport::new(forth, back, options);
    (near, far)
}

/// One end of a connection in memory.
///
/// A frame is at the other side as soon as it is sent; flushing has nothing to do. Otherwise it
/// keeps to what byte streams do: closing ends one direction, dropping ends both, what was sent
/// before can still be received, a frame with a NUL byte is refused and one that is longer than the
/// receiver's limit ends the stream.
pub struct MemoryTransport {
    input: Arc<Pipe>,
    output: Arc<Pipe>,
    max_message_size: usize,
    failed: bool,
}

impl MemoryTransport {
    fn new(input: Arc<Pipe>, output: Arc<Pipe>, options: &TransportOptions) -> Self {
        MemoryTransport {
            input,
            output,
            max_message_size: options.max_message_size,
            failed: false,
        }
    }

    /// The means to break this connection from outside, once it has been handed over to something.
    pub fn link(&self) -> Link {
        Link {
            pipes: [Arc::clone(&self.input), Arc::clone(&self.output)],
        }
    }
}

/// Breaks a connection in memory as a pulled cable would; see [`MemoryTransport::link`].
#[derive(Clone)]
pub struct Link {
    pipes: [Arc<Pipe>; 2],
}

impl Link {
    /// Ends both directions at once. Frames under way are lost, both sides get `None`.
    pub fn cut(&self) {
        for pipe in &self.pipes {
            pipe.cut();
        }
    }

    fn is_gone(&self) -> bool {
        self.pipes.iter().all(|pipe| pipe.is_closed())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("is_gone", &self.is_gone())
            .finish()
    }
}

impl Stream for MemoryTransport {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.failed {
            return Poll::Ready(None);
        }
        this.input.poll_receive(cx).map(|frame| {
            let frame = frame?;
            let limit = this.max_message_size;
            if frame.len() > limit {
                this.failed = true;
                this.input.stop_receiving();
                return Some(Err(Error::TooLong { limit }));
            }
            Some(Ok(frame))
        })
    }
}

impl Sink<Bytes> for MemoryTransport {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.output.poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, frame: Bytes) -> Result<(), Error> {
        if memchr::memchr(0, &frame).is_some() {
            return Err(Error::ContainsNul);
        }
        self.output.send(frame)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(self.output.check_open())
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.output.stop_sending();
        Poll::Ready(Ok(()))
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        self.output.stop_sending();
        self.input.stop_receiving();
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTransport").finish_non_exhaustive()
    }
}

/// A listener in memory, and the connector that reaches it. The connector can be cloned.
pub fn listener() -> (MemoryListener, MemoryConnector) {
    listener_with(&TransportOptions::default())
}

/// Like [`listener`], with options for the transports that are accepted.
pub fn listener_with(options: &TransportOptions) -> (MemoryListener, MemoryConnector) {
    let (sender, incoming) = mpsc::channel(BACKLOG);
    let listener = MemoryListener {
        incoming,
        max_message_size: options.max_message_size,
    };
    (
        listener,
        MemoryConnector {
            sender,
            links: Arc::default(),
        },
    )
}

/// Accepts connections from its [`MemoryConnector`].
#[derive(Debug)]
pub struct MemoryListener {
    incoming: mpsc::Receiver<MemoryTransport>,
    max_message_size: usize,
}

#[async_trait]
impl Listener for MemoryListener {
    async fn accept(&mut self) -> Accepted {
        match self.incoming.recv().await {
            Some(mut transport) => {
                transport.max_message_size = self.max_message_size;
                Accepted::ready(Address::Memory, Box::pin(transport))
            }
            // All connectors are gone: nobody will ever come.
            None => std::future::pending().await,
        }
    }

    fn local_address(&self) -> Address {
        Address::Memory
    }
}

/// Connects to its [`MemoryListener`]; once that is dropped, it is refused.
#[derive(Clone)]
pub struct MemoryConnector {
    sender: mpsc::Sender<MemoryTransport>,
    links: Arc<Mutex<Vec<Link>>>,
}

impl MemoryConnector {
    /// Breaks all connections that it and its clones have made; new ones can be made afterwards.
    /// See [`Link::cut`].
    pub fn cut(&self) {
        for link in self
            .links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            link.cut();
        }
    }

    fn remember(&self, link: Link) {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() == links.capacity() {
            links.retain(|link| !link.is_gone());
        }
        links.push(link);
    }
}

#[async_trait]
impl Connector for MemoryConnector {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
        let (near, far) = pair_with(DEFAULT_CAPACITY, options);
        // Before it is accepted, so that no cut can miss it.
        self.remember(near.link());
        match timeout(options.connect_timeout, self.sender.send(far)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Error::Io(io::ErrorKind::ConnectionRefused.into())),
            Err(_) => return Err(Error::ConnectTimeout),
        }
        Ok(Connected::new(Box::pin(near), Address::Memory))
    }

    fn target(&self) -> String {
        Address::Memory.to_string()
    }
}

impl fmt::Debug for MemoryConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryConnector").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
