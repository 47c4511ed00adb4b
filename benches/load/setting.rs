//! The kinds of load.

use crate::payload::Payload;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Calls, each of which waits for its answer.
    Calls {
        /// How many are under way on each connection.
        in_flight: usize,
    },
    /// Events, which have no answer, as fast as they are taken.
    Events,
}

/// One kind of load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) connections: usize,
    pub(crate) kind: Kind,
    pub(crate) payload: Payload,
}

impl Setting {
    /// All that are measured.
    pub(crate) fn all() -> Vec<Self> {
        let mut settings = Vec::new();
        for payload in [Payload::Small, Payload::Kibibyte] {
            for (connections, in_flight) in [(1, 1), (1, 64), (8, 64)] {
                settings.push(Self {
                    connections,
                    kind: Kind::Calls { in_flight },
                    payload,
                });
            }
        }
        for payload in [Payload::Small, Payload::Kibibyte] {
            for connections in [1, 8] {
                settings.push(Self {
                    connections,
                    kind: Kind::Events,
                    payload,
                });
            }
        }
        settings
    }

    pub(crate) fn name(&self) -> String {
        let Self {
            connections,
            kind,
            payload,
        } = self;
        match kind {
            Kind::Calls { in_flight } => {
                format!("calls {connections}x{in_flight} {}", payload.name())
            }
            Kind::Events => format!("events {connections} {}", payload.name()),
        }
    }
}
