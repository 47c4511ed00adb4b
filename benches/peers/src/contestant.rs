//! Who is measured.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// One library over one transport, or a bare socket, which is the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contestant {
    /// `jstp` over TCP.
    Jstp,
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
    /// Bytes that come back, over TCP.
    Bare,
    /// Messages that come back, by `tokio-tungstenite`.
    BareWs,
    /// The same with the library's own buffers, which are larger.
    BareWsDefaults,
    /// Events to all clients by one write each.
    BareWriter,
}

/// What a contestant is in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// This project.
    Ours,
    /// Another library.
    Peer,
    /// What no library can beat.
    Limit,
}

impl Contestant {
    /// The name in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Jstp => "jstp, TCP",
            Self::Jsonrpsee => "jsonrpsee, ws",
            Self::TarpcJson => "tarpc, JSON",
            Self::TarpcBincode => "tarpc, bincode",
            Self::Tonic => "tonic",
            Self::Npm => "npm peer, TCP",
            Self::NpmWs => "npm peer, ws",
            Self::Bare => "bare echo, TCP",
            Self::BareWs => "bare echo, ws",
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

    /// The script arguments with which Node.js plays it; `None` for those in this program.
    pub(crate) fn node_transport(self) -> Option<&'static str> {
        match self {
            Self::Npm => Some("net"),
            Self::NpmWs => Some("ws"),
            _ => None,
        }
    }

    /// Which part it has.
    pub(crate) fn role(self) -> Role {
        match self {
            Self::Jstp => Role::Ours,
            Self::Bare | Self::BareWs | Self::BareWsDefaults | Self::BareWriter => Role::Limit,
            _ => Role::Peer,
        }
    }
}
