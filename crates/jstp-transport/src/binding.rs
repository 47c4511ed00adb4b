//! Listening on TCP for whatever is spoken above it.

use async_trait::async_trait;

use crate::endpoint::{Endpoint, HostPort, Place, ToEndpoint, invalid};
use crate::tcp::TcpAcceptor;
#[cfg(feature = "tls")]
use crate::tls::{self, ServerSettings};
#[cfg(feature = "ws")]
use crate::ws;
use crate::{Error, IntoListener, Listener, Scheme, TransportOptions};
#[cfg(any(feature = "tls", feature = "ws"))]
use {
    crate::{Accepted, Address, Connected, FramedStream},
    tokio::{net::TcpStream, time::timeout},
};

/// A host and port to listen on, what is spoken there, and the settings for it.
///
/// Wherever an address is taken, a text alone will do; this is for one whose TLS settings are to
/// travel with it. Without a scheme in the text it means what
/// [`TransportOptions::scheme`] says.
#[derive(Clone, Debug)]
pub struct Binding {
    host: HostPort,
    #[cfg(feature = "tls")]
    tls: Option<ServerSettings>,
}

impl Binding {
    /// From a text such as `"wss://0.0.0.0:443"` or `"host:port"`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAddress`] when it is none, a path of a Unix socket, or names a transport
    /// whose feature is off.
    pub fn new(address: &str) -> Result<Binding, Error> {
        match address.to_endpoint()? {
            Endpoint::Host(host) => Ok(Binding::from(host)),
            #[cfg(unix)]
            Endpoint::Unix(_) => Err(invalid(address, "a host and a port are expected")),
        }
    }

    /// Has TLS spoken by these settings rather than by
    /// [`TransportOptions::tls_server`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, settings: ServerSettings) -> Self {
        self.tls = Some(settings);
        self
    }
}

impl From<HostPort> for Binding {
    fn from(host: HostPort) -> Self {
        Binding {
            host,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

#[async_trait]
impl IntoListener for Binding {
    async fn into_listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        let text = match &self.host.place {
            Place::Name(host, port) => format!("{host}:{port}"),
            Place::Address(address) => address.to_string(),
        };
        let scheme = self.host.scheme.unwrap_or(options.scheme);
        if self.host.path != "/" {
            let reason = "a listener takes requests for any path, so none is given";
            return Err(invalid(
                format!("{scheme}://{text}{}", self.host.path),
                reason,
            ));
        }
        #[cfg(feature = "tls")]
        let options = &match self.tls {
            Some(settings) => options.clone().with_tls_server(settings),
            None => options.clone(),
        };
        let layer = Layer::new(scheme, options)
            .map_err(|reason| invalid(format!("{scheme}://{text}"), reason))?;
        let tcp = match self.host.place {
            Place::Name(host, port) => TcpAcceptor::bind((host, port), options).await?,
            Place::Address(address) => TcpAcceptor::bind(address, options).await?,
        };
        Ok(layer.over(tcp))
    }
}

/// Has a listener that is bound already speak what the options say.
pub(crate) fn listen_on(
    tcp: TcpAcceptor,
    options: &TransportOptions,
) -> Result<Box<dyn Listener>, Error> {
    let layer = Layer::new(options.scheme, options)
        .map_err(|reason| invalid(tcp.local_address().to_string(), reason))?;
    Ok(layer.over(tcp))
}

/// What is spoken above TCP, with what it needs.
#[derive(Clone, Debug)]
enum Layer {
    Tcp,
    #[cfg(feature = "tls")]
    Tls(ServerSettings),
    #[cfg(feature = "ws")]
    Ws,
    #[cfg(all(feature = "tls", feature = "ws"))]
    Wss(ServerSettings),
}

impl Layer {
    /// `Err`: why it cannot be spoken.
    fn new(scheme: Scheme, options: &TransportOptions) -> Result<Layer, &'static str> {
        scheme.check()?;
        #[cfg(feature = "tls")]
        let tls = || {
            let missing = "a listener with TLS needs a certificate (`with_tls_server`)";
            options.tls_server.clone().ok_or(missing)
        };
        #[cfg(not(feature = "tls"))]
        let _ = options;
        match scheme {
            Scheme::Tcp => Ok(Layer::Tcp),
            #[cfg(feature = "tls")]
            Scheme::Tls => Ok(Layer::Tls(tls()?)),
            #[cfg(feature = "ws")]
            Scheme::Ws => Ok(Layer::Ws),
            #[cfg(all(feature = "tls", feature = "ws"))]
            Scheme::Wss => Ok(Layer::Wss(tls()?)),
            #[cfg(not(all(feature = "tls", feature = "ws")))]
            _ => Err("its feature is off"),
        }
    }

    fn over(self, tcp: TcpAcceptor) -> Box<dyn Listener> {
        match self {
            Layer::Tcp => Box::new(tcp),
            #[cfg(any(feature = "tls", feature = "ws"))]
            layer => Box::new(LayeredAcceptor { tcp, layer }),
        }
    }

    #[cfg(any(feature = "tls", feature = "ws"))]
    fn scheme(&self) -> Scheme {
        match self {
            Layer::Tcp => Scheme::Tcp,
            #[cfg(feature = "tls")]
            Layer::Tls(_) => Scheme::Tls,
            #[cfg(feature = "ws")]
            Layer::Ws => Scheme::Ws,
            #[cfg(all(feature = "tls", feature = "ws"))]
            Layer::Wss(_) => Scheme::Wss,
        }
    }

    /// Goes through the handshakes that follow the TCP connection.
    #[cfg(any(feature = "tls", feature = "ws"))]
    async fn speak(
        self,
        stream: TcpStream,
        peer: Address,
        options: &TransportOptions,
    ) -> Result<Connected, Error> {
        match self {
            Layer::Tcp => {
                let transport = FramedStream::new(stream, options);
                Ok(Connected::new(Box::pin(transport), peer))
            }
            #[cfg(feature = "tls")]
            Layer::Tls(settings) => {
                let (stream, certificates) = tls::accept(stream, &settings).await?;
                let transport = FramedStream::new(stream, options);
                Ok(Connected::new(Box::pin(transport), peer).with_certificates(certificates))
            }
            #[cfg(feature = "ws")]
            Layer::Ws => {
                let transport = ws::accept(stream, options).await?;
                Ok(Connected::new(Box::pin(transport), peer))
            }
            #[cfg(all(feature = "tls", feature = "ws"))]
            Layer::Wss(settings) => {
                let (stream, certificates) = tls::accept(stream, &settings).await?;
                let transport = ws::accept(stream, options).await?;
                Ok(Connected::new(Box::pin(transport), peer).with_certificates(certificates))
            }
        }
    }
}

/// Accepts TCP connections for what is spoken above them.
#[cfg(any(feature = "tls", feature = "ws"))]
#[derive(Debug)]
struct LayeredAcceptor {
    tcp: TcpAcceptor,
    layer: Layer,
}

#[cfg(any(feature = "tls", feature = "ws"))]
#[async_trait]
impl Listener for LayeredAcceptor {
    async fn accept(&mut self) -> Accepted {
        let (stream, peer) = self.tcp.accept_stream().await;
        let peer = Address::Tcp(peer);
        let (layer, options) = (self.layer.clone(), self.tcp.options().clone());
        Accepted::connecting(peer.clone(), async move {
            timeout(options.connect_timeout, layer.speak(stream, peer, &options))
                .await
                .unwrap_or(Err(Error::ConnectTimeout))
        })
    }

    fn local_address(&self) -> Address {
        Address::of_listener(self.layer.scheme(), self.tcp.local())
    }
}
