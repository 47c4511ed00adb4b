use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A byte stream of a reader and a writer that are separate, such as the pipes of a child process.
///
/// Unlike [`tokio::io::join`], it drops its writer when it is shut down. A pipe knows no other way of
/// telling the other side that nothing more will come; without it, each side of a connection that is
/// closed would wait for the other until its time is up.
///
/// ```
/// use jstp_transport::{FramedStream, Halves, TransportOptions};
/// use tokio::process::{Child, ChildStdin, ChildStdout};
///
/// fn transport(child: &mut Child) -> Option<FramedStream<Halves<ChildStdout, ChildStdin>>> {
///     let pipes = Halves::new(child.stdout.take()?, child.stdin.take()?);
///     Some(FramedStream::new(pipes, &TransportOptions::default()))
/// }
/// ```
#[derive(Debug)]
pub struct Halves<R, W> {
    reader: R,
    /// `None` once it is shut down.
    writer: Option<W>,
}

impl<R, W> Halves<R, W> {
    /// Puts the two together.
    pub fn new(reader: R, writer: W) -> Self {
        Self {
            reader,
            writer: Some(writer),
        }
    }
}

impl<R: Unpin, W: AsyncWrite + Unpin> Halves<R, W> {
    fn writer(&mut self) -> io::Result<Pin<&mut W>> {
        self.writer
            .as_mut()
            .map(Pin::new)
            .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl<R: AsyncRead + Unpin, W: Unpin> AsyncRead for Halves<R, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(cx, buffer)
    }
}

impl<R: Unpin, W: AsyncWrite + Unpin> AsyncWrite for Halves<R, W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.writer
            .as_ref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writer) = &mut self.writer else {
            return Poll::Ready(Ok(()));
        };
        let outcome = std::task::ready!(Pin::new(writer).poll_shutdown(cx));
        self.writer = None;
        Poll::Ready(outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, empty, sink};

    use super::*;

    #[tokio::test]
    async fn shutting_down_drops_the_writer_and_goes_on_reading() {
        let (writer, mut written) = duplex(64);
        let (mut source, reader) = duplex(64);
        let mut halves = Halves::new(reader, writer);
        halves.write_all(b"last").await.unwrap();
        halves.shutdown().await.unwrap();
        halves.shutdown().await.unwrap();

        let mut text = String::new();
        written.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "last");
        source.write_all(b"answer").await.unwrap();
        drop(source);
        text.clear();
        halves.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "answer");
    }

    #[tokio::test]
    async fn nothing_can_be_written_after_a_shutdown() {
        let mut halves = Halves::new(empty(), sink());
        halves.shutdown().await.unwrap();
        let error = halves.write_all(b"late").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(!halves.is_write_vectored());
    }
}
