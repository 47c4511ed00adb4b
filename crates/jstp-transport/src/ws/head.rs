//! The head of an HTTP message: what stands before the first empty line.

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::Error;

const END: &[u8] = b"\r\n\r\n";
/// What a read asks for.
const READ: usize = 1024;

/// Why there is no head.
pub(super) enum HeadError {
    /// It is longer than the limit.
    TooLong,
    /// It does not begin like HTTP.
    NoHttp(BytesMut),
    Transport(Error),
}

/// Reads a head, which is at most `limit` bytes long. Gives it, and what came behind it.
pub(super) async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    limit: usize,
) -> Result<(BytesMut, BytesMut), HeadError> {
    let mut buffer = BytesMut::new();
    let mut searched = 0;
    loop {
        buffer.reserve(READ);
        let read = stream.read_buf(&mut buffer).await;
        if read.map_err(|error| HeadError::Transport(error.into()))? == 0 {
            let ended = Error::handshake("WebSocket", "the connection ended before it was done");
            return Err(HeadError::Transport(ended));
        }
        // Methods and versions begin with a capital letter; everything else is told at once.
        if !buffer.first().is_some_and(u8::is_ascii_uppercase) {
            return Err(HeadError::NoHttp(buffer));
        }
        let from = searched.min(buffer.len());
        if let Some(at) = buffer
            .get(from..)
            .and_then(|new| memchr::memmem::find(new, END))
        {
            let end = from + at + END.len();
            if end > limit {
                return Err(HeadError::TooLong);
            }
            let head = buffer.split_to(end);
            return Ok((head, owned(&buffer)));
        }
        searched = buffer.len().saturating_sub(END.len() - 1);
        if buffer.len() >= limit {
            return Err(HeadError::TooLong);
        }
    }
}

/// A copy that does not keep the head's memory.
fn owned(rest: &BytesMut) -> BytesMut {
    if rest.has_remaining() {
        BytesMut::from(rest.as_ref())
    } else {
        BytesMut::new()
    }
}
