//! Framing for byte streams: each message is followed by one NUL byte.

use std::fmt;

use bytes::{Bytes, BytesMut};

use crate::Error;
use crate::block::{freeze_block, split_block};

#[cfg(test)]
mod tests;

/// The default limit for the length of one message: 8 MiB, the NUL not counted.
///
/// It bounds the text alone. A [`Value`](crate::Value) that is read from it may take up to about 35 times
/// that memory; see there.
pub const DEFAULT_MAX_MESSAGE_SIZE: usize = 8 * 1024 * 1024;

const TERMINATOR: u8 = 0;

/// Why a stream of bytes cannot be cut into frames, or a frame not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The peer sent more than `limit` bytes without ending its message.
    #[error("message is longer than {limit} bytes")]
    TooLong {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// The frame to be written contains the byte that ends frames.
    #[error("message contains a NUL byte at offset {offset}")]
    ContainsNul {
        /// Where the NUL stands in the frame, in bytes.
        offset: usize,
    },
}

/// Cuts a stream of bytes into frames without copying them.
///
/// Bytes go in through [`extend`](Self::extend) or are read straight into
/// [`read_buffer`](Self::read_buffer); [`next_frame`](Self::next_frame) gives the messages that
/// are complete. No byte is looked at twice, however the stream was cut. A frame is only bytes
/// here: [`decode_text`] tells whether it is text.
///
/// At most the limit and what one read adds to it are held in memory. The memory of a large message goes with
/// its frame: idle the decoder keeps 128 KiB at most.
///
/// ```
/// use jstp_wire::FrameDecoder;
///
/// let mut decoder = FrameDecoder::default();
/// decoder.extend(b"{ping:[1]}\0{pi");
/// assert_eq!(decoder.next_frame().unwrap().unwrap(), "{ping:[1]}");
/// assert_eq!(decoder.next_frame().unwrap(), None);
/// assert_eq!(decoder.pending(), b"{pi");
/// ```
pub struct FrameDecoder {
    /// Complete messages, each with its NUL, cut off the buffer together: that costs once what cutting off
    /// each would cost every time.
    complete: Bytes,
    buffer: BytesMut,
    /// The bytes at the start of what comes next, in `complete` or `buffer`, that are known to hold no NUL.
    scanned: usize,
    /// The same of `buffer`, once `complete` is used up.
    scanned_behind: usize,
    limit: usize,
    failed: bool,
}

impl Default for FrameDecoder {
    /// A decoder with [`DEFAULT_MAX_MESSAGE_SIZE`].
    fn default() -> Self {
        Self::new(DEFAULT_MAX_MESSAGE_SIZE)
    }
}

impl FrameDecoder {
    /// A decoder that refuses messages of more than `limit` bytes, the NUL not counted.
    pub fn new(limit: usize) -> Self {
        Self {
            complete: Bytes::new(),
            buffer: BytesMut::new(),
            scanned: 0,
            scanned_behind: 0,
            limit,
            failed: false,
        }
    }

    /// The buffer to append received bytes to, and only that.
    ///
    /// Call [`next_frame`](Self::next_frame) until it gives no more frames before reading again,
    /// since only there the limit is checked.
    pub fn read_buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Appends received bytes. Once the stream was refused they are dropped.
    pub fn extend(&mut self, bytes: &[u8]) {
        if !self.failed {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The bytes of a message whose end has not come yet (and of all that came since
    /// [`next_frame`](Self::next_frame) was last asked).
    pub fn pending(&self) -> &[u8] {
        &self.buffer
    }

    /// The next complete message without its NUL, or `None` until more bytes have come.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLong`] as soon as more than the limit stands without a NUL, or when a
    /// complete message is longer. The messages before it have been given by then; from there on
    /// every call fails.
    #[inline]
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        if self.failed {
            return Err(self.fail());
        }
        if self.complete.is_empty() && !self.find_complete() {
            return if self.scanned > self.limit {
                Err(self.fail())
            } else {
                Ok(None)
            };
        }
        let unseen = self.complete.get(self.scanned..).unwrap_or_default();
        let length = self.scanned + memchr::memchr(TERMINATOR, unseen).unwrap_or(unseen.len());
        if length > self.limit {
            return Err(self.fail());
        }
        let mut frame = self
            .complete
            .split_to((length + 1).min(self.complete.len()));
        frame.truncate(length);
        self.scanned = if self.complete.is_empty() {
            self.scanned_behind
        } else {
            0
        };
        Ok(Some(frame))
    }

    /// Cuts the complete messages off the buffer. False: there are none.
    #[inline]
    fn find_complete(&mut self) -> bool {
        self.scanned = self.scanned.min(self.buffer.len());
        // As a rule nothing has come since the last time.
        self.scanned < self.buffer.len() && self.cut_off_complete()
    }

    fn cut_off_complete(&mut self) -> bool {
        let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
        let Some(last) = memchr::memrchr(TERMINATOR, unseen) else {
            self.scanned = self.buffer.len();
            return false;
        };
        let complete = split_block(&mut self.buffer, self.scanned + last + 1);
        self.complete = freeze_block(complete);
        self.scanned_behind = self.buffer.len();
        true
    }

    #[cold]
    fn fail(&mut self) -> FrameError {
        self.failed = true;
        self.complete = Bytes::new();
        self.buffer = BytesMut::new();
        FrameError::TooLong { limit: self.limit }
    }
}

/// Shows counts, since the bytes may hold credentials.
impl fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameDecoder")
            .field("pending", &self.buffer.len())
            .field("limit", &self.limit)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Writes frames to a byte stream, each with its NUL.
///
/// ```
/// use bytes::BytesMut;
/// use jstp_wire::FrameEncoder;
///
/// let mut out = BytesMut::new();
/// FrameEncoder::encode(b"{ping:[1]}", &mut out).unwrap();
/// assert_eq!(out, "{ping:[1]}\0");
/// assert!(FrameEncoder::encode(b"a\0b", &mut out).is_err());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameEncoder;

impl FrameEncoder {
    /// Appends `frame` and the NUL that ends it to `out`.
    ///
    /// # Errors
    ///
    /// [`FrameError::ContainsNul`] for a frame that the other side would take for two; `out` is
    /// left as it was.
    pub fn encode(frame: &[u8], out: &mut BytesMut) -> Result<(), FrameError> {
        if let Some(offset) = memchr::memchr(TERMINATOR, frame) {
            return Err(FrameError::ContainsNul { offset });
        }
        out.reserve(frame.len() + 1);
        out.extend_from_slice(frame);
        out.extend_from_slice(&[TERMINATOR]);
        Ok(())
    }
}

/// The text of a frame.
///
/// # Errors
///
/// An [`Error`] of the kind [`InvalidUtf8`](crate::ErrorKind::InvalidUtf8) with the offset of the
/// first byte that is not UTF-8.
pub fn decode_text(frame: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(frame).map_err(|error| Error::invalid_utf8(frame, error.valid_up_to()))
}
