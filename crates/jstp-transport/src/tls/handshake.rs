//! From a TCP connection to an encrypted one.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::rustls::{self, CommonState, InvalidMessage};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{ClientSettings, ServerSettings};
use crate::hang_up::hang_up;
use crate::{Certificates, Error};

pub(crate) type ClientStream = tokio_rustls::client::TlsStream<TcpStream>;
pub(crate) type ServerStream = tokio_rustls::server::TlsStream<TcpStream>;

/// Shakes hands with a server that has to be `host`.
pub(crate) async fn connect(
    stream: TcpStream,
    settings: &ClientSettings,
    host: &str,
) -> Result<(ClientStream, Certificates), Error> {
    let name = settings.name_of(host)?;
    let connector = TlsConnector::from(settings.config().await?);
    let stream = connector.connect(name, stream).await.map_err(failed)?;
    let certificates = certificates(stream.get_ref().1);
    Ok((stream, certificates))
}

/// Shakes hands with a client.
pub(crate) async fn accept(
    stream: TcpStream,
    settings: &ServerSettings,
) -> Result<(ServerStream, Certificates), Error> {
    let acceptor = TlsAcceptor::from(settings.config());
    match acceptor.accept(stream).into_fallible().await {
        Ok(stream) => {
            let certificates = certificates(stream.get_ref().1);
            Ok((stream, certificates))
        }
        Err((error, mut stream)) => {
            // The alert that says why is written; it should arrive.
            hang_up(&mut stream, b"").await;
            Err(failed(error))
        }
    }
}

fn certificates(state: &CommonState) -> Certificates {
    let chain = state.peer_certificates().unwrap_or_default();
    chain.iter().map(|one| one.as_ref().to_vec()).collect()
}

fn failed(error: io::Error) -> Error {
    let cause = error.get_ref().and_then(|error| error.downcast_ref());
    match (cause, error.kind()) {
        (Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)), _) => {
            Error::handshake("TLS", "the other side does not speak TLS")
        }
        (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            let ended = "the connection ended before it was done; perhaps the other side does not \
                         speak TLS";
            Error::handshake("TLS", ended)
        }
        (Some(cause), _) => Error::handshake("TLS", cause.clone()),
        (None, _) => Error::Io(error),
    }
}
