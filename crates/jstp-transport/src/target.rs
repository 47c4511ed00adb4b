//! Connecting over TCP with whatever is spoken above it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::endpoint::{Endpoint, HostPort, Place, ToEndpoint, invalid};
use crate::tcp::TcpConnector;
#[cfg(feature = "tls")]
use crate::tls::{self, ClientSettings};
#[cfg(feature = "ws")]
use crate::ws;
use crate::{
    Address, Connected, Connector, Error, FramedStream, IntoConnector, Scheme, TransportOptions,
};

/// A host and port, what is spoken there, and the settings for it.
///
/// Wherever an address is taken, a text alone will do; this is for one whose TLS settings are to
/// travel with it. Without a scheme in the text it means what
/// [`TransportOptions::scheme`] says.
///
/// ```
/// use jstp_transport::{Connector, Target};
///
/// let target = Target::new("jstp://localhost:3000")?;
/// assert_eq!(target.target(), "localhost:3000");
/// # Ok::<(), jstp_transport::Error>(())
/// ```
#[derive(Clone)]
pub struct Target {
    host: HostPort,
    #[cfg(feature = "tls")]
    tls: Option<ClientSettings>,
}

impl Target {
    /// From a text such as `"wss://host:port/path"` or `"host:port"`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAddress`] when it is none, a path of a Unix socket, or names a transport
    /// whose feature is off.
    pub fn new(address: &str) -> Result<Target, Error> {
        match address.to_endpoint()? {
            Endpoint::Host(host) => Ok(Target::from(host)),
            #[cfg(unix)]
            Endpoint::Unix(_) => Err(invalid(address, "a host and a port are expected")),
        }
    }

    /// Has TLS spoken by these settings rather than by
    /// [`TransportOptions::tls_client`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, settings: ClientSettings) -> Self {
        self.tls = Some(settings);
        self
    }

    fn tcp(&self) -> TcpConnector {
        match &self.host.place {
            Place::Name(host, port) => TcpConnector::new(host, *port),
            Place::Address(address) => TcpConnector::from(*address),
        }
    }

    fn scheme(&self, options: &TransportOptions) -> Scheme {
        self.host.scheme.unwrap_or(options.scheme)
    }

    /// Does what comes after the TCP connection.
    #[cfg_attr(
        not(any(feature = "tls", feature = "ws")),
        allow(clippy::unused_async, reason = "plain TCP has no handshake")
    )]
    async fn speak(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        options: &TransportOptions,
    ) -> Result<Connected, Error> {
        let peer = Address::Tcp(peer);
        match self.scheme(options) {
            Scheme::Tcp => {
                let transport = FramedStream::new(stream, options);
                Ok(Connected::new(Box::pin(transport), peer))
            }
            #[cfg(feature = "tls")]
            Scheme::Tls => {
                let (stream, certificates) = self.encrypt(stream, options).await?;
                let transport = FramedStream::new(stream, options);
                Ok(Connected::new(Box::pin(transport), peer).with_certificates(certificates))
            }
            #[cfg(feature = "ws")]
            Scheme::Ws => {
                let transport = self.upgrade(stream, options).await?;
                Ok(Connected::new(Box::pin(transport), peer))
            }
            #[cfg(all(feature = "tls", feature = "ws"))]
            Scheme::Wss => {
                let (stream, certificates) = self.encrypt(stream, options).await?;
                let transport = self.upgrade(stream, options).await?;
                Ok(Connected::new(Box::pin(transport), peer).with_certificates(certificates))
            }
            #[cfg(not(all(feature = "tls", feature = "ws")))]
            scheme => Err(invalid(
                self.to_string(),
                scheme.check().err().unwrap_or("it cannot be spoken"),
            )),
        }
    }

    #[cfg(feature = "tls")]
    async fn encrypt(
        &self,
        stream: TcpStream,
        options: &TransportOptions,
    ) -> Result<(tls::ClientStream, crate::Certificates), Error> {
        let settings = self.tls.as_ref().unwrap_or(&options.tls_client);
        tls::connect(stream, settings, &self.tcp().host()).await
    }

    #[cfg(feature = "ws")]
    async fn upgrade<S>(
        &self,
        stream: S,
        options: &TransportOptions,
    ) -> Result<ws::WsStream<S>, Error>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let host = self.tcp().target();
        ws::connect(stream, &host, &self.host.path, options).await
    }
}

impl From<HostPort> for Target {
    fn from(host: HostPort) -> Self {
        Target {
            host,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

#[async_trait]
impl Connector for Target {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
        let connecting = async {
            let (stream, peer) = self.tcp().connect_stream(options).await?;
            self.speak(stream, peer, options).await
        };
        timeout(options.connect_timeout, connecting)
            .await
            .unwrap_or(Err(Error::ConnectTimeout))
    }

    fn target(&self) -> String {
        self.to_string()
    }
}

/// With `into_connector_over` its scheme is filled in, as with the texts.
impl IntoConnector for &Target {
    fn into_connector(self) -> Result<Arc<dyn Connector>, Error> {
        Ok(Arc::new(self.clone()))
    }

    fn into_connector_over(self, scheme: Scheme) -> Result<Arc<dyn Connector>, Error> {
        let mut target = self.clone();
        target.host.scheme.get_or_insert(scheme);
        Ok(Arc::new(target))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.tcp().target();
        match self.host.scheme {
            None | Some(Scheme::Tcp) => f.write_str(&host),
            Some(scheme) => {
                // What stands behind a question mark may hold credentials.
                let path = self.host.path.split('?').next().unwrap_or_default();
                let path = if path == "/" { "" } else { path };
                write!(f, "{scheme}://{host}{path}")
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}
