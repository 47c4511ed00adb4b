//! What the bare contestants run over: TCP as it is, or TLS above it.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::{Failure, identity};

/// A stream of bytes.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Bytes for S {}

/// What is spoken over a TCP connection.
pub(crate) trait Layer: Send + Sync + 'static {
    type Accepted: Bytes;
    type Connected: Bytes;

    /// The server's side, up to where bytes can be read.
    fn accept(stream: TcpStream) -> impl Future<Output = Result<Self::Accepted, Failure>> + Send;

    /// The client's side.
    fn connect(stream: TcpStream) -> impl Future<Output = Result<Self::Connected, Failure>> + Send;
}

/// Nothing.
pub(crate) struct Plain;

impl Layer for Plain {
    type Accepted = TcpStream;
    type Connected = TcpStream;

    async fn accept(stream: TcpStream) -> Result<TcpStream, Failure> {
        Ok(stream)
    }

    async fn connect(stream: TcpStream) -> Result<TcpStream, Failure> {
        Ok(stream)
    }
}

/// TLS by `tokio-rustls`, with its defaults and the cryptography of `ring`, as `jstp` has it.
pub(crate) struct Tls;

impl Layer for Tls {
    type Accepted = server::TlsStream<TcpStream>;
    type Connected = client::TlsStream<TcpStream>;

    async fn accept(stream: TcpStream) -> Result<Self::Accepted, Failure> {
        Ok(acceptor()?.accept(stream).await?)
    }

    async fn connect(stream: TcpStream) -> Result<Self::Connected, Failure> {
        let name = ServerName::try_from("localhost")?;
        Ok(connector()?.connect(name, stream).await?)
    }
}

fn acceptor() -> Result<&'static TlsAcceptor, Failure> {
    static ACCEPTOR: OnceLock<TlsAcceptor> = OnceLock::new();
    if let Some(acceptor) = ACCEPTOR.get() {
        return Ok(acceptor);
    }
    let identity = identity::read_or_make()?;
    let chain = vec![CertificateDer::from_pem_slice(
        identity.certificate.as_bytes(),
    )?];
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(ACCEPTOR.get_or_init(|| Arc::new(config).into()))
}

/// One for all connections of a process, so that they share the server's tickets.
fn connector() -> Result<&'static TlsConnector, Failure> {
    static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector);
    }
    let identity = identity::read_or_make()?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(
        identity.certificate.as_bytes(),
    )?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(CONNECTOR.get_or_init(|| Arc::new(config).into()))
}

/// The version and the cipher that a server agrees on with a client such as ours.
pub(crate) async fn negotiated(address: &str) -> Result<[String; 2], Failure> {
    let stream = Tls::connect(TcpStream::connect(address).await?).await?;
    let (_, state) = stream.get_ref();
    let version = state.protocol_version().ok_or("there is no version")?;
    let cipher = state.negotiated_cipher_suite();
    let cipher = cipher.ok_or("there is no cipher")?.suite();
    Ok([format!("{version:?}"), format!("{cipher:?}")])
}
