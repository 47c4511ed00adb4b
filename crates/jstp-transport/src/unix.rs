//! Unix sockets.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{sleep, timeout};

use crate::backoff::AcceptBackoff;
use crate::{
    Accepted, Address, BoxTransport, Connected, Connector, Error, FramedStream, IntoListener,
    Listener, TransportOptions,
};
use socket_file::SocketFile;

mod socket_file;

/// How long to wait before trying a listener again whose queue was full.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(10);

/// Connects to a socket by its path.
#[derive(Clone, Debug)]
pub struct UnixConnector {
    path: PathBuf,
}

impl UnixConnector {
    /// To the socket at `path`.
    pub fn new(path: impl Into<PathBuf>) -> UnixConnector {
        UnixConnector { path: path.into() }
    }
}

#[async_trait]
impl Connector for UnixConnector {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
        let stream = timeout(options.connect_timeout, connect(&self.path))
            .await
            .map_err(|_| Error::ConnectTimeout)??;
        let transport = Box::pin(FramedStream::new(stream, options));
        Ok(Connected::new(
            transport,
            Address::Unix(Some(self.path.clone())),
        ))
    }

    fn target(&self) -> String {
        self.path.display().to_string()
    }
}

/// Where TCP lets a newcomer wait while the listener's queue is full, a Unix socket turns it away.
async fn connect(path: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                sleep(FULL_QUEUE_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// Accepts connections on a socket in the file system.
///
/// One that has bound its path itself removes the file when it is dropped, unless someone else has
/// put another there by then.
#[derive(Debug)]
pub struct UnixAcceptor {
    listener: UnixListener,
    address: Address,
    options: TransportOptions,
    backoff: AcceptBackoff,
    _file: Option<SocketFile>,
}

impl UnixAcceptor {
    /// Listens on `path`. A socket file that a dead process has left there is replaced; one on
    /// which somebody answers, and a file of another kind, is left alone.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], of the kind [`io::ErrorKind::AddrInUse`] where the path is taken.
    pub async fn bind(
        path: impl AsRef<Path>,
        options: &TransportOptions,
    ) -> Result<UnixAcceptor, Error> {
        let path = path.as_ref();
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                if !socket_file::remove_stale(path, options.connect_timeout).await? {
                    return Err(error.into());
                }
                UnixListener::bind(path)?
            }
            outcome => outcome?,
        };
        let file = SocketFile::at(path);
        Ok(UnixAcceptor {
            _file: file,
            ..UnixAcceptor::new(listener, options)?
        })
    }

    /// Takes over a listener that is bound already. Its file is not removed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system does not tell its address.
    pub fn new(listener: UnixListener, options: &TransportOptions) -> Result<UnixAcceptor, Error> {
        let address = listener.local_addr()?;
        Ok(UnixAcceptor {
            listener,
            address: Address::Unix(address.as_pathname().map(Path::to_owned)),
            options: options.clone(),
            backoff: AcceptBackoff::default(),
            _file: None,
        })
    }
}

#[async_trait]
impl Listener for UnixAcceptor {
    async fn accept(&mut self) -> Accepted {
        let listener = &self.listener;
        let (stream, peer) = self.backoff.accept(|| listener.accept()).await;
        let transport: BoxTransport = Box::pin(FramedStream::new(stream, &self.options));
        Accepted::ready(
            Address::Unix(peer.as_pathname().map(Path::to_owned)),
            transport,
        )
    }

    fn local_address(&self) -> Address {
        self.address.clone()
    }
}

#[async_trait]
impl IntoListener for UnixListener {
    async fn into_listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        Ok(Box::new(UnixAcceptor::new(self, options)?))
    }
}

#[async_trait]
impl IntoListener for std::os::unix::net::UnixListener {
    async fn into_listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        self.set_nonblocking(true)?;
        UnixListener::from_std(self)?.into_listener(options).await
    }
}

#[cfg(test)]
mod tests;
