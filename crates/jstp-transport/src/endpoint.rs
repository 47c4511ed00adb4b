//! The address forms that connecting and listening have in common.

mod parse;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

#[cfg(unix)]
use crate::unix::{UnixAcceptor, UnixConnector};
use crate::{
    Address, Binding, Connector, Error, IntoConnector, IntoListener, Listener, Scheme, Target,
    TransportOptions,
};

/// An address that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Host(HostPort),
    #[cfg(unix)]
    Unix(PathBuf),
}

/// A place that TCP leads to, and what is spoken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    pub(crate) place: Place,
    /// `None`: the address does not say it.
    pub(crate) scheme: Option<Scheme>,
    /// For an upgrade to WebSocket.
    pub(crate) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Name(String, u16),
    Address(SocketAddr),
}

impl HostPort {
    pub(crate) fn new(place: Place, scheme: Option<Scheme>) -> HostPort {
        HostPort {
            place,
            scheme,
            path: "/".to_owned(),
        }
    }
}

pub(crate) trait ToEndpoint {
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
            Endpoint::Host(host) => Arc::new(Target::from(host)),
            #[cfg(unix)]
            Endpoint::Unix(path) => Arc::new(UnixConnector::new(path)),
        }
    }

    async fn listener(self, options: &TransportOptions) -> Result<Box<dyn Listener>, Error> {
        match self {
            Endpoint::Host(host) => Binding::from(host).into_listener(options).await,
            #[cfg(unix)]
            Endpoint::Unix(path) => Ok(Box::new(UnixAcceptor::bind(path, options).await?)),
        }
    }

    fn with_scheme(mut self, scheme: Scheme) -> Endpoint {
        if let Endpoint::Host(host) = &mut self {
            host.scheme.get_or_insert(scheme);
        }
        self
    }
}

pub(crate) fn invalid(address: impl Into<String>, reason: &'static str) -> Error {
    Error::InvalidAddress {
        address: address.into(),
        reason,
    }
}

fn socket(address: SocketAddr, scheme: Option<Scheme>) -> Endpoint {
    Endpoint::Host(HostPort::new(Place::Address(address), scheme))
}

impl ToEndpoint for str {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        parse::parse(self).map_err(|reason| invalid(self, reason))
    }
}

impl ToEndpoint for String {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        self.as_str().to_endpoint()
    }
}

impl ToEndpoint for SocketAddr {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        Ok(socket(*self, None))
    }
}

impl ToEndpoint for (IpAddr, u16) {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        Ok(socket(SocketAddr::from(*self), None))
    }
}

impl ToEndpoint for (&str, u16) {
    fn to_endpoint(&self) -> Result<Endpoint, Error> {
        match *self {
            ("", port) => Err(invalid(format!(":{port}"), "the host is missing")),
            (host, port) => Ok(Endpoint::Host(HostPort::new(
                Place::Name(host.to_owned(), port),
                None,
            ))),
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
        if let Some((scheme, address)) = self.scheme() {
            return match scheme.check() {
                Ok(()) => Ok(socket(address, Some(scheme))),
                Err(reason) => Err(invalid(self.to_string(), reason)),
            };
        }
        let reason = match self {
            Address::Unix(Some(path)) => return path.to_endpoint(),
            Address::Unix(None) => "the socket has no path",
            _ => "it takes a connector or listener of its kind",
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

            fn into_connector_over(self, scheme: Scheme) -> Result<Arc<dyn Connector>, Error> {
                Ok(self.to_endpoint()?.with_scheme(scheme).connector())
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
