//! Frames: their headers, which tungstenite reads and writes, and their masks.

use std::hash::{BuildHasher, RandomState};

use bytes::{BufMut, BytesMut};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, OpCode};

use crate::Error;

/// No header is longer.
pub(super) const MAX_HEADER: usize = 14;
/// What is copied before it is masked, a multiple of the mask's length, so that it is still in the processor's
/// first cache then.
const MASKED_AT_ONCE: usize = 8 * 1024;
/// Longer payloads no control frame has.
pub(super) const MAX_CONTROL: usize = 125;

/// Which side of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
}

/// What the other side did that it may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    TooLong { limit: usize },
    NotUtf8,
    Nul,
    Frame(&'static str),
}

impl Violation {
    /// The code of the close frame that answers it.
    pub(super) fn close_code(self) -> CloseCode {
        match self {
            Violation::TooLong { .. } => CloseCode::Size,
            Violation::NotUtf8 => CloseCode::Invalid,
            // As for any other message that cannot be read.
            Violation::Nul => CloseCode::Normal,
            Violation::Frame(_) => CloseCode::Protocol,
        }
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        let reason = match violation {
            Violation::TooLong { limit } => return Error::TooLong { limit },
            Violation::NotUtf8 => "a text is not valid UTF-8",
            Violation::Nul => "a message contains a NUL byte",
            Violation::Frame(reason) => reason,
        };
        Error::Violation { reason }
    }
}

/// Appends a frame. With a mask its payload is masked.
pub(super) fn write_frame(
    output: &mut BytesMut,
    opcode: OpCode,
    is_final: bool,
    mask: Option<[u8; 4]>,
    payload: &[u8],
) {
    write_header(output, opcode, is_final, mask, payload.len());
    let Some(mask) = mask else {
        return output.extend_from_slice(payload);
    };
    for piece in payload.chunks(MASKED_AT_ONCE) {
        let start = output.len();
        output.extend_from_slice(piece);
        apply_mask(output.get_mut(start..).unwrap_or_default(), mask);
    }
}

/// Appends the header of a frame. A message that has further frames is not final.
pub(super) fn write_header(
    output: &mut BytesMut,
    opcode: OpCode,
    is_final: bool,
    mask: Option<[u8; 4]>,
    length: usize,
) {
    let header = FrameHeader {
        opcode,
        is_final,
        mask,
        ..FrameHeader::default()
    };
    header
        .format(length as u64, &mut output.writer())
        .expect("a buffer in memory takes all that is written to it");
}

/// Masks or unmasks.
pub(super) fn apply_mask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
}

/// Gives the masks of a client: a keyed hash of a counter, so that they cannot be foreseen by those
/// who choose the payloads.
#[derive(Debug)]
pub(super) struct Masks {
    key: RandomState,
    count: u64,
}

impl Masks {
    pub(super) fn new() -> Masks {
        Masks {
            key: RandomState::new(),
            count: 0,
        }
    }

    pub(super) fn next(&mut self) -> [u8; 4] {
        self.count = self.count.wrapping_add(1);
        let [a, b, c, d, ..] = self.key.hash_one(self.count).to_ne_bytes();
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use tungstenite::protocol::frame::coding::Data;

    use super::*;

    #[test]
    fn a_mask_is_its_own_inverse_at_every_length() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..40 {
            let plain: Vec<u8> = (0..length).collect();
            let mut masked = plain.clone();
            apply_mask(&mut masked, mask);
            for (at, (masked, plain)) in masked.iter().zip(&plain).enumerate() {
                assert_eq!(*masked, plain ^ mask[at % 4], "byte {at} of {length}");
            }
            apply_mask(&mut masked, mask);
            assert_eq!(masked, plain);
        }
    }

    #[test]
    fn a_long_payload_is_masked_as_a_whole() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let payload: Vec<u8> = (0..=250).cycle().take(2 * MASKED_AT_ONCE + 7).collect();
        let mut frame = BytesMut::new();
        write_frame(
            &mut frame,
            OpCode::Data(Data::Text),
            true,
            Some(mask),
            &payload,
        );
        let mut masked = frame.split_off(frame.len() - payload.len());
        assert_ne!(masked, payload);
        apply_mask(&mut masked, mask);
        assert_eq!(masked, payload);
    }

    #[test]
    fn frames_look_as_in_the_standard() {
        // The examples of RFC 6455, section 5.7.
        let mut frame = BytesMut::new();
        write_frame(&mut frame, OpCode::Data(Data::Text), true, None, b"Hello");
        assert_eq!(frame, &b"\x81\x05Hello"[..]);
        frame.clear();
        let mask = Some([0x37, 0xfa, 0x21, 0x3d]);
        write_frame(&mut frame, OpCode::Data(Data::Text), true, mask, b"Hello");
        assert_eq!(frame, &b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"[..]);
        frame.clear();
        write_frame(&mut frame, OpCode::Data(Data::Text), false, None, b"Hel");
        write_frame(&mut frame, OpCode::Data(Data::Continue), true, None, b"lo");
        assert_eq!(frame, &b"\x01\x03Hel\x80\x02lo"[..]);
    }

    #[test]
    fn masks_differ() {
        let mut masks = Masks::new();
        let first = masks.next();
        assert!((0..100).any(|_| masks.next() != first));
        assert_ne!(
            (Masks::new().next(), Masks::new().next()),
            (first, first),
            "each connection has its own"
        );
    }
}
