use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Address, BoxTransport, Error, TransportOptions};

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

/// A fresh connection.
pub struct Connected {
    /// The frames.
    pub transport: BoxTransport,
    /// The other side's address.
    pub peer: Address,
}

impl Connected {
    /// Puts the two together.
    pub fn new(transport: BoxTransport, peer: Address) -> Connected {
        Connected { transport, peer }
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
/// | `"host:port"`, `"[::1]:port"`, `"jstp://host:port"` | TCP, the host being a name or an IP address |
/// | `"/path"`, `"./path"`, `"../path"`, `"unix:path"`, `"ipc:path"`, [`Path`](std::path::Path), [`PathBuf`](std::path::PathBuf) | Unix socket |
/// | [`SocketAddr`](std::net::SocketAddr), `(host, port)`, [`Address`] | TCP, or Unix socket for an `Address` of such |
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
