//! The sending side: makes frames of messages and writes them.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use jstp_wire::{BLOCK_SIZE, freeze_block, take_long_block};
use tokio::io::AsyncWrite;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::frame::{MAX_HEADER, Masks, Role, write_frame, write_header};
use crate::framed::WriteQueue;

/// Messages up to this length are copied behind their headers; a longer one is cheaper to write from
/// where it is.
const COPIED: usize = 4 * 1024;

/// Longer messages are sent in fragments: clients of the npm package take frames of 1 MiB at most,
/// whatever the length of the message.
const MAX_FRAGMENT: usize = 512 * 1024;

/// The frames that wait to be written.
pub(super) struct Output {
    queue: WriteQueue,
    /// For clients, which have to mask what they send.
    masks: Option<Masks>,
}

impl Output {
    pub(super) fn new(role: Role) -> Output {
        Output {
            queue: WriteQueue::default(),
            masks: (role == Role::Client).then(Masks::new),
        }
    }

    /// The bytes that wait to be written.
    pub(super) fn queued(&self) -> usize {
        self.queue.queued()
    }

    /// The bytes of memory that are held, as far as can be seen.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.queue.held()
    }

    /// Drops what waits.
    pub(super) fn clear(&mut self) {
        self.queue = WriteQueue::default();
    }

    pub(super) fn push_control(&mut self, kind: Control, payload: &[u8]) {
        let mask = self.masks.as_mut().map(Masks::next);
        self.queue
            .append_with(MAX_HEADER + payload.len(), |output| {
                write_frame(output, OpCode::Control(kind), true, mask, payload);
            });
    }

    pub(super) fn push_message(&mut self, mut message: Bytes) {
        let mut kind = Data::Text;
        while message.len() > MAX_FRAGMENT {
            self.push_fragment(OpCode::Data(kind), false, message.split_to(MAX_FRAGMENT));
            kind = Data::Continue;
        }
        self.push_fragment(OpCode::Data(kind), true, message);
    }

    /// Queues a message, or a part of it.
    fn push_fragment(&mut self, opcode: OpCode, is_final: bool, payload: Bytes) {
        let mask = self.masks.as_mut().map(Masks::next);
        if mask.is_some() && payload.len() > BLOCK_SIZE {
            let mut frame = take_long_block(MAX_HEADER + payload.len());
            write_frame(&mut frame, opcode, is_final, mask, &payload);
            self.queue.append(freeze_block(frame));
        } else if mask.is_some() || payload.len() <= COPIED {
            self.queue
                .append_with(MAX_HEADER + payload.len(), |output| {
                    write_frame(output, opcode, is_final, mask, &payload);
                });
        } else {
            self.queue.append_with(MAX_HEADER, |output| {
                write_header(output, opcode, is_final, mask, payload.len());
            });
            self.queue.append(payload);
        }
    }

    /// Writes until at most `left` bytes are waiting.
    pub(super) fn poll_write_down_to(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
        left: usize,
    ) -> Poll<io::Result<()>> {
        self.queue.poll_write_down_to(cx, stream, left)
    }
}
