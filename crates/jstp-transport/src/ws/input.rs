//! The receiving side: reads what has come and makes messages of frames.

use std::io::{self, Cursor};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use jstp_wire::{BLOCK_SIZE, freeze_block, leave_block, split_block};
use tokio::io::AsyncRead;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::frame::{MAX_CONTROL, Role, Violation, apply_mask};
use crate::{intake, lent};

/// Something that was received.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    Message(Bytes),
    Ping(Bytes),
    /// The code to answer with.
    Close(CloseCode),
}

/// What has been read and not yet been made a message of.
pub(super) struct Input {
    role: Role,
    limit: usize,
    buffer: BytesMut,
    /// The header of the frame that `buffer` begins with the payload of.
    header: Option<(FrameHeader, usize)>,
    /// The beginning of a message whose last frame has not come.
    fragments: Option<Fragments>,
}

struct Fragments {
    kind: Data,
    payload: BytesMut,
}

impl Input {
    pub(super) fn new(role: Role, limit: usize) -> Input {
        Input {
            role,
            limit,
            buffer: BytesMut::new(),
            header: None,
            fragments: None,
        }
    }

    /// The longest message.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Begins with bytes that were read already.
    pub(super) fn begin_with(&mut self, bytes: BytesMut) {
        self.buffer = bytes;
    }

    /// Whether a frame or message has begun and not ended; if so, how much of it is here.
    pub(super) fn begun(&self) -> Option<usize> {
        let fragments = self.fragments.as_ref().map(|begun| begun.payload.len());
        let frame = (self.header.is_some() || !self.buffer.is_empty()).then_some(self.buffer.len());
        match (fragments, frame) {
            (None, None) => None,
            (fragments, frame) => Some(fragments.unwrap_or(0) + frame.unwrap_or(0)),
        }
    }

    /// Frees the memory; nothing more will be received.
    pub(super) fn release(&mut self) {
        self.buffer = BytesMut::new();
        self.header = None;
        self.fragments = None;
    }

    /// Drops what was read.
    pub(super) fn discard(&mut self) {
        self.buffer.clear();
    }

    /// The bytes of memory that are held, as far as can be seen.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let fragments = self.fragments.as_ref();
        self.buffer.capacity() + fragments.map_or(0, |begun| begun.payload.capacity())
    }

    /// The next thing that was received whole; `None`: more has to be read.
    pub(super) fn next(&mut self) -> Result<Option<Received>, Violation> {
        if intake::discards() {
            self.forget_fragments();
        }
        while let Some((header, payload)) = self.next_frame()? {
            let received = match header.opcode {
                OpCode::Data(kind) => self.data(kind, header.is_final, payload)?,
                OpCode::Control(Control::Ping) => {
                    Some(Received::Ping(Bytes::copy_from_slice(&payload)))
                }
                OpCode::Control(Control::Close) => Some(Received::Close(answer_to(&payload)?)),
                // Nobody has asked for a pong.
                OpCode::Control(_) => None,
            };
            if received.is_some() {
                return Ok(received);
            }
        }
        Ok(self.next_piece().map(Received::Message))
    }

    /// Drops what there is of a message in earlier frames, but not that it goes on.
    fn forget_fragments(&mut self) {
        if let Some(begun) = &mut self.fragments {
            begun.payload = BytesMut::new();
        }
    }

    /// Where nothing is to be kept, what there is of a message.
    fn next_piece(&mut self) -> Option<Bytes> {
        if self.buffer.is_empty() || !intake::discards() {
            return None;
        }
        match &mut self.header {
            Some((header, length)) if matches!(header.opcode, OpCode::Data(_)) => {
                *length -= self.buffer.len();
                Some(self.buffer.split().freeze())
            }
            _ => None,
        }
    }

    /// The next frame, unmasked.
    fn next_frame(&mut self) -> Result<Option<(FrameHeader, BytesMut)>, Violation> {
        if self.header.is_none() {
            let mut cursor = Cursor::new(self.buffer.as_ref());
            let parsed = FrameHeader::parse(&mut cursor)
                .map_err(|_| Violation::Frame("a frame of an unknown kind"))?;
            let Some((header, length)) = parsed else {
                return Ok(None);
            };
            let parsed = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            let length = self.check(&header, length)?;
            self.buffer.advance(parsed.min(self.buffer.len()));
            self.header = Some((header, length));
        }
        match self.header.take() {
            Some((header, length)) if self.buffer.len() >= length => {
                let mut payload = split_block(&mut self.buffer, length);
                if let Some(mask) = header.mask {
                    apply_mask(&mut payload, mask);
                }
                Ok(Some((header, payload)))
            }
            unfinished => {
                self.header = unfinished;
                Ok(None)
            }
        }
    }

    /// Refuses a frame by its header. Gives its length.
    fn check(&self, header: &FrameHeader, length: u64) -> Result<usize, Violation> {
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(Violation::Frame("a frame with reserved bits"));
        }
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(Violation::Frame("a frame without a mask")),
            (Role::Client, Some(_)) => return Err(Violation::Frame("a frame with a mask")),
            _ => {}
        }
        let begun = self.fragments.as_ref().map(|begun| begun.payload.len());
        let limit = match header.opcode {
            OpCode::Control(_) if !header.is_final => {
                return Err(Violation::Frame("a control frame in fragments"));
            }
            OpCode::Control(_) if length > MAX_CONTROL as u64 => {
                return Err(Violation::Frame("a control frame that is too long"));
            }
            OpCode::Control(_) => MAX_CONTROL,
            OpCode::Data(Data::Continue) => match begun {
                Some(begun) => self.limit.saturating_sub(begun),
                None => return Err(Violation::Frame("a continuation of nothing")),
            },
            OpCode::Data(_) if begun.is_some() => {
                return Err(Violation::Frame("a message within a message"));
            }
            OpCode::Data(_) => self.limit,
        };
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= limit)
            .ok_or(Violation::TooLong { limit: self.limit })
    }

    fn data(
        &mut self,
        kind: Data,
        is_final: bool,
        payload: BytesMut,
    ) -> Result<Option<Received>, Violation> {
        if intake::discards() {
            self.fragments = (!is_final).then(|| Fragments {
                kind,
                payload: BytesMut::new(),
            });
            return Ok(Some(Received::Message(payload.freeze())));
        }
        let (kind, payload) = match self.fragments.take() {
            None if !is_final => (kind, kept(payload)),
            None => (kind, payload),
            Some(mut begun) => {
                append(&mut begun.payload, payload);
                (begun.kind, begun.payload)
            }
        };
        if !is_final {
            self.fragments = Some(Fragments { kind, payload });
            return Ok(None);
        }
        let message = freeze_block(payload);
        if kind == Data::Text && !is_text(&message) {
            return Err(Violation::NotUtf8);
        }
        if memchr::memchr(0, &message).is_some() {
            return Err(Violation::Nul);
        }
        Ok(Some(Received::Message(message)))
    }

    /// Reads more.
    pub(super) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<usize>> {
        let before = self
            .fragments
            .as_ref()
            .map_or(0, |begun| begun.payload.len());
        lent::poll_read(cx, stream, &mut self.buffer, before)
    }
}

/// What waits for the rest of its message: in memory of its own, where what it was read into is lent.
fn kept(payload: BytesMut) -> BytesMut {
    if payload.len() > 2 * BLOCK_SIZE {
        payload
    } else {
        BytesMut::from(payload.as_ref())
    }
}

fn append(begun: &mut BytesMut, mut payload: BytesMut) {
    if begun.capacity() - begun.len() < payload.len() {
        lent::grow(begun, payload.len());
    }
    begun.extend_from_slice(&payload);
    leave_block(&mut payload);
}

/// Whether it is valid UTF-8. Nearly all texts are ASCII, which is seen three times as fast.
fn is_text(message: &[u8]) -> bool {
    message.is_ascii() || std::str::from_utf8(message).is_ok()
}

/// The code that answers a close frame.
fn answer_to(payload: &[u8]) -> Result<CloseCode, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok(CloseCode::Normal),
            _ => Err(Violation::Frame("a close frame with half a code")),
        };
    };
    if std::str::from_utf8(reason).is_err() {
        return Err(Violation::NotUtf8);
    }
    let code = CloseCode::from(u16::from_be_bytes(*code));
    if !code.is_allowed() {
        return Err(Violation::Frame(
            "a close frame with a code that may not be sent",
        ));
    }
    Ok(code)
}
