//! Checks that a transport is one: for those who bring their own.
//!
//! Give [`run`] two ends of a fresh connection, and [`run_cut`] two of another, in a test of yours:
//!
//! ```
//! use jstp_transport::{conformance, memory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (a, b) = memory::pair();
//! conformance::run(Box::pin(a), Box::pin(b)).await;
//! let (a, b) = memory::pair();
//! conformance::run_cut(Box::pin(a), Box::pin(b)).await;
//! # }
//! ```
//!
//! They panic with what is wrong. Both need tokio's timers. Frames are UTF-8 text, at least two
//! bytes long and at most 1 MiB.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::timeout;

use crate::{BoxTransport, Error};

/// Longer than this, nothing that should happen may take.
const DEADLINE: Duration = Duration::from_secs(100);
/// A sender that is not ready for so long is taken to wait for its receiver.
const STALL: Duration = Duration::from_millis(100);
/// What a transport and the system below it may at most take before a receiver has to read.
const ENOUGH: usize = 64 * 1024 * 1024;

/// Checks order in both directions, many small frames, frames of up to 1 MiB, that a receiver who
/// does not read makes the sender wait without a loss, that a received frame stays what it was, and
/// closing. Uses the connection up.
///
/// # Panics
///
/// When the transport does not do what [`Transport`](crate::Transport) says.
pub async fn run(mut a: BoxTransport, mut b: BoxTransport) {
    within("frames go one by one", one_by_one(&mut a, &mut b)).await;
    within(
        "small frames go in order",
        both_ways(&mut a, &mut b, &small_frames()),
    )
    .await;
    within(
        "large frames go whole",
        both_ways(&mut a, &mut b, &large_frames()),
    )
    .await;
    within(
        "a slow receiver makes the sender wait",
        backpressure(&mut a, &mut b),
    )
    .await;
    within(
        "a slow receiver makes the sender wait",
        backpressure(&mut b, &mut a),
    )
    .await;
    within("closing delivers everything", close(a, b)).await;
}

/// Checks what happens when one end is dropped without being closed: the other's stream ends, with
/// an error or without one, after whole frames only, and its sending comes to an error. Uses the
/// connection up.
///
/// # Panics
///
/// When the transport does not do what [`Transport`](crate::Transport) says.
pub async fn run_cut(mut a: BoxTransport, mut b: BoxTransport) {
    within("a dropped end is noticed", async {
        let frames = small_frames();
        for frame in &frames {
            let Some(ready) = poll_fn(|cx| a.poll_ready_unpin(cx)).now_or_never() else {
                break;
            };
            ready.expect("an open transport gets ready");
            a.start_send_unpin(frame.clone())
                .expect("a ready transport takes a frame");
        }
        // What is not flushed at once may be lost.
        a.flush().now_or_never();
        drop(a);
        let mut sent = frames.iter();
        while let Some(Ok(frame)) = b.next().await {
            assert_eq!(
                Some(&frame),
                sent.next(),
                "what arrives before a cut is what was sent"
            );
        }
        assert!(b.next().await.is_none(), "a stream that has ended stays so");
        while b.send(text(0, 1024)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn within<T>(what: &str, check: impl Future<Output = T>) -> T {
    let Ok(outcome) = timeout(DEADLINE, check).await else {
        panic!("{what}: not within {DEADLINE:?}");
    };
    outcome
}

/// A text that differs with `seed`, with characters of up to four bytes; about as long as asked
/// for.
fn text(seed: usize, length: usize) -> Bytes {
    let mut text = format!("{{event:[{seed},'ж']}}");
    let filling = ['a', 'б', '→', '🦀'];
    let mut at = seed;
    while text.len() < length {
        text.extend(filling.get(at % filling.len()));
        at = at.wrapping_mul(31).wrapping_add(7) % 65_537;
    }
    Bytes::from(text)
}

fn small_frames() -> Vec<Bytes> {
    let mut frames = vec![Bytes::from_static(b"{}")];
    frames.extend((0..2_000).map(|seed| text(seed, seed % 300)));
    frames
}

fn large_frames() -> Vec<Bytes> {
    [
        1_000_000,
        4_095,
        4_096,
        4_097,
        65_536,
        0,
        300_000,
        1_048_576 - 4,
        0,
    ]
    .into_iter()
    .enumerate()
    .map(|(seed, length)| text(seed, length))
    .collect()
}

async fn receive(transport: &mut BoxTransport) -> Bytes {
    match transport.next().await {
        Some(Ok(frame)) => frame,
        Some(Err(error)) => panic!("a frame was expected, not the error `{error}`"),
        None => panic!("a frame was expected, not the end"),
    }
}

fn assert_same(received: &Bytes, sent: &Bytes, index: usize) {
    assert!(
        received == sent,
        "frame {index} of {} bytes was received as another, of {} bytes",
        sent.len(),
        received.len()
    );
}

/// A flushed frame arrives although nothing is sent after it.
async fn one_by_one(a: &mut BoxTransport, b: &mut BoxTransport) {
    for seed in 0..20 {
        let question = text(seed, 40);
        a.send(question.clone())
            .await
            .expect("an open transport sends");
        assert_same(&receive(b).await, &question, seed);
        let answer = text(seed, 50);
        b.send(answer.clone())
            .await
            .expect("an open transport sends");
        assert_same(&receive(a).await, &answer, seed);
    }
}

async fn both_ways(a: &mut BoxTransport, b: &mut BoxTransport, frames: &[Bytes]) {
    one_way(a, b, frames).await;
    one_way(b, a, frames).await;
}

async fn one_way(from: &mut BoxTransport, to: &mut BoxTransport, frames: &[Bytes]) {
    let sending = async {
        for frame in frames {
            from.feed(frame.clone())
                .await
                .expect("an open transport takes frames");
        }
        from.flush().await.expect("an open transport flushes");
    };
    let receiving = async {
        let mut received = Vec::with_capacity(frames.len());
        while received.len() < frames.len() {
            received.push(receive(to).await);
        }
        received
    };
    let ((), received) = join(sending, receiving).await;
    // Only now, since a frame must not change when more is received.
    for (index, (received, sent)) in received.iter().zip(frames).enumerate() {
        assert_same(received, sent, index);
    }
}

async fn backpressure(from: &mut BoxTransport, to: &mut BoxTransport) {
    let frame = text(1, 16 * 1024);
    let mut sent = 0;
    while let Ok(ready) = timeout(STALL, poll_fn(|cx| from.poll_ready_unpin(cx))).await {
        ready.expect("an open transport gets ready");
        from.start_send_unpin(frame.clone())
            .expect("a ready transport takes a frame");
        sent += 1;
        assert!(
            sent * frame.len() < ENOUGH,
            "a sender must wait for a receiver that does not read"
        );
    }
    let flushing = async { from.flush().await.expect("an open transport flushes") };
    let receiving = async {
        for index in 0..sent {
            assert_same(&receive(to).await, &frame, index);
        }
    };
    join(flushing, receiving).await;
}

async fn close(mut a: BoxTransport, mut b: BoxTransport) {
    let frames = small_frames();
    let closing = async {
        for frame in &frames {
            a.feed(frame.clone())
                .await
                .expect("an open transport takes frames");
        }
        a.close().await.expect("an open transport closes");
        a
    };
    let receiving = async {
        for (index, frame) in frames.iter().enumerate() {
            assert_same(&receive(&mut b).await, frame, index);
        }
        assert_ended(&mut b).await;
        b
    };
    let (mut a, mut b) = join(closing, receiving).await;
    assert!(
        a.send(text(0, 0)).await.is_err(),
        "a closed transport sends nothing"
    );
    a.close().await.expect("closing again does nothing");
    let closing = async { b.close().await };
    let ((), closed) = join(assert_ended(&mut a), closing).await;
    // Some transports close both directions at once.
    assert!(
        matches!(closed, Ok(()) | Err(Error::Closed)),
        "closing last failed: {closed:?}"
    );
}

async fn assert_ended(transport: &mut BoxTransport) {
    for _ in 0..2 {
        match transport.next().await {
            None => {}
            Some(Ok(frame)) => panic!("{} more bytes came after the last frame", frame.len()),
            Some(Err(error)) => panic!("a closed transport ends without the error `{error}`"),
        }
    }
}

#[cfg(test)]
mod tests;
