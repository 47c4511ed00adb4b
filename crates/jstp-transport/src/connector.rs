use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Address, BoxTransport, Certificates, Error, Scheme, TransportOptions};

/// Makes connections to one place, again and again: a client that reconnects keeps its connector.
///
/// To bring a transport of your own, implement this with the `async-trait` attribute:
///
/// ```
/// use async_trait::async_trait;
/// use jstp_transport::{Address, Connected, Connector, Error, FramedStream, TransportOptions};
///
/// #[derive(Debug)]
/// struct Loopback;
///
/// #[async_trait]
/// impl Connector for Loopback {
///     async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
///         let (near, _far) = tokio::io::duplex(1024);
///         let transport = FramedStream::new(near, options);
///         Ok(Connected::new(Box::pin(transport), Address::Other("loopback".to_owned())))
///     }
///
///     fn target(&self) -> String {
///         "loopback".to_owned()
///     }
/// }
/// ```
#[async_trait]
pub trait Connector: fmt::Debug + Send + Sync + 'static {
    /// Makes one connection, within [`TransportOptions::connect_timeout`]. Dropping the future
    /// gives the attempt up.
    ///
    /// # Errors
    ///
    /// Whatever kept it from connecting, [`Error::ConnectTimeout`] when it took too long.
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error>;

    /// What it connects to, for logs; holds no credentials.
    fn target(&self) -> String;
}

/// A fresh connection, its transport's handshake done.
pub struct Connected {
    /// The frames.
    pub transport: BoxTransport,
    /// The other side's address.
    pub peer: Address,
    /// The certificates that the other side has shown.
    pub certificates: Certificates,
}

impl Connected {
    /// A connection whose peer has shown no certificates.
    pub fn new(transport: BoxTransport, peer: Address) -> Connected {
        Connected {
            transport,
            peer,
            certificates: Certificates::default(),
        }
    }

    /// Sets [`certificates`](Self::certificates).
    #[must_use]
    pub fn with_certificates(mut self, certificates: Certificates) -> Self {
        self.certificates = certificates;
        self
    }
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// What can be connected to. `connect` functions take it as their address:
///
/// | form | meaning |
/// | --- | --- |
/// | `"host:port"`, `"[::1]:port"`, [`SocketAddr`](std::net::SocketAddr), `(host, port)` | what [`TransportOptions::scheme`] says, by default TCP; the host is a name or an IP address |
/// | `"jstp://host:port"` | TCP |
/// | `"jstps://host:port"` | TLS |
/// | `"ws://host:port/path"`, `"wss://host:port/path"` | WebSocket, WebSocket over TLS; the port is 80 or 443 and the path `/` unless given |
/// | `"/path"`, `"./path"`, `"../path"`, `"unix:path"`, `"ipc:path"`, [`Path`](std::path::Path), [`PathBuf`](std::path::PathBuf) | Unix socket |
/// | [`Address`] of a listener | whatever listens there |
/// | [`Target`](crate::Target) | a text with TLS settings of its own |
/// | any [`Connector`], in an `Arc` or `Box` too | itself |
///
/// ```
/// use jstp_transport::IntoConnector;
///
/// let connector = "jstp://localhost:3000".into_connector()?;
/// assert_eq!(connector.target(), "localhost:3000");
/// assert!("localhost".into_connector().is_err());
/// # Ok::<(), jstp_transport::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to connect to",
    note = "it takes a text like \"host:port\" or \"/path\", a `SocketAddr`, `(host, port)`, a `PathBuf`",
    note = "or a `Connector`"
)]
pub trait IntoConnector {
    /// Makes the connector. Names are resolved later, on each connecting.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAddress`] when the text is no address.
    fn into_connector(self) -> Result<Arc<dyn Connector>, Error>;

    /// As [`into_connector`](Self::into_connector), with a scheme for an address that names none.
    ///
    /// # Errors
    ///
    /// As [`into_connector`](Self::into_connector).
    fn into_connector_over(self, scheme: Scheme) -> Result<Arc<dyn Connector>, Error>
    where
        Self: Sized,
    {
        let _ = scheme;
        self.into_connector()
    }
}

/// An address that means `.0` where it names no scheme itself.
///
/// ```
/// use jstp_transport::{IntoConnector, Over, Scheme};
///
/// let connector = Over(Scheme::Tcp, "localhost:3000").into_connector()?;
/// assert_eq!(connector.target(), "localhost:3000");
/// # Ok::<(), jstp_transport::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Over<A>(
    /// The scheme.
    pub Scheme,
    /// The address.
    pub A,
);

impl<A: IntoConnector> IntoConnector for Over<A> {
    fn into_connector(self) -> Result<Arc<dyn Connector>, Error> {
        self.1.into_connector_over(self.0)
    }
}

impl<C: Connector> IntoConnector for C {
    fn into_connector(self) -> Result<Arc<dyn Connector>, Error> {
        Ok(Arc::new(self))
    }
}

impl IntoConnector for Arc<dyn Connector> {
    fn into_connector(self) -> Result<Arc<dyn Connector>, Error> {
        Ok(self)
    }
}

impl IntoConnector for Box<dyn Connector> {
    fn into_connector(self) -> Result<Arc<dyn Connector>, Error> {
        Ok(self.into())
    }
}
