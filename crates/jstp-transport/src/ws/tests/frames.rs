//! Frames by hand: allowed ones that libraries rarely send, and those that are not allowed.

use std::future::poll_fn;
use std::task::Context;

use futures_util::{FutureExt, SinkExt};
use tokio::io::AsyncWriteExt;

use super::*;
use crate::intake::poll_discarding;

const FIN: u8 = 0x80;
const CONTINUE: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..0x1_0000 => {
            frame.push(0xfe);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

#[tokio::test]
async fn bytes_that_arrive_one_by_one_make_whole_messages() {
    let (mut transport, mut far) = server();
    let bytes = frame(FIN | TEXT, "{a:'жовтий 🟡'}".as_bytes());
    for byte in bytes {
        assert!(transport.next().now_or_never().is_none());
        far.write_all(&[byte]).await.unwrap();
    }
    assert_eq!(
        next(&mut transport).await.unwrap().unwrap(),
        "{a:'жовтий 🟡'}"
    );
}

#[tokio::test]
async fn fragments_are_joined_with_control_frames_between_them() {
    let (mut transport, mut far) = server();
    let text = "{a:'жовтий'}";
    // Cut inside a character.
    let (head, tail) = text.as_bytes().split_at(5);
    let bytes = [
        frame(TEXT, head),
        frame(FIN | PING, b"1"),
        frame(CONTINUE, b""),
        frame(FIN | PONG, b"unasked"),
        frame(FIN | PING, b"2"),
        frame(FIN | CONTINUE, tail),
        frame(BINARY, b"{"),
        frame(FIN | CONTINUE, b"}"),
    ]
    .concat();
    far.write_all(&bytes).await.unwrap();
    assert_eq!(next(&mut transport).await.unwrap().unwrap(), text);
    assert_eq!(next(&mut transport).await.unwrap().unwrap(), "{}");
    assert_eq!(written(&mut far, 6).await, b"\x8a\x011\x8a\x012");
}

#[tokio::test]
async fn a_thousand_messages_in_one_write_come_one_by_one() {
    let (mut transport, mut far) = server();
    let bytes: Vec<u8> = (0..1_000)
        .flat_map(|n| frame(FIN | TEXT, format!("{{ping:[{n}]}}").as_bytes()))
        .collect();
    far.write_all(&bytes).await.unwrap();
    for n in 0..1_000 {
        let message = next(&mut transport).await.unwrap().unwrap();
        assert_eq!(message, format!("{{ping:[{n}]}}"));
    }
}

#[tokio::test]
async fn what_is_not_allowed_ends_the_stream_with_the_code_that_fits() {
    let unmasked = b"\x81\x02{}".to_vec();
    let huge = [&[FIN | TEXT, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat();
    let long = frame(FIN | BINARY, &[b' '; 101]);
    let joined = [frame(TEXT, &[b' '; 60]), frame(FIN | CONTINUE, &[b' '; 41])].concat();
    let endless = [frame(TEXT, &[b' '; 100]), frame(CONTINUE, b" ")].concat();
    let nested = [frame(TEXT, b"{"), frame(FIN | TEXT, b"{}")].concat();
    let cases: [(&str, Vec<u8>, u16); 18] = [
        ("unmasked", unmasked, 1002),
        ("reserved bits", frame(FIN | 0x40 | TEXT, b"{}"), 1002),
        ("unknown data", frame(FIN | 3, b"{}"), 1002),
        ("unknown control", frame(FIN | 0xb, b""), 1002),
        ("fragmented ping", frame(PING, b""), 1002),
        ("long ping", frame(FIN | PING, &[0; 126]), 1002),
        (
            "continuation of nothing",
            frame(FIN | CONTINUE, b"{}"),
            1002,
        ),
        ("message within a message", nested, 1002),
        ("half a close code", frame(FIN | CLOSE, b"\x03"), 1002),
        (
            "a close code not to be sent",
            frame(FIN | CLOSE, b"\x03\xed"),
            1002,
        ),
        (
            "a close reason not in UTF-8",
            frame(FIN | CLOSE, b"\x03\xe8\xff"),
            1007,
        ),
        ("text not in UTF-8", frame(FIN | TEXT, b"{a:'\xff'}"), 1007),
        (
            "text with half a character",
            frame(FIN | TEXT, b"\xd0"),
            1007,
        ),
        ("a NUL", frame(FIN | TEXT, b"{}\0"), 1000),
        ("too long", long, 1009),
        ("absurdly long", huge, 1009),
        ("too long in all", joined, 1009),
        ("too long before its end", endless, 1009),
    ];
    let options = TransportOptions::default().with_max_message_size(100);
    for (what, bytes, code) in cases {
        let (mut transport, mut far) = server_with(&options);
        far.write_all(&frame(FIN | TEXT, b"{}")).await.unwrap();
        far.write_all(&bytes).await.unwrap();
        assert_eq!(next(&mut transport).await.unwrap().unwrap(), "{}", "{what}");
        let error = next(&mut transport).await.unwrap().unwrap_err();
        assert_eq!(
            matches!(error, Error::TooLong { limit: 100 }),
            code == 1009,
            "{what}"
        );
        assert!(!error.is_io() && !error.is_gone(), "{what}");
        assert!(next(&mut transport).await.is_none(), "{what}");

        // What was to be said before is said, and then why it ends.
        transport.feed("{b:1}".into()).await.unwrap();
        transport.close().await.unwrap();
        let [high, low] = code.to_be_bytes();
        let expected = [b"\x81\x05{b:1}\x88\x02", &[high, low][..]].concat();
        assert_eq!(written(&mut far, 11).await, expected, "{what}");
        assert_eq!(
            far.read_u8().await.unwrap_err().kind(),
            std::io::ErrorKind::UnexpectedEof
        );
        // It drops what still comes until the other side has closed.
        far.write_all(&frame(FIN | TEXT, b"{}")).await.unwrap();
        assert!(transport.next().now_or_never().is_none(), "{what}");
        drop(far);
        assert!(next(&mut transport).await.is_none(), "{what}");
    }
}

#[tokio::test]
async fn what_follows_a_violation_is_dropped_up_to_a_limit() {
    let options = TransportOptions::default().with_max_message_size(10);
    let (mut transport, mut far) = server_with(&options);
    let flood = tokio::spawn(async move {
        let mut taken = 0;
        while far.write_all(&[0; 8 * 1024]).await.is_ok() {
            taken += 8 * 1024;
        }
        taken
    });
    next(&mut transport).await.unwrap().unwrap_err();
    transport.close().await.unwrap();
    assert!(next(&mut transport).await.is_none());
    drop(transport);
    let taken = within(flood).await.unwrap();
    assert!((1024 * 1024..2 * 1024 * 1024).contains(&taken), "{taken}");
}

#[tokio::test]
async fn the_stream_is_shut_down_when_the_close_frame_was_answered() {
    let (mut transport, mut far) = server();
    transport.close().await.unwrap();
    assert_eq!(written(&mut far, 4).await, b"\x88\x02\x03\xe8");
    let mut end = [0];
    assert!(
        far.read(&mut end).now_or_never().is_none(),
        "the answer is awaited first"
    );
    far.write_all(&frame(FIN | CLOSE, b"\x03\xe8"))
        .await
        .unwrap();
    assert!(next(&mut transport).await.is_none());
    // Over TLS the other side could not tell this end from a cut otherwise.
    assert_eq!(within(far.read(&mut end)).await.unwrap(), 0);
    assert!(next(&mut transport).await.is_none());
}

#[tokio::test]
async fn an_end_without_a_close_frame_is_told_only_inside_a_message() {
    let (mut transport, far) = server();
    drop(far);
    assert!(next(&mut transport).await.is_none());
    for begun in [
        &frame(FIN | TEXT, b"{a:1}")[..8],
        &frame(TEXT, b"{a")[..],
        b"\x81",
    ] {
        let (mut transport, mut far) = server();
        far.write_all(begun).await.unwrap();
        drop(far);
        let error = next(&mut transport).await.unwrap().unwrap_err();
        assert!(error.is_gone(), "{error}");
        assert!(next(&mut transport).await.is_none());
    }
}

#[tokio::test]
async fn a_flood_of_pings_that_nobody_reads_the_answers_of_costs_little() {
    let (mut transport, mut far) = server();
    let pings = frame(FIN | PING, &[7; 125]).repeat(100);
    for _ in 0..200 {
        far.write_all(&pings).await.unwrap();
        assert!(transport.next().now_or_never().is_none());
    }
    let waiting = transport.queued();
    assert!(waiting <= 64 * 1024 + 127, "{waiting} bytes wait");
    // The latest is answered as soon as there is room.
    far.write_all(&frame(FIN | PING, b"last")).await.unwrap();
    let reading = tokio::spawn(async move { transport.next().await.is_none() });
    let mut read = Vec::new();
    while !read.ends_with(b"\x8a\x04last") {
        within(far.read_buf(&mut read)).await.unwrap();
    }
    drop(far);
    assert!(within(reading).await.unwrap());
}

#[tokio::test]
async fn an_idle_stream_holds_nothing_after_a_long_message() {
    let (mut transport, mut far) = server();
    let text = vec![b' '; 1_000_000];
    for fragmented in [false, true] {
        let bytes = if fragmented {
            let (head, tail) = text.split_at(300_000);
            [frame(TEXT, head), frame(FIN | CONTINUE, tail)].concat()
        } else {
            frame(FIN | TEXT, &text)
        };
        let sending = async { far.write_all(&bytes).await.unwrap() };
        let (message, ()) = tokio::join!(next(&mut transport), sending);
        assert_eq!(message.unwrap().unwrap().len(), text.len());
        assert!(transport.next().now_or_never().is_none());
        assert_eq!(transport.held().0, 0);
    }
    let reading = async {
        let mut read = vec![0; text.len() + 10];
        far.read_exact(&mut read).await.unwrap();
    };
    let sending = async { transport.send(text.clone().into()).await.unwrap() };
    within(async { tokio::join!(sending, reading) }).await;
    assert!(transport.held().1 < 1024, "{}", transport.held().1);
}

#[tokio::test]
async fn a_message_that_has_only_begun_holds_little_more_than_itself() {
    let whole = frame(FIN | TEXT, b"{}");
    for begun in [&frame(TEXT, b"{")[..], &whole[..1], &whole[..7]] {
        let (mut transport, mut far) = server();
        far.write_all(begun).await.unwrap();
        assert!(transport.next().now_or_never().is_none());
        assert!(transport.held().0 < 256, "{}", transport.held().0);
    }
}

#[tokio::test]
async fn a_slow_reader_makes_the_transport_not_ready() {
    let (near, mut far) = duplex(1024);
    let options = TransportOptions::default().with_write_buffer(4 * 1024);
    let mut transport = WsStream::server(near, &options);
    let message = Bytes::from(vec![b'x'; 1000]);
    let mut sent = 0;
    while let Some(fed) = transport.feed(message.clone()).now_or_never() {
        fed.unwrap();
        sent += 1;
        assert!(sent < 20, "it must stop taking messages");
    }
    assert!(transport.queued() <= 4 * 1024 + 1004);
    let flushing = async { transport.flush().await.unwrap() };
    let reading = written(&mut far, sent * 1004);
    within(async { tokio::join!(flushing, reading) }).await;
}

#[tokio::test]
async fn a_message_with_a_nul_byte_is_not_sent() {
    let (mut transport, mut far) = server();
    let refused = transport.send("{a:'\0'}".into()).await;
    assert!(matches!(refused, Err(Error::ContainsNul)));
    transport.send("{}".into()).await.unwrap();
    assert_eq!(written(&mut far, 4).await, b"\x81\x02{}");
}

#[tokio::test]
async fn a_client_refuses_masked_frames() {
    let (near, mut far) = duplex(1024);
    let mut transport = WsStream::client(near, &TransportOptions::default());
    far.write_all(&frame(FIN | TEXT, b"{}")).await.unwrap();
    let error = next(&mut transport).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("a frame with a mask"), "{error}");
}

/// Clients of the npm package take no longer frames.
#[tokio::test]
async fn a_long_message_is_sent_in_frames_of_1_mib_at_most() {
    const LONG: usize = 3 * 1024 * 1024 + 5;
    let (mut transport, mut far) = server();
    let sent = transport.send("x".repeat(LONG).into());
    let received = async {
        let mut kinds = Vec::new();
        let mut length = 0;
        while length < LONG {
            let header = written(&mut far, 10).await;
            assert_eq!(header[1], 127, "the length has eight bytes, or {kinds:?}");
            let frame = u64::from_be_bytes(header[2..].try_into().unwrap());
            assert!(frame <= 1024 * 1024, "{frame}");
            let frame = usize::try_from(frame).unwrap();
            written(&mut far, frame).await;
            length += frame;
            kinds.push(header[0]);
            if LONG - length < 0x1_0000 {
                let header = written(&mut far, 2).await;
                assert_eq!(header, [FIN | CONTINUE, 5]);
                assert_eq!(written(&mut far, 5).await, b"xxxxx");
                break;
            }
        }
        kinds
    };
    let (sent, kinds) = tokio::join!(within(sent), received);
    sent.unwrap();
    assert_eq!(kinds.first(), Some(&TEXT));
    assert!(kinds[1..].iter().all(|kind| *kind == CONTINUE), "{kinds:?}");
}

#[tokio::test]
async fn a_transport_that_is_wanted_for_its_end_keeps_no_earlier_frames() {
    let (mut transport, mut far) = server();
    let begun = frame(TEXT, &b" ".repeat(30_000));
    far.write_all(&begun).await.unwrap();
    assert!(transport.next().now_or_never().is_none());
    assert!(transport.held().0 >= 30_000);
    assert!(poll_discarding(|| transport.next().now_or_never()).is_none());
    assert_eq!(transport.held().0, 0);
}

#[tokio::test]
async fn a_transport_that_is_wanted_for_its_end_gives_messages_in_pieces() {
    let (mut transport, mut far) = server();
    far.write_all(&frame(TEXT, b"begun")).await.unwrap();
    assert!(transport.next().now_or_never().is_none());
    let send = async {
        let (part, rest) = (vec![b' '; 100_000], vec![b' '; 300_000]);
        far.write_all(&frame(CONTINUE, &part)).await.unwrap();
        far.write_all(&frame(FIN | CONTINUE, &rest)).await.unwrap();
        far.write_all(&frame(FIN | TEXT, b"whole")).await.unwrap();
        far.write_all(&frame(FIN | CLOSE, b"")).await.unwrap();
    };
    let discard = async {
        let mut bytes = 0;
        let mut poll = |cx: &mut Context<'_>| poll_discarding(|| transport.poll_next_unpin(cx));
        while let Some(piece) = within(poll_fn(&mut poll)).await {
            let piece = piece.unwrap().len();
            assert!(piece <= 64 * 1024);
            bytes += piece;
        }
        bytes
    };
    let ((), bytes) = tokio::join!(send, discard);
    assert_eq!(bytes, 400_005);
}
