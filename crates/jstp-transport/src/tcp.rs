//! TCP. Nagle's algorithm is always off: messages are gathered here, and waiting for more would
//! only cost time.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use async_trait::async_trait;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::time::timeout;

use crate::backoff::AcceptBackoff;
use crate::binding::listen_on;
use crate::{
    Accepted, Address, BoxTransport, Connected, Connector, Error, FramedStream, IntoListener,
    Listener, TransportOptions,
};

mod race;

/// Connects to a host and port.
///
/// The name is resolved on each connecting. All of its addresses are tried, IPv6 and IPv4 in turn:
/// the next one as soon as one fails or has not answered for 250 ms, and the first to answer wins.
///
/// ```
/// use jstp_transport::{Connector, tcp::TcpConnector};
///
/// let connector = TcpConnector::new("localhost", 3000);
/// assert_eq!(connector.target(), "localhost:3000");
/// ```
#[derive(Clone, Debug)]
pub struct TcpConnector {
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Name(String, u16),
    Address(SocketAddr),
}

impl TcpConnector {
    /// To a host name or IP address (IPv6 without brackets), and a port.
    pub fn new(host: impl Into<String>, port: u16) -> TcpConnector {
        TcpConnector {
            target: Target::Name(host.into(), port),
        }
    }

    /// The name or IP address that it connects to.
    #[cfg(feature = "tls")]
    pub(crate) fn host(&self) -> String {
        match &self.target {
            Target::Name(host, _) => host.clone(),
            Target::Address(address) => address.ip().to_string(),
        }
    }

    /// Connects and hands over the bare stream, with Nagle's algorithm off and within the connect
    /// timeout: for transports that run over TCP.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the name cannot be resolved or all its addresses fail (the error of the
    /// first is told), [`Error::ConnectTimeout`] when none answers in time.
    pub async fn connect_stream(
        &self,
        options: &TransportOptions,
    ) -> Result<(TcpStream, SocketAddr), Error> {
        let connecting = async {
            let stream = match &self.target {
                Target::Name(host, port) => {
                    race::connect(tokio::net::lookup_host((host.as_str(), *port)).await?).await?
                }
                Target::Address(address) => TcpStream::connect(address).await?,
            };
            stream.set_nodelay(true)?;
            let peer = stream.peer_addr()?;
            Ok((stream, peer))
        };
        timeout(options.connect_timeout, connecting)
            .await
            .unwrap_or(Err(Error::ConnectTimeout))
    }
}

impl From<SocketAddr> for TcpConnector {
    fn from(address: SocketAddr) -> Self {
        TcpConnector {
            target: Target::Address(address),
        }
    }
}

#[async_trait]
impl Connector for TcpConnector {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
        let (stream, peer) = self.connect_stream(options).await?;
        Ok(Connected::new(
            Box::pin(FramedStream::new(stream, options)),
            Address::Tcp(peer),
        ))
    }

    fn target(&self) -> String {
        self.target.to_string()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Name(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Target::Name(host, port) => write!(f, "{host}:{port}"),
            Target::Address(address) => address.fmt(f),
        }
    }
}

/// Accepts TCP connections.
#[derive(Debug)]
pub struct TcpAcceptor {
    listener: TcpListener,
    local: SocketAddr,
    options: TransportOptions,
    backoff: AcceptBackoff,
}

impl TcpAcceptor {
    /// Listens on the first of the addresses that can be bound. On Unix systems a port is free
    /// again as soon as its last listener has gone (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when none can be bound or the name cannot be resolved.
    pub async fn bind(
        addresses: impl ToSocketAddrs,
        options: &TransportOptions,
    ) -> Result<TcpAcceptor, Error> {
        TcpAcceptor::new(TcpListener::bind(addresses).await?, options)
    }

    /// Takes over a listener that is bound already.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system does not tell its address.
    pub fn new(listener: TcpListener, options: &TransportOptions) -> Result<TcpAcceptor, Error> {
        let local = listener.local_addr()?;
        Ok(TcpAcceptor {
            listener,
            local,
            options: options.clone(),
            backoff: AcceptBackoff::default(),
        })
    }

    #[cfg(any(feature = "tls", feature = "ws"))]
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    #[cfg(any(feature = "tls", feature = "ws"))]
    pub(crate) fn options(&self) -> &TransportOptions {
        &self.options
    }

    /// Like [`Listener::accept`], but hands over the bare stream, with Nagle's algorithm off: for
    /// transports that run over TCP.
    pub async fn accept_stream(&mut self) -> (TcpStream, SocketAddr) {
        let listener = &self.listener;
        self.backoff
            .accept(|| async {
                let (stream, peer) = listener.accept().await?;
                // Some systems refuse this once the peer has gone.
                stream
                    .set_nodelay(true)
                    .map_err(|_| io::ErrorKind::ConnectionReset)?;
                Ok((stream, peer))
            })
            .await
    }
}

#[async_trait]
impl Listener for TcpAcceptor {
    async fn accept(&mut self) -> Accepted {
        let (stream, peer) = self.accept_stream().await;
        let transport: BoxTransport = Box::pin(FramedStream::new(stream, &self.options));
        Accepted::ready(Address::Tcp(peer), transport)
    }

    fn local_address(&self) -> Address {
        Address::Tcp(self.local)
    }
}

#[async_trait]
impl IntoListener for TcpListener {
    async fn into_listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        listen_on(TcpAcceptor::new(self, options)?, options)
    }
}

#[async_trait]
impl IntoListener for std::net::TcpListener {
    async fn into_listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        self.set_nonblocking(true)?;
        TcpListener::from_std(self)?.into_listener(options).await
    }
}

#[cfg(test)]
mod tests;
