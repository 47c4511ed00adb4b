//! The address forms that connecting and listening have in common.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::tcp::{TcpAcceptor, TcpConnector};
#[cfg(unix)]
use crate::unix::{UnixAcceptor, UnixConnector};
use crate::{Address, Connector, Error, IntoConnector, IntoListener, Listener, TransportOptions};

/// An address that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint {
    Host {
        host: String,
        port: u16,
    },
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(PathBuf),
}

trait ToEndpoint {
    fn to_endpoint(&self) -> Result<Endpoint, Error>;
}

impl Endpoint {
    /// `Err`: the reason why there can be no such socket.
    fn unix(path: &Path) -> Result<Endpoint, &'static str> {
        if path.as_os_str().is_empty() {
            return Err("the path is missing");
        }
        #[cfg(unix)]
        return Ok(Endpoint::Unix(path.to_owned()));
        #[cfg(not(unix))]
        return Err("there are no Unix sockets on this system");
    }

    fn connector(self) -> Arc<dyn Connector> {
        match self {
            Endpoint::Host { host, port } => Arc::new(TcpConnector::new(host, port)),
            Endpoint::Tcp(address) => Arc::new(TcpConnector::from(address)),
            #[cfg(unix)]
            Endpoint::Unix(path) => Arc::new(UnixConnector::new(path)),
        }
    }

    async fn listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        Ok(match self {
            Endpoint::Host { host, port } => {
                Box::new(TcpAcceptor::bind((host, port), options).await?)
            }
            Endpoint::Tcp(address) => Box::new(TcpAcceptor::bind(address, options).await?),
            #[cfg(unix)]
            Endpoint::Unix(path) => Box::new(UnixAcceptor::bind(path, options).await?),
        })
    }
}

fn invalid(address: impl Into<String>, reason: &'static str) -> Error {
    Error::InvalidAddress {
        address: address.into(),
        reason,
    }
}

impl ToEndpoint for str {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        parse(self).map_err(|reason| invalid(self, reason))
    }
}

fn parse(text: &str) -> Result<Endpoint, &'static str> {
    if ["/", "./", "../"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return Endpoint::unix(text.as_ref());
    }
    if let Some(path) = text
        .strip_prefix("unix:")
        .or_else(|| text.strip_prefix("ipc:"))
    {
        return Endpoint::unix(path.strip_prefix("//").unwrap_or(path).as_ref());
    }
    let text = match text.strip_prefix("jstp://") {
        Some(rest) => rest.strip_suffix('/').unwrap_or(rest),
        None if text.contains("://") => {
            return Err("only `jstp:`, `ipc:` and `unix:` are known here");
        }
        None => text,
    };
    let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .ok_or("the closing bracket is missing")?,
        None if host.contains(':') => return Err("an IPv6 address is written in brackets"),
        None => host,
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    if host.contains(['/', '@', '?', '#']) {
        return Err("only a host and a port are expected");
    }
    // `parse` would take a plus sign.
    if port.starts_with('+') {
        return Err("the port is not a number up to 65535");
    }
    let port = port
        .parse()
        .map_err(|_| "the port is not a number up to 65535")?;
    Ok(Endpoint::Host {
        host: host.to_owned(),
        port,
    })
}

impl ToEndpoint for String {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        self.as_str().to_endpoint()
    }
}

impl ToEndpoint for SocketAddr {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        Ok(Endpoint::Tcp(*self))
    }
}

impl ToEndpoint for (IpAddr, u16) {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        Ok(Endpoint::Tcp(SocketAddr::from(*self)))
    }
}

impl ToEndpoint for (&str, u16) {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        match *self {
            ("", port) => Err(invalid(format!(":{port}"), "the host is missing")),
            (host, port) => Ok(Endpoint::Host {
                host: host.to_owned(),
                port,
            }),
        }
    }
}

impl ToEndpoint for (String, u16) {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        (self.0.as_str(), self.1).to_endpoint()
    }
}

impl ToEndpoint for Path {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        Endpoint::unix(self).map_err(|reason| invalid(self.to_string_lossy(), reason))
    }
}

impl ToEndpoint for PathBuf {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        self.as_path().to_endpoint()
    }
}

impl ToEndpoint for Address {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        let reason = match self {
            Address::Tcp(address) => return Ok(Endpoint::Tcp(*address)),
            Address::Unix(Some(path)) => return path.to_endpoint(),
            Address::Unix(None) => "the socket has no path",
            Address::Memory | Address::Other(_) => "it takes a connector or listener of its kind",
        };
        Err(invalid(self.to_string(), reason))
    }
}

macro_rules! addresses {
    ($($form:ty),+ $(,)?) => {$(
        impl IntoConnector for $form {
            fn into_connector(self) -> Result<Arc<dyn Connector>, Error> {
                Ok(self.to_endpoint()?.connector())
            }
        }

        #[async_trait]
        impl IntoListener for $form {
            async fn into_listener(
                self,
                options: &TransportOptions,
            ) -> Result<Box<dyn Listener>, Error> {
                self.to_endpoint()?.listener(options).await
            }
        }
    )+};
}

addresses!(
    &str,
    String,
    &String,
    SocketAddr,
    (IpAddr, u16),
    (&str, u16),
    (String, u16)
);
addresses!(&Path, PathBuf, &PathBuf, Address, &Address);

#[cfg(test)]
mod tests;
