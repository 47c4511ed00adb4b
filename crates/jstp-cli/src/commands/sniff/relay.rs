//! Passing frames on between a client and a server.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt, future};
use jstp_transport::{BoxTransport, Error};

use super::journal::Journal;
use super::recording::{Side, What};

/// How long one direction may go on once the other has failed.
const GRACE: Duration = Duration::from_secs(5);

/// Passes on what both sides send until both have closed. Frames go as they are, malformed ones too; a side
/// is read no faster than the other takes it.
pub(super) async fn relay(
    client: BoxTransport,
    server: BoxTransport,
    number: u64,
    journal: &Journal,
) {
    let (to_client, from_client) = client.split();
    let (to_server, from_server) = server.split();
    let up = Box::pin(pump(from_client, to_server, Side::Client, number, journal));
    let down = Box::pin(pump(from_server, to_client, Side::Server, number, journal));
    let (first, rest) = match future::select(up, down).await {
        future::Either::Left((outcome, rest)) => (outcome, rest.left_future()),
        future::Either::Right((outcome, rest)) => (outcome, rest.right_future()),
    };
    match first {
        // The other side may still have something to say.
        Ending::Closed => drop(rest.await),
        Ending::Failed => drop(tokio::time::timeout(GRACE, rest).await),
    }
}

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Closed,
    Failed,
}

/// Passes on what one side sends until it closes, and then that it has closed.
async fn pump(
    mut from: impl Stream<Item = Result<Bytes, Error>> + Unpin,
    mut to: impl Sink<Bytes, Error = Error> + Unpin,
    side: Side,
    number: u64,
    journal: &Journal,
) -> Ending {
    let ending = loop {
        // What is ready goes out together; before waiting for more it has to be on its way.
        let next = match from.next().now_or_never() {
            Some(next) => next,
            None => match to.flush().await {
                Ok(()) => from.next().await,
                Err(_) => return Ending::Failed,
            },
        };
        match next {
            Some(Ok(bytes)) => {
                let what = What::Message {
                    from: side,
                    bytes: bytes.clone(),
                };
                journal.note(number, what).await;
                if let Err(error) = to.feed(bytes).await {
                    note_unsendable(side, number, journal, &error).await;
                    return Ending::Failed;
                }
            }
            None => {
                journal.note(number, What::Close { by: side }).await;
                break Ending::Closed;
            }
            Some(Err(error)) => {
                let reason = error.to_string();
                journal.note(number, What::Fail { by: side, reason }).await;
                break Ending::Failed;
            }
        }
    };
    // Fails when the other side is gone already.
    let _ = to.close().await;
    ending
}

/// A message may be one that the other side's transport cannot carry. That the other side is gone, it will
/// say itself.
async fn note_unsendable(side: Side, number: u64, journal: &Journal, error: &Error) {
    if !error.is_io() {
        let reason = format!("its message cannot be passed on: {error}");
        journal.note(number, What::Fail { by: side, reason }).await;
    }
}

#[cfg(test)]
mod tests;
