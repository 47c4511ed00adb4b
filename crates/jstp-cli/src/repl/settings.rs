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
    /// The server that was told so: another one is not told.
    pub(super) told: Option<String>,
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
            told: None,
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
        self.log_in(SimpleConnectPolicy::anonymous());
    }

    /// Connects like this from now on.
    pub(super) fn log_in(&mut self, policy: SimpleConnectPolicy) {
        self.policy = policy;
        self.told = None;
    }

    /// A connection to `url` is about to be made: what another server was told is forgotten.
    pub(super) fn connect_to(&mut self, url: &str) {
        if self.told.as_ref().is_some_and(|told| told != url) {
            self.forget();
        }
        self.told = Some(url.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_for_one_server() {
        let is_known = |settings: &Settings| {
            let anonymous = format!("{:?}", SimpleConnectPolicy::anonymous());
            format!("{:?}", settings.policy) != anonymous
        };
        let mut settings = Settings::default();
        settings.connect_to("one:1");
        // Meant for the next one.
        settings.log_in(SimpleConnectPolicy::login("ann", "secret"));
        settings.connect_to("two:2");
        settings.connect_to("two:2");
        assert!(is_known(&settings));
        settings.connect_to("one:1");
        assert!(!is_known(&settings));
    }
}
