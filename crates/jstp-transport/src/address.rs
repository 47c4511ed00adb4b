use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Scheme;

/// Where a listener listens or a peer is: for logs, limits by address, and for connecting to a
/// listener on a port that the system chose.
///
/// ```
/// use jstp_transport::Address;
///
/// let address = Address::from("127.0.0.1:3000".parse::<std::net::SocketAddr>().unwrap());
/// assert_eq!(address.to_string(), "127.0.0.1:3000");
/// assert_eq!(address.url().as_deref(), Some("jstp://127.0.0.1:3000"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and port: a TCP listener, or a peer by whatever runs over TCP.
    Tcp(SocketAddr),
    /// A listener for TLS.
    Tls(SocketAddr),
    /// A listener for WebSocket.
    Ws(SocketAddr),
    /// A listener for WebSocket over TLS.
    Wss(SocketAddr),
    /// A Unix socket. Clients rarely have a path.
    Unix(Option<PathBuf>),
    /// The other end is in this process.
    Memory,
    /// What a transport of yours calls its ends.
    Other(String),
}

impl Address {
    /// The IP address and port, if it has them.
    pub fn as_tcp(&self) -> Option<SocketAddr> {
        self.scheme().map(|(_, address)| address)
    }

    /// The URL that leads here from the same machine, where there is one.
    pub fn url(&self) -> Option<String> {
        match (self.scheme(), self) {
            (Some((scheme, address)), _) => Some(format!("{scheme}://{address}")),
            (None, Address::Unix(Some(path))) => Some(format!("ipc:{}", path.display())),
            _ => None,
        }
    }

    #[cfg(any(feature = "tls", feature = "ws"))]
    pub(crate) fn of_listener(scheme: Scheme, address: SocketAddr) -> Address {
        match scheme {
            Scheme::Tcp => Address::Tcp(address),
            Scheme::Tls => Address::Tls(address),
            Scheme::Ws => Address::Ws(address),
            Scheme::Wss => Address::Wss(address),
        }
    }

    pub(crate) fn scheme(&self) -> Option<(Scheme, SocketAddr)> {
        match self {
            Address::Tcp(address) => Some((Scheme::Tcp, *address)),
            Address::Tls(address) => Some((Scheme::Tls, *address)),
            Address::Ws(address) => Some((Scheme::Ws, *address)),
            Address::Wss(address) => Some((Scheme::Wss, *address)),
            Address::Unix(_) | Address::Memory | Address::Other(_) => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address::Tcp(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Tls(_) | Address::Ws(_) | Address::Wss(_) => {
                f.pad(&self.url().unwrap_or_default())
            }
            Address::Unix(Some(path)) => path.display().fmt(f),
            Address::Unix(None) => f.pad("unnamed Unix socket"),
            Address::Memory => f.pad("memory"),
            Address::Other(name) => f.pad(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_as_people_write_them() {
        let v6 = Address::Tcp("[::1]:80".parse().unwrap());
        assert_eq!(v6.to_string(), "[::1]:80");
        assert_eq!(
            Address::Unix(Some("/tmp/a.sock".into())).to_string(),
            "/tmp/a.sock"
        );
        let local = "127.0.0.1:3000".parse().unwrap();
        assert_eq!(Address::Tls(local).to_string(), "jstps://127.0.0.1:3000");
        assert_eq!(Address::Wss(local).url().unwrap(), "wss://127.0.0.1:3000");
        assert_eq!(Address::Ws(local).as_tcp(), Some(local));
        assert_eq!(
            Address::Unix(Some("/tmp/a.sock".into())).url().unwrap(),
            "ipc:/tmp/a.sock"
        );
        assert_eq!(Address::Memory.url(), None);
        assert_eq!(Address::Unix(None).to_string(), "unnamed Unix socket");
        assert_eq!(format!("{:>8}", Address::Memory), "  memory");
        assert_eq!(Address::Other("modem 1".to_owned()).to_string(), "modem 1");
    }
}
