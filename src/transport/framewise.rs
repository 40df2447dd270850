//! libvirt's frames over TLS: each is written by itself, and an end without a farewell is an end. Knows of frames only how
//! long they are.
//!
//! Over TLS, what is written at once is one record. A server that has read one frame of a record waits for its socket before
//! it looks for the next [observed with libvirt 9.0.0], and so would let the calls behind the first one wait for as long as
//! nothing else is sent.
//!
//! A daemon that dies does not take leave by TLS's rules. What a frame lacks then shows by its length, as without TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The length word that begins each frame, and counts itself.
const WORD: usize = 4;

/// A stream to which whole frames are written, in order.
pub(super) struct Framewise<S> {
    stream: S,
    /// What of the frame that was begun is still to be written.
    left: usize,
}

impl<S> Framewise<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, left: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framewise<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.stream).poll_read(cx, to)) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            read => Poll::Ready(read),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framewise<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = match (self.left, bytes.first_chunk::<WORD>()) {
            (0, Some(word)) => usize::try_from(u32::from_be_bytes(*word)).unwrap_or(usize::MAX).max(WORD),
            (0, None) => bytes.len(),
            (left, _) => left,
        };
        let frame = bytes.get(..left).unwrap_or(bytes);
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, frame))?;
        self.left = left.saturating_sub(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Takes so many bytes at most of each write, and keeps what each took.
    struct Pieces(usize, Vec<Vec<u8>>);

    impl AsyncWrite for Pieces {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let piece: Vec<u8> = bytes.iter().copied().take(self.0).collect();
            let count = piece.len();
            self.1.push(piece);
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Fails like this behind these bytes.
    struct Fails(&'static [u8], io::ErrorKind);

    impl AsyncRead for Fails {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            to: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let rest = std::mem::take(&mut self.0);
            to.put_slice(rest);
            Poll::Ready(if rest.is_empty() { Err(self.1.into()) } else { Ok(()) })
        }
    }

    #[tokio::test]
    async fn an_end_without_a_farewell_is_an_end_and_no_other_failure_is() {
        let mut read = Vec::new();
        Framewise::new(Fails(b"\0\0\0\x08cu", io::ErrorKind::UnexpectedEof))
            .read_to_end(&mut read)
            .await
            .unwrap();
        assert_eq!(read, b"\0\0\0\x08cu");
        let other = Framewise::new(Fails(b"", io::ErrorKind::InvalidData)).read_to_end(&mut read).await;
        assert_eq!(other.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn frames_that_are_written_together_go_one_by_one() {
        let frames: [&[u8]; 3] = [b"\0\0\0\x06ab", b"\0\0\0\x04", b"\0\0\0\x09abcde"];
        for most in [usize::MAX, 5, 1] {
            let mut stream = Framewise::new(Pieces(most, Vec::new()));
            stream.write_all(&frames.concat()).await.unwrap();
            let pieces = stream.stream.1;
            assert_eq!(pieces.concat(), frames.concat());
            // No piece has a part of two frames.
            let mut ends = frames.iter().scan(0, |end, frame| {
                *end += frame.len();
                Some(*end)
            });
            let mut written = 0;
            let mut end = ends.next().unwrap();
            for piece in &pieces {
                assert!(written + piece.len() <= end, "{most}: {pieces:?}");
                written += piece.len();
                if written == end {
                    end = ends.next().unwrap_or(end);
                }
            }
        }
    }
}
