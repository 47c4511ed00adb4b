//! Which messages are shown.

use clap::ValueEnum;
use jstp_wire::{Handshake, Message};

/// The kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    Handshake,
    Call,
    Callback,
    Event,
    Inspect,
    Ping,
    Pong,
    /// Messages that are malformed, or of no known kind
    Other,
}

impl Kind {
    pub(super) fn of(message: &Message<'_>) -> Self {
        match message {
            Message::Handshake(Handshake::Malformed) => Self::Other,
            Message::Handshake(_) => Self::Handshake,
            Message::Call(_) => Self::Call,
            Message::Callback(_) => Self::Callback,
            Message::Event(_) => Self::Event,
            Message::Inspect(_) => Self::Inspect,
            // An empty message is the heartbeat of old peers.
            Message::Ping { .. } | Message::Heartbeat => Self::Ping,
            Message::Pong { .. } => Self::Pong,
            _ => Self::Other,
        }
    }
}

/// What is to be shown of a connection.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Filter {
    /// Show only messages of these kinds
    #[arg(long = "kind", value_enum, value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<Kind>,

    /// Show only messages of these interfaces, answers to their calls included
    #[arg(long = "interface", value_name = "NAME", value_delimiter = ',')]
    interfaces: Vec<String>,
}

impl Filter {
    /// Whether to show a message of this kind and interface, if it has one.
    pub(super) fn shows(&self, kind: Kind, interface: Option<&str>) -> bool {
        let is_of_interface =
            |interface: &str| self.interfaces.iter().any(|wanted| wanted == interface);
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.interfaces.is_empty() || interface.is_some_and(is_of_interface))
    }

    /// Whether everything is shown, and with it that connections open and close.
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.interfaces.is_empty()
    }
}
