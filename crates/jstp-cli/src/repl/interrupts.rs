//! Ctrl-C while a command is under way.

use futures_util::FutureExt;

use crate::failure::Failure;

/// Ctrl-C, from now on: it ends the program no longer.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    pub(crate) fn new() -> Result<Self, Failure> {
        #[cfg(unix)]
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c();
        let signal = signal.map_err(|error| Failure::usage(format!("Ctrl-C: {error}")))?;
        Ok(Self { signal })
    }

    /// Waits until it is pressed; if that was before, not at all. May be dropped while it waits.
    pub(crate) async fn next(&mut self) {
        let _ = self.signal.recv().await;
    }

    /// Forgets what was pressed before.
    pub(crate) fn forget(&mut self) {
        // However often it was pressed, it is told once.
        let _ = self.next().now_or_never();
    }
}
