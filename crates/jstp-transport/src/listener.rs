use std::fmt;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;

use crate::{Address, BoxTransport, Connected, Error, TransportOptions};

/// Accepts connections. Dropping it stops listening.
#[async_trait]
pub trait Listener: fmt::Debug + Send + 'static {
    /// Waits for the next connection. It deals with its own errors, by waiting a while where the
    /// system is out of something, and never gives up. It never waits for a peer either: what a
    /// peer has to say first is awaited in [`Accepted::into_transport`].
    ///
    /// Cancel-safe: dropping the future loses no connection.
    async fn accept(&mut self) -> Accepted;

    /// Where it listens; with the port that the system chose, if port 0 was asked for.
    fn local_address(&self) -> Address;
}

/// A connection that was accepted and may still have a handshake of its transport (TLS, WebSocket)
/// ahead.
pub struct Accepted {
    /// The other side's address.
    pub peer: Address,
    upgrade: Upgrade,
}

type UpgradeFuture = Pin<Box<dyn Future<Output = Result<Connected, Error>> + Send>>;

enum Upgrade {
    Ready(BoxTransport),
    Pending(UpgradeFuture),
}

impl Accepted {
    /// A connection that can be used at once.
    pub fn ready(peer: Address, transport: BoxTransport) -> Accepted {
        Accepted {
            peer,
            upgrade: Upgrade::Ready(transport),
        }
    }

    /// A connection that can be used when `upgrade` has finished. The future bounds its own time.
    pub fn pending(
        peer: Address,
        upgrade: impl Future<Output = Result<BoxTransport, Error>> + Send + 'static,
    ) -> Accepted {
        let known = peer.clone();
        Accepted::connecting(peer, async {
            let transport = upgrade.await?;
            Ok(Connected::new(transport, known))
        })
    }

    /// As [`pending`](Self::pending), for an upgrade that finds out more about the peer.
    pub fn connecting(
        peer: Address,
        upgrade: impl Future<Output = Result<Connected, Error>> + Send + 'static,
    ) -> Accepted {
        Accepted {
            peer,
            upgrade: Upgrade::Pending(Box::pin(upgrade)),
        }
    }

    /// Goes through the transport's handshake, if it has one. Run it outside of the accept loop, as
    /// it waits for the peer.
    ///
    /// # Errors
    ///
    /// The handshake failed or took too long; the connection is closed then.
    pub async fn into_transport(self) -> Result<BoxTransport, Error> {
        Ok(self.into_connected().await?.transport)
    }

    /// As [`into_transport`](Self::into_transport), with what is known of the peer.
    ///
    /// # Errors
    ///
    /// As [`into_transport`](Self::into_transport).
    pub async fn into_connected(self) -> Result<Connected, Error> {
        match self.upgrade {
            Upgrade::Ready(transport) => Ok(Connected::new(transport, self.peer)),
            Upgrade::Pending(upgrade) => upgrade.await,
        }
    }
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// What can be listened on. `listen` functions take it as their address: the forms of
/// [`IntoConnector`](crate::IntoConnector), where port 0 lets the system choose; the standard
/// library's and tokio's listeners, already bound; and any [`Listener`], boxed or not.
///
/// ```
/// # use jstp_transport::{Error, IntoListener, TransportOptions};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let listener = "127.0.0.1:0".into_listener(&TransportOptions::default()).await?;
/// println!("listening on {}", listener.local_address());
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to listen on",
    note = "it takes a text like \"host:port\" or \"/path\", a `SocketAddr`, `(host, port)`, a `PathBuf`",
    note = "or a bound listener, or a `Listener`"
)]
#[async_trait]
pub trait IntoListener: Send {
    /// Binds, unless it is bound already. The options hold for all transports that the listener
    /// will accept; a ready-made [`Listener`] keeps its own.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAddress`] when a text is no address, [`Error::Io`] when it cannot be bound.
    async fn into_listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error>;
}

#[async_trait]
impl<L: Listener> IntoListener for L {
    async fn into_listener(self, _options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        Ok(Box::new(self))
    }
}

#[async_trait]
impl IntoListener for Box<dyn Listener> {
    async fn into_listener(self, _options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        Ok(self)
    }
}
