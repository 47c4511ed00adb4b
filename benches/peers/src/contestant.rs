//! Who is measured.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// One library over one transport, or a bare socket, which is the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contestant {
    /// `jstp` over TCP.
    Jstp,
    /// `jstp` over WebSocket.
    JstpWs,
    /// `jstp` over TLS.
    JstpTls,
    /// `jstp` over WebSocket over TLS.
    JstpWss,
    /// `jsonrpsee` over WebSocket.
    Jsonrpsee,
    /// `tarpc` over TCP with its JSON codec.
    TarpcJson,
    /// `tarpc` over TCP with its bincode codec.
    TarpcBincode,
    /// `tonic`: gRPC over HTTP/2.
    Tonic,
    /// The npm package `@metarhia/jstp` over TCP, on both sides.
    Npm,
    /// The npm package over WebSocket, on both sides.
    NpmWs,
    /// The npm package over TLS, on both sides.
    NpmTls,
    /// The npm package over WebSocket over TLS, on both sides.
    NpmWss,
    /// The npm package over TCP as a server, with the client of this project.
    NpmServer,
    /// Bytes that come back, over TCP.
    Bare,
    /// The same by blocking sockets, without a runtime.
    BareBlocking,
    /// Messages that come back, by `tokio-tungstenite`.
    BareWs,
    /// Bytes that come back, over TLS by `tokio-rustls`.
    BareTls,
    /// Messages that come back, by `tokio-tungstenite` over `tokio-rustls`.
    BareWss,
    /// The same as [`BareWs`](Self::BareWs) with the library's own buffers, which are larger.
    BareWsDefaults,
    /// Events to all clients by one write each.
    BareWriter,
}

/// One side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Server,
    Client,
}

/// What a contestant is in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// This project.
    Ours,
    /// Another library.
    Peer,
    /// One side of each.
    Mixed,
    /// What no library can beat.
    Limit,
}

impl Contestant {
    /// The name in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Jstp => "jstp, TCP",
            Self::JstpWs => "jstp, ws",
            Self::JstpTls => "jstp, TLS",
            Self::JstpWss => "jstp, wss",
            Self::Jsonrpsee => "jsonrpsee, ws",
            Self::TarpcJson => "tarpc, JSON",
            Self::TarpcBincode => "tarpc, bincode",
            Self::Tonic => "tonic",
            Self::Npm => "npm peer, TCP",
            Self::NpmWs => "npm peer, ws",
            Self::NpmTls => "npm peer, TLS",
            Self::NpmWss => "npm peer, wss",
            Self::NpmServer => "npm server, jstp client",
            Self::Bare => "bare echo, TCP",
            Self::BareBlocking => "blocking echo, TCP",
            Self::BareWs => "bare echo, ws",
            Self::BareTls => "bare echo, TLS",
            Self::BareWss => "bare echo, wss",
            Self::BareWsDefaults => "tokio-tungstenite, defaults",
            Self::BareWriter => "bare writer, TCP",
        }
    }

    /// The name on the command line.
    pub(crate) fn argument(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// The transport with which Node.js plays a part; `None` where this program does.
    pub(crate) fn by_node(self, part: Part) -> Option<&'static str> {
        match (self, part) {
            (Self::Npm, _) | (Self::NpmServer, Part::Server) => Some("net"),
            (Self::NpmWs, _) => Some("ws"),
            (Self::NpmTls, _) => Some("tls"),
            (Self::NpmWss, _) => Some("wss"),
            _ => None,
        }
    }

    /// Which part it has.
    pub(crate) fn role(self) -> Role {
        match self {
            Self::Jstp | Self::JstpWs | Self::JstpTls | Self::JstpWss => Role::Ours,
            Self::Bare
            | Self::BareBlocking
            | Self::BareWs
            | Self::BareTls
            | Self::BareWss
            | Self::BareWsDefaults
            | Self::BareWriter => Role::Limit,
            Self::NpmServer => Role::Mixed,
            _ => Role::Peer,
        }
    }
}
