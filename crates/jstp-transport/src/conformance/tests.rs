use std::future::ready;

use crate::memory::{self, DEFAULT_CAPACITY};
use crate::{BoxTransport, TransportOptions, conformance};

/// A pair whose second end receives through `fault`: `None` loses the frame.
fn faulty(fault: impl Fn(usize) -> Option<&'static str> + Send + 'static) -> [BoxTransport; 2] {
    use futures_util::StreamExt;

    let (a, b) = memory::pair();
    let mut count = 0;
    let b = b.filter_map(move |frame| {
        count += 1;
        ready(match fault(count) {
            Some("") => Some(frame),
            Some(other) => Some(Ok(other.into())),
            None => None,
        })
    });
    [Box::pin(a), Box::pin(b)]
}

#[tokio::test(start_paused = true)]
async fn a_sound_transport_passes() {
    let [a, b] = faulty(|_| Some(""));
    conformance::run(a, b).await;
    let [a, b] = faulty(|_| Some(""));
    conformance::run_cut(b, a).await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "small frames go in order: not within 100s")]
async fn a_lost_frame_is_found() {
    let [a, b] = faulty(|count| (count != 2_000).then_some(""));
    conformance::run(a, b).await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "frame 979 of ")]
async fn a_changed_frame_is_found() {
    let [a, b] = faulty(|count| Some(if count == 1_000 { "{changed:[]}" } else { "" }));
    conformance::run(a, b).await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a sender must wait for a receiver that does not read")]
async fn an_endless_buffer_is_found() {
    let (a, b) = memory::pair_with(usize::MAX, &TransportOptions::default());
    conformance::run(Box::pin(a), Box::pin(b)).await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a frame was expected, not the error")]
async fn a_transport_that_refuses_large_frames_is_found() {
    let options = TransportOptions::default().with_max_message_size(500_000);
    let (a, b) = memory::pair_with(DEFAULT_CAPACITY, &options);
    conformance::run(Box::pin(a), Box::pin(b)).await;
}
