//! Ending a connection whose handshake failed.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How long the other side may take to close as well, and how much it may still send: a socket that is
/// dropped with unread data would be reset, and what was written last be lost on the way.
const TIME: Duration = Duration::from_secs(1);
const BYTES: usize = 256 * 1024;

/// Writes the last words, closes, and waits a little for the other side. Whoever is gone meanwhile has
/// no use for them.
pub(crate) async fn hang_up<S>(stream: &mut S, last_words: &[u8])
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let closing = async {
        stream.write_all(last_words).await?;
        stream.shutdown().await?;
        let mut buffer = [0; 1024];
        let mut budget = BYTES;
        loop {
            let read = stream.read(&mut buffer).await?;
            budget = budget.saturating_sub(read);
            if read == 0 || budget == 0 {
                return Ok::<_, io::Error>(());
            }
        }
    };
    match timeout(TIME, closing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a refused connection failed while closing"),
        Err(_) => tracing::debug!("a refused connection was not closed in time"),
    }
}
