//! Bodies of requests that trickle in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::stall::LEAST;

/// A body of which [`LEAST`] bytes have to come in each piece of time, from when it is read on.
#[derive(Debug)]
pub(crate) struct Paced<B> {
    body: B,
    timeout: Duration,
    /// There while it waits, and until enough has come.
    waiting: Option<Pin<Box<Sleep>>>,
    come: usize,
}

impl<B> Paced<B> {
    pub(crate) fn new(body: B, timeout: Duration) -> Self {
        Self {
            body,
            timeout,
            waiting: None,
            come: 0,
        }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Unpin,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            let data = frame
                .as_ref()
                .and_then(|frame| frame.as_ref().ok()?.data_ref());
            this.come = this.come.saturating_add(data.map_or(0, Bytes::len));
            if this.come >= LEAST {
                this.come = 0;
                this.waiting = None;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let timeout = this.timeout;
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(timeout)));
        waiting
            .as_mut()
            .poll(cx)
            .map(|()| Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{self, Body};
    use futures_util::stream;

    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_in_fails_and_a_slow_one_arrives() {
        for (piece, expected) in [(1, None), (LEAST / 2, Some(20 * LEAST))] {
            let pieces = stream::unfold(20 * LEAST / piece, move |left| async move {
                tokio::time::sleep(TIME / 3).await;
                let left = left.checked_sub(1)?;
                Some((Ok::<_, Infallible>(vec![0; piece]), left))
            });
            let paced = Paced::new(Body::from_stream(pieces), TIME);
            let whole = body::to_bytes(Body::new(paced), usize::MAX).await;
            assert_eq!(whole.ok().map(|whole| whole.len()), expected);
        }
    }
}
