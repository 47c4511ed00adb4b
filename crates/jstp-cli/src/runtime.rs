//! Running the asynchronous part of a command.

use std::time::Duration;

use crate::failure::Failure;

/// Runs a command that does one thing at a time, on this thread.
///
/// A name that is still being resolved when the command is done is not waited for.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::usage(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_background();
    outcome
}

/// Waits for an answer, but not for longer than `timeout` if there is one.
pub(crate) async fn within<T>(
    timeout: Option<Duration>,
    answer: impl Future<Output = T>,
) -> Option<T> {
    match timeout {
        None => Some(answer.await),
        Some(timeout) => tokio::time::timeout(timeout, answer).await.ok(),
    }
}

/// Waits until the process is told to stop, by Ctrl-C or a signal to terminate.
pub(crate) async fn stopped() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
