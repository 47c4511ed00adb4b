//! How the prompt connects and what it shows.

use std::time::Duration;

use jstp_auth::SimpleConnectPolicy;
use jstp_client::Backoff;
use jstp_transport::TransportOptions;

use crate::connect::{Dialer, Target, Timeout};
use crate::failure::Failure;

/// Options of the prompt.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// 1: messages are shown, 2: those of heartbeats too.
    pub(super) verbosity: u8,
    pub(super) no_reconnect: bool,
    pub(super) heartbeat_interval: Option<Duration>,
    /// How long an answer may take; for ever if none.
    pub(super) timeout: Option<Duration>,
    /// As whom to connect.
    pub(super) policy: SimpleConnectPolicy,
    /// How to speak TLS, among others.
    pub(super) transport: TransportOptions,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            verbosity: 0,
            no_reconnect: false,
            heartbeat_interval: None,
            timeout: Timeout::default().get(),
            policy: SimpleConnectPolicy::anonymous(),
            transport: TransportOptions::default(),
        }
    }
}

impl Settings {
    /// Whether a connection that was lost is resumed.
    pub(super) fn reconnects(&self) -> bool {
        !self.no_reconnect
    }

    /// Whether messages are shown, or those of heartbeats.
    pub(super) fn shows_messages(&self, is_heartbeat: bool) -> bool {
        self.verbosity > u8::from(is_heartbeat)
    }

    /// Connects anonymously from now on.
    pub(super) fn forget(&mut self) {
        self.policy = SimpleConnectPolicy::anonymous();
    }

    /// Checks a target.
    pub(super) fn dialer(&self, url: &str, app: &str) -> Result<Dialer, Failure> {
        let target = Target {
            url: url.to_owned(),
            app: app.to_owned(),
        };
        let mut dialer = Dialer::with_policy(
            &target,
            self.policy.clone(),
            self.transport.clone(),
            self.timeout,
        )?;
        dialer.client = dialer
            .client
            .with_heartbeat_interval(self.heartbeat_interval)
            .with_new_session_when_refused(true);
        if self.reconnects() {
            dialer.client = dialer.client.with_reconnector(Backoff::default());
        }
        Ok(dialer)
    }
}
