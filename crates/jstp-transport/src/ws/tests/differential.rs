//! Our reading of frames against tungstenite's own, over frames and cuts that nobody thought of.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::{AsyncRead, ReadBuf};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{self, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

use super::super::frame::{Role, apply_mask};
use super::super::input::{Input, Received};

/// The longest message; short, so that it is passed often.
const LIMIT: usize = 300;

/// What came of a sequence of frames.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    events: Vec<Event>,
    end: End,
}

#[derive(Debug, PartialEq)]
enum Event {
    Message(Bytes),
    Ping(Bytes),
}

#[derive(Debug, Default, PartialEq)]
enum End {
    /// There is more to come.
    #[default]
    Open,
    Closed(CloseCode),
    Refused,
    /// Refused before the last fragment came, which we wait for.
    RefusedEarly,
}

impl End {
    /// A code that may not be sent is answered as if it was a violation by us, as a close frame with
    /// another code by tungstenite.
    fn closed(code: CloseCode) -> End {
        match code {
            CloseCode::Protocol => End::Refused,
            code => End::Closed(code),
        }
    }
}

/// What has arrived, one piece at a time.
struct Wire<'b>(&'b [u8]);

impl AsyncRead for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Pending;
        }
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.0.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Also tells whether something had begun and not ended.
fn ours(role: Role, pieces: &[&[u8]]) -> (Outcome, bool) {
    let mut input = Input::new(role, LIMIT);
    let outcome = read(&mut input, pieces);
    (outcome, input.begun().is_some())
}

fn read(input: &mut Input, pieces: &[&[u8]]) -> Outcome {
    let mut cx = Context::from_waker(Waker::noop());
    let mut outcome = Outcome::default();
    for piece in pieces {
        let mut wire = Wire(piece);
        while let Poll::Ready(read) = input.poll_read(&mut cx, &mut wire) {
            assert_ne!(read.unwrap(), 0);
            loop {
                match input.next() {
                    Ok(Some(Received::Message(message))) => {
                        outcome.events.push(Event::Message(message));
                    }
                    Ok(Some(Received::Ping(payload))) => outcome.events.push(Event::Ping(payload)),
                    Ok(Some(Received::Close(code))) => {
                        outcome.end = End::closed(code);
                        return outcome;
                    }
                    Ok(None) => break,
                    Err(_) => {
                        outcome.end = End::Refused;
                        return outcome;
                    }
                }
            }
        }
    }
    outcome
}

fn theirs(role: Role, pieces: &[&[u8]]) -> Outcome {
    let role = match role {
        Role::Client => protocol::Role::Client,
        Role::Server => protocol::Role::Server,
    };
    let config = WebSocketConfig::default()
        .max_message_size(Some(LIMIT))
        .max_frame_size(Some(LIMIT));
    let mut context = WebSocketContext::new(role, Some(config));
    let mut outcome = Outcome::default();
    for piece in pieces {
        let mut wire = Wire(piece);
        loop {
            let message = match context.read(&mut wire) {
                Ok(Message::Ping(payload)) => {
                    outcome.events.push(Event::Ping(payload));
                    continue;
                }
                Ok(Message::Close(frame)) => {
                    outcome.end = End::closed(frame.map_or(CloseCode::Normal, |frame| frame.code));
                    return outcome;
                }
                Ok(Message::Text(text)) => Bytes::from(text),
                Ok(Message::Binary(message)) => message,
                Ok(Message::Pong(_) | Message::Frame(_)) => continue,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    outcome.end = match error {
                        Error::Utf8(_) => End::RefusedEarly,
                        _ => End::Refused,
                    };
                    return outcome;
                }
            };
            if message.contains(&0) {
                // Fine for WebSocket, but not for JSTP.
                outcome.end = End::Refused;
                return outcome;
            }
            outcome.events.push(Event::Message(message));
        }
    }
    outcome
}

#[derive(Clone, Debug)]
struct Frame {
    first: u8,
    mask: Option<[u8; 4]>,
    payload: Vec<u8>,
    /// How the length is written: in as few bytes as possible, or in 2 or 8.
    wide: u8,
    /// A length that is not that of the payload.
    declared: Option<u64>,
}

impl Frame {
    fn bytes(&self) -> Vec<u8> {
        let length = self.declared.unwrap_or(self.payload.len() as u64);
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let mut bytes = vec![self.first];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..126), _) if self.wide == 0 => bytes.push(masked | short),
            (_, Ok(middle)) if self.wide <= 1 => {
                bytes.push(masked | 0x7e);
                bytes.extend(middle.to_be_bytes());
            }
            _ => {
                bytes.push(masked | 0x7f);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend(self.mask.iter().flatten());
        let start = bytes.len();
        bytes.extend(&self.payload);
        if let Some(mask) = self.mask {
            apply_mask(&mut bytes[start..], mask);
        }
        bytes
    }
}

/// Frames as the side that sends to `role` should mask them.
fn frame(role: Role, first: u8, payload: Vec<u8>) -> Frame {
    Frame {
        first,
        mask: (role == Role::Server).then_some([0x11, 0x22, 0x83, 0xf4]),
        payload,
        wide: 0,
        declared: None,
    }
}

/// Text, now and then not quite.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        20 => "[a-c]{0,4}".prop_map(String::into_bytes),
        10 => prop::sample::select(vec!["é", "漢", "😀", "\u{7ff}", "\u{ffff}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => (90..220_usize).prop_map(|length| vec![b' '; length]),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A control frame that may be sent.
fn control(role: Role) -> impl Strategy<Value = Frame> {
    (
        prop::sample::select(vec![0x89, 0x8a]),
        vec(any::<u8>(), 0..6),
    )
        .prop_map(move |(first, payload)| frame(role, first, payload))
}

/// A message in fragments with control frames between them.
fn message(role: Role) -> impl Strategy<Value = Vec<Frame>> {
    let between = prop_oneof![3 => Just(None), 1 => control(role).prop_map(Some)];
    let cuts = vec((any::<prop::sample::Index>(), between), 0..6);
    (text(), 1..3_u8, cuts).prop_map(move |(text, kind, cuts)| {
        let mut cuts: Vec<_> = cuts
            .into_iter()
            .map(|(at, between)| (at.index(text.len() + 1), between))
            .collect();
        cuts.sort_by_key(|(at, _)| *at);
        let mut frames = Vec::new();
        let (mut from, mut kind) = (0, kind);
        for (at, between) in cuts {
            frames.push(frame(role, kind, text[from..at].to_vec()));
            frames.extend(between);
            (from, kind) = (at, 0);
        }
        frames.push(frame(role, 0x80 | kind, text[from..].to_vec()));
        frames
    })
}

/// The end, with a code and a reason that may not be sent now and then.
fn close(role: Role) -> impl Strategy<Value = Vec<Frame>> {
    let code = prop_oneof![990..1020_u16, 2990..5010_u16];
    let reason = prop_oneof![text(), vec(any::<u8>(), 1..4)];
    (code, reason).prop_map(move |(code, reason)| {
        vec![frame(role, 0x88, [&code.to_be_bytes(), &*reason].concat())]
    })
}

/// A frame of any kind, allowed or not, whole or too long by what it says.
fn odd(role: Role) -> impl Strategy<Value = Vec<Frame>> {
    let payload = prop_oneof![
        text(),
        vec(any::<u8>(), 0..140),
        (LIMIT - 2..LIMIT + 3).prop_map(|length| vec![b'x'; length]),
    ];
    let declared = prop_oneof![
        12 => Just(None),
        1 => prop::sample::select(vec![LIMIT as u64 + 1, 1 << 32, 1 << 63, u64::MAX]).prop_map(Some),
    ];
    let first = prop_oneof![
        any::<u8>(),
        prop::sample::select(vec![0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a]),
    ];
    let mask = prop_oneof![8 => Just(role == Role::Server), 1 => any::<bool>()];
    (first, mask, any::<[u8; 4]>(), payload, 0..3_u8, declared).prop_map(
        |(first, masked, mask, payload, wide, declared)| {
            vec![Frame {
                first,
                mask: masked.then_some(mask),
                payload,
                wide,
                declared,
            }]
        },
    )
}

fn frames(role: Role) -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![16 => message(role), 3 => odd(role), 1 => close(role)],
        1..12,
    )
    .prop_map(|frames| frames.concat().iter().flat_map(Frame::bytes).collect())
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Server), Just(Role::Client)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn we_make_of_frames_what_tungstenite_makes_of_them(
        (role, bytes) in role().prop_flat_map(|role| (Just(role), frames(role))),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|at| at.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
        let (ours, begun) = ours(role, &pieces);
        let theirs = theirs(role, &pieces);
        if theirs.end == End::RefusedEarly {
            // We wait for the last fragment, and answer pings meanwhile.
            prop_assert!(begun || ours.end == End::Refused);
            prop_assert!(ours.events.starts_with(&theirs.events));
            let later = &ours.events[theirs.events.len()..];
            prop_assert!(!later.iter().any(|event| matches!(event, Event::Message(_))));
        } else {
            prop_assert_eq!(ours, theirs);
        }
    }
}
