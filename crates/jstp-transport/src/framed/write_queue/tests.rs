use std::task::Waker;

use super::*;

/// Takes `step` bytes a write and counts the writes.
struct Sip {
    step: usize,
    vectored: bool,
    taken: Vec<u8>,
    writes: usize,
}

impl Sip {
    fn new(step: usize, vectored: bool) -> Sip {
        Sip {
            step,
            vectored,
            taken: Vec::new(),
            writes: 0,
        }
    }
}

impl AsyncWrite for Sip {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .take(self.step)
            .collect();
        self.taken.extend_from_slice(&bytes);
        self.writes += 1;
        Poll::Ready(Ok(bytes.len()))
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn write_down_to(queue: &mut WriteQueue, stream: &mut Sip, left: usize) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(
        queue.poll_write_down_to(&mut cx, stream, left),
        Poll::Ready(Ok(()))
    ));
}

/// Small and large frames in turn, each of another letter.
fn frames() -> Vec<Bytes> {
    (b'a'..=b'z')
        .zip([3, 5_000, 0, 4_096, 4_097, 20_000].into_iter().cycle())
        .map(|(letter, length)| Bytes::from(vec![letter; length]))
        .collect()
}

fn on_the_wire(frames: &[Bytes]) -> Vec<u8> {
    frames
        .iter()
        .flat_map(|frame| [frame.as_ref(), &[0]].concat())
        .collect()
}

#[test]
fn frames_come_out_in_order_whatever_a_write_takes() {
    for vectored in [false, true] {
        for step in [1, 7, 4_096, 4_097, 100_000, usize::MAX] {
            let (mut queue, mut stream) = (WriteQueue::default(), Sip::new(step, vectored));
            for frame in frames() {
                queue.push(frame).unwrap();
            }
            assert_eq!(queue.queued(), on_the_wire(&frames()).len());
            write_down_to(&mut queue, &mut stream, 0);
            assert!(
                stream.taken == on_the_wire(&frames()),
                "vectored {vectored}, step {step}"
            );
            assert_eq!(queue.queued(), 0);
        }
    }
}

#[test]
fn frames_may_be_added_between_partial_writes() {
    let (mut queue, mut stream) = (WriteQueue::default(), Sip::new(1_000, true));
    for frame in frames() {
        queue.push(frame).unwrap();
        let left = queue.queued() / 2;
        write_down_to(&mut queue, &mut stream, left);
    }
    write_down_to(&mut queue, &mut stream, 0);
    assert!(stream.taken == on_the_wire(&frames()));
}

#[test]
fn what_has_gathered_goes_out_in_one_write() {
    let (mut queue, mut stream) = (WriteQueue::default(), Sip::new(usize::MAX, true));
    for length in [10, 10, 9_000, 10, 9_000, 10] {
        queue.push(vec![b'x'; length].into()).unwrap();
    }
    write_down_to(&mut queue, &mut stream, 0);
    assert_eq!(stream.writes, 1);
}

#[test]
fn a_large_frame_is_not_copied() {
    let mut queue = WriteQueue::default();
    let frame = Bytes::from(vec![b'x'; COPIED + 1]);
    queue.push(frame.clone()).unwrap();
    assert_eq!(
        queue.chunks.front().map(|chunk| chunk.as_ptr()),
        Some(frame.as_ptr())
    );
}

#[test]
fn a_queue_that_never_gets_empty_does_not_grow() {
    let (mut queue, mut stream) = (WriteQueue::default(), Sip::new(100, true));
    for _ in 0..10_000 {
        queue.push(vec![b'x'; 99].into()).unwrap();
        write_down_to(&mut queue, &mut stream, 1_000);
        stream.taken.clear();
    }
    assert!(
        queue.held() <= jstp_wire::BLOCK_SIZE,
        "{} bytes are held",
        queue.held()
    );
}

#[test]
fn a_queue_that_was_large_gives_its_memory_back() {
    let (mut queue, mut stream) = (WriteQueue::default(), Sip::new(usize::MAX, true));
    for _ in 0..1_000 {
        queue.push(vec![b'x'; 1_000].into()).unwrap();
        queue.push(vec![b'x'; 5_000].into()).unwrap();
    }
    write_down_to(&mut queue, &mut stream, 0);
    assert!(queue.held() <= SMALL, "{} bytes are held", queue.held());
}
