use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a listener listens or a peer is: for logs, limits by address, and for connecting to a
/// listener on a port that the system chose.
///
/// ```
/// use jstp_transport::Address;
///
/// let address = Address::from("127.0.0.1:3000".parse::<std::net::SocketAddr>().unwrap());
/// assert_eq!(address.to_string(), "127.0.0.1:3000");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and port: TCP, and what runs over it.
    Tcp(SocketAddr),
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
        match self {
            Address::Tcp(address) => Some(*address),
            _ => None,
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
        assert_eq!(Address::Unix(None).to_string(), "unnamed Unix socket");
        assert_eq!(format!("{:>8}", Address::Memory), "  memory");
        assert_eq!(Address::Other("modem 1".to_owned()).to_string(), "modem 1");
    }
}
