//! Places to listen on and to connect to, over each transport.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use jstp::TransportOptions;
use serde_json::{Value as Json, json};

use crate::certificates::Authority;

/// The transports that the scenarios run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Net {
    Tcp,
    Unix,
    Tls,
    Ws,
    Wss,
}

impl Net {
    /// What the driver calls it.
    fn of_npm(self) -> &'static str {
        match self {
            Self::Tcp | Self::Unix => "net",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// The address of a port of this machine, as our side takes it.
    fn address(self, port: u16) -> String {
        let scheme = match self {
            Self::Tcp | Self::Unix => "jstp",
            Self::Tls => "jstps",
            Self::Ws => "ws",
            Self::Wss => "wss",
        };
        format!("{scheme}://127.0.0.1:{port}")
    }

    /// More bytes than it takes until the server of the driver has a connection.
    pub(crate) fn overhead(self) -> u64 {
        match self {
            Self::Tcp | Self::Unix => 0,
            Self::Ws => 800,
            Self::Tls => 4000,
            Self::Wss => 4800,
        }
    }
}

/// Makes a test of each scenario over each transport: over `all`, or over `hosts`, which are those that
/// have a host and port.
macro_rules! scenarios {
    (all: $($scenario:ident),+ $(,)?) => {
        $crate::place::scenarios! { hosts: $($scenario),+ }
        $crate::place::scenarios! { @unix Unix: $($scenario),+ }
    };
    (hosts: $($scenario:ident),+ $(,)?) => {
        $crate::place::scenarios! { @tcp Tcp: $($scenario),+ }
        $crate::place::scenarios! { @tls Tls: $($scenario),+ }
        $crate::place::scenarios! { @ws Ws: $($scenario),+ }
        $crate::place::scenarios! { @wss Wss: $($scenario),+ }
    };
    (@$module:ident $net:ident: $($scenario:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $scenario() {
                    super::$scenario($crate::place::Net::$net).await;
                }
            )+
        }
    };
}
pub(crate) use scenarios;

/// Signs the certificates of all servers.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);

/// What our clients and servers need for all transports.
pub(crate) fn transport() -> TransportOptions {
    TransportOptions::default()
        .with_tls_server(AUTHORITY.server())
        .with_tls_client(AUTHORITY.client())
}

/// Where a server is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// On this machine.
    Port(Net, u16),
    Path(PathBuf),
}

impl Place {
    /// A place that is free: port 0, or a path in a fresh folder.
    pub(crate) fn anywhere(net: Net, folder: &Folder) -> Self {
        match net {
            Net::Unix => Self::Path(folder.socket()),
            host => Self::Port(host, 0),
        }
    }

    /// The place with another port, if it has one.
    pub(crate) fn with_port(self, port: Option<u16>) -> Self {
        match (self, port) {
            (Self::Port(net, _), Some(port)) => Self::Port(net, port),
            (place, _) => place,
        }
    }

    /// Where a relay finds it, if it has a port.
    pub(crate) fn tcp(&self) -> SocketAddr {
        match self {
            Self::Port(_, port) => (Ipv4Addr::LOCALHOST, *port).into(),
            Self::Path(path) => panic!("{} has no port", path.display()),
        }
    }

    /// What is spoken there.
    pub(crate) fn net(&self) -> Net {
        match self {
            Self::Port(net, _) => *net,
            Self::Path(_) => Net::Unix,
        }
    }

    /// The address as our side takes it.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Port(net, port) => net.address(*port),
            Self::Path(path) => path.to_str().expect("the path is ours").to_owned(),
        }
    }

    /// Puts the address into a request to a driver to connect or to listen.
    pub(crate) fn request(&self, mut request: Json) -> Json {
        match self {
            Self::Port(net, port) => {
                request["transport"] = json!(net.of_npm());
                request["port"] = json!(port);
                let (cert, key) = AUTHORITY.issue_pem("127.0.0.1");
                request["cert"] = json!(cert);
                request["key"] = json!(key);
                request["ca"] = json!(AUTHORITY.pem());
            }
            Self::Path(path) => request["path"] = json!(path),
        }
        request
    }
}

/// A fresh folder for a Unix socket, removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jstp-interop-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("socket")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
