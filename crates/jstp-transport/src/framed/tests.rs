use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::time::timeout;

use super::*;

fn framed(capacity: usize) -> (FramedStream<DuplexStream>, DuplexStream) {
    framed_with(capacity, &TransportOptions::default())
}

fn framed_with(
    capacity: usize,
    options: &TransportOptions,
) -> (FramedStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(capacity);
    (FramedStream::new(near, options), far)
}

async fn next<S>(transport: &mut FramedStream<S>) -> Option<Result<Bytes, Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    timeout(Duration::from_secs(100), transport.next())
        .await
        .expect("it comes in time")
}

async fn next_frame<S>(transport: &mut FramedStream<S>) -> Bytes
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    next(transport)
        .await
        .expect("a frame, not the end")
        .expect("a frame, not an error")
}

#[tokio::test]
async fn bytes_that_arrive_one_by_one_make_whole_frames() {
    let (mut transport, mut far) = framed(1);
    let texts = ["{event:[1,'\u{43f}\u{1f980}'],a:[]}", "", "{}"];
    let writing = async {
        for text in texts {
            far.write_all(text.as_bytes()).await.unwrap();
            far.write_all(&[0]).await.unwrap();
        }
        drop(far);
    };
    let reading = async {
        for text in texts {
            assert_eq!(next_frame(&mut transport).await, text);
        }
        assert!(next(&mut transport).await.is_none());
    };
    tokio::join!(writing, reading);
}

#[tokio::test]
async fn a_cut_inside_a_character_is_healed() {
    let (mut transport, mut far) = framed(1024);
    let text = "{a:'\u{1f980}'}";
    let (head, tail) = text.as_bytes().split_at(6);
    far.write_all(head).await.unwrap();
    assert!(transport.next().now_or_never().is_none());
    far.write_all(tail).await.unwrap();
    far.write_all(&[0]).await.unwrap();
    assert_eq!(next_frame(&mut transport).await, text);
}

#[tokio::test]
async fn a_thousand_frames_in_one_write_come_one_by_one() {
    let (mut transport, mut far) = framed(1024 * 1024);
    let frames: Vec<String> = (0..1_000).map(|n| format!("{{ping:[{n}]}}")).collect();
    let batch = frames.join("\0") + "\0";
    far.write_all(batch.as_bytes()).await.unwrap();
    for frame in frames {
        assert_eq!(next_frame(&mut transport).await, frame);
    }
    assert!(transport.next().now_or_never().is_none());
}

#[tokio::test]
async fn frames_before_a_fatal_end_are_delivered() {
    let (mut transport, mut far) = framed(1024);
    far.write_all(b"{}\0{a:1}\0{b:").await.unwrap();
    drop(far);
    assert_eq!(next_frame(&mut transport).await, "{}");
    assert_eq!(next_frame(&mut transport).await, "{a:1}");
    let outcome = next(&mut transport).await;
    assert!(
        matches!(outcome, Some(Err(Error::Truncated { bytes: 3 }))),
        "{outcome:?}"
    );
    assert!(next(&mut transport).await.is_none());
}

#[tokio::test]
async fn a_message_beyond_the_limit_ends_the_stream_with_bounded_memory() {
    let (mut transport, mut far) = framed(64 * 1024);
    let limit = TransportOptions::default().max_message_size;
    let flood = tokio::spawn(async move {
        far.write_all(b"{}\0").await.unwrap();
        let chunk = [b' '; 8 * 1024];
        let mut taken = 0;
        while far.write_all(&chunk).await.is_ok() {
            taken += chunk.len();
        }
        taken
    });
    assert_eq!(next_frame(&mut transport).await, "{}");
    let outcome = next(&mut transport).await;
    assert!(
        matches!(outcome, Some(Err(Error::TooLong { limit: l })) if l == limit),
        "{outcome:?}"
    );
    assert_eq!(transport.input.held(), 0);
    assert!(next(&mut transport).await.is_none());
    drop(transport);
    let taken = flood.await.unwrap();
    assert!(taken <= limit + 256 * 1024, "{taken} bytes were taken");
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_passes() {
    let options = TransportOptions::default().with_max_message_size(10);
    let (mut transport, mut far) = framed_with(64, &options);
    far.write_all(b"0123456789\x000123456789a\0").await.unwrap();
    assert_eq!(next_frame(&mut transport).await, "0123456789");
    assert!(matches!(
        next(&mut transport).await,
        Some(Err(Error::TooLong { limit: 10 }))
    ));
}

#[tokio::test]
async fn frames_wait_for_a_flush_and_go_out_together() {
    let (mut transport, mut far) = framed(1024);
    transport.feed("{a:1}".into()).await.unwrap();
    transport.feed("{b:2}".into()).await.unwrap();
    let mut bytes = [0; 64];
    assert!(far.read(&mut bytes).now_or_never().is_none());
    transport.flush().await.unwrap();
    let read = far.read(&mut bytes).await.unwrap();
    assert_eq!(&bytes[..read], b"{a:1}\0{b:2}\0");
}

#[tokio::test]
async fn a_slow_reader_makes_the_transport_not_ready() {
    let options = TransportOptions::default().with_write_buffer(4 * 1024);
    let (mut transport, mut far) = framed_with(1024, &options);
    let frame = Bytes::from(vec![b'x'; 1000]);
    let mut sent = 0;
    while let Some(ready) = poll_fn(|cx| transport.poll_ready_unpin(cx)).now_or_never() {
        ready.unwrap();
        transport.start_send_unpin(frame.clone()).unwrap();
        sent += 1;
        assert!(sent < 20, "it must stop taking frames");
    }
    assert!(transport.output.queued() <= 4 * 1024 + 1001);

    let reading = async {
        let mut bytes = vec![0; sent * 1001];
        far.read_exact(&mut bytes).await.unwrap();
        assert!(
            bytes
                .chunks(1001)
                .all(|chunk| chunk[..1000] == frame && chunk[1000] == 0)
        );
    };
    let (flushed, ()) = tokio::join!(transport.flush(), reading);
    flushed.unwrap();
    assert_eq!(transport.output.queued(), 0);
}

#[tokio::test]
async fn both_directions_go_on_in_one_task() {
    let (mut a, b) = framed(512);
    let mut b = FramedStream::new(b, &TransportOptions::default());
    let echo = tokio::spawn(async move {
        while let Some(frame) = b.next().await {
            b.send(frame.unwrap()).await.unwrap();
        }
        b.close().await.unwrap();
    });
    let frame = Bytes::from(vec![b'y'; 3000]);
    let (mut sink, mut stream) = (&mut a).split();
    let sending = async {
        for _ in 0..200 {
            sink.send(frame.clone()).await.unwrap();
        }
        sink.close().await.unwrap();
    };
    let receiving = async {
        let mut received = 0;
        while let Some(echoed) = stream.next().await {
            assert_eq!(echoed.unwrap(), frame);
            received += 1;
        }
        received
    };
    let ((), received) = timeout(Duration::from_secs(100), async {
        tokio::join!(sending, receiving)
    })
    .await
    .expect("no wake-up is lost");
    assert_eq!(received, 200);
    echo.await.unwrap();
}

#[tokio::test]
async fn a_frame_with_a_nul_is_refused_and_the_transport_goes_on() {
    let (mut transport, mut far) = framed(1024);
    assert!(matches!(
        transport.send("a\0b".into()).await,
        Err(Error::ContainsNul)
    ));
    let long = Bytes::from(vec![0; 10_000]);
    assert!(matches!(
        transport.send(long).await,
        Err(Error::ContainsNul)
    ));
    transport.send("{}".into()).await.unwrap();
    transport.close().await.unwrap();
    let mut bytes = Vec::new();
    far.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes, b"{}\0");
}

#[tokio::test]
async fn closing_writes_what_waits_and_leaves_the_other_direction_open() {
    let (mut transport, mut far) = framed(1024);
    transport.feed("{a:1}".into()).await.unwrap();
    transport.close().await.unwrap();
    transport.close().await.unwrap();
    assert!(matches!(
        transport.send("{}".into()).await,
        Err(Error::Closed)
    ));
    let mut bytes = Vec::new();
    far.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes, b"{a:1}\0");
    far.write_all(b"{b:2}\0").await.unwrap();
    assert_eq!(next_frame(&mut transport).await, "{b:2}");
}

#[tokio::test]
async fn an_idle_connection_holds_no_buffers_after_a_large_frame() {
    let (mut transport, far) = framed(256 * 1024);
    let mut far = FramedStream::new(far, &TransportOptions::default());
    let frame = Bytes::from(vec![b'z'; 3_000_000]);
    let (sent, received) = tokio::join!(far.send(frame.clone()), next_frame(&mut transport));
    sent.unwrap();
    assert_eq!(received, frame);
    for _ in 0..60 {
        transport
            .feed(Bytes::from(vec![b's'; 1_000]))
            .await
            .unwrap();
    }
    transport.flush().await.unwrap();
    assert!(transport.next().now_or_never().is_none());
    let held = transport.input.held() + transport.output.held() + size_of_val(&transport);
    assert!(held < 1024, "{held} bytes are held");
}

#[tokio::test]
async fn reader_and_writer_may_be_separate() {
    let (input, mut feeder) = duplex(64);
    let (output, mut drain) = duplex(64);
    let mut transport =
        FramedStream::new(tokio::io::join(input, output), &TransportOptions::default());
    feeder.write_all(b"{}\0").await.unwrap();
    assert_eq!(next_frame(&mut transport).await, "{}");
    transport.send("{pong:[1]}".into()).await.unwrap();
    let mut bytes = [0; 11];
    drain.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"{pong:[1]}\0");
}

/// Gives the outcomes of its writes in order, and an error to who reads.
struct Broken(ErrorKind);

impl AsyncRead for Broken {
    fn poll_read(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.0.into()))
    }
}

impl AsyncWrite for Broken {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.0 == ErrorKind::WriteZero {
            Poll::Ready(Ok(0))
        } else {
            Poll::Ready(Err(self.0.into()))
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.0.into()))
    }
}

#[tokio::test]
async fn a_failed_read_ends_the_stream() {
    let mut transport = FramedStream::new(
        Broken(ErrorKind::ConnectionReset),
        &TransportOptions::default(),
    );
    let outcome = next(&mut transport).await;
    assert!(
        matches!(&outcome, Some(Err(Error::Io(e))) if e.kind() == ErrorKind::ConnectionReset),
        "{outcome:?}"
    );
    assert!(next(&mut transport).await.is_none());
}

#[tokio::test]
async fn a_failed_write_tells_its_cause_once_and_then_that_it_is_closed() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::WriteZero] {
        let mut transport = FramedStream::new(Broken(kind), &TransportOptions::default());
        let outcome = transport.send("{}".into()).await;
        assert!(
            matches!(&outcome, Err(Error::Io(error)) if error.kind() == kind),
            "{outcome:?}"
        );
        assert!(matches!(
            transport.send("{}".into()).await,
            Err(Error::Closed)
        ));
        assert!(matches!(transport.flush().await, Err(Error::Closed)));
        assert!(matches!(transport.close().await, Err(Error::Closed)));
        assert_eq!(transport.output.queued(), 0);
    }
}

#[tokio::test]
async fn a_peer_that_closed_first_does_not_make_closing_fail() {
    let mut transport = FramedStream::new(
        Broken(ErrorKind::NotConnected),
        &TransportOptions::default(),
    );
    transport.close().await.unwrap();
}
