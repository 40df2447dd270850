//! A security layer (RFC 4422, section 3.7) around a stream: pieces of bounded length, each protected by
//! whatever a SASL mechanism agreed on. Knows no mechanism, and nothing of what the bytes mean.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

use super::ByteStream;
use crate::error::{Error, ErrorKind};

/// The length word before each piece.
const WORD: usize = 4;

/// Protects what is sent, and checks and opens what is received, piece by piece and in order.
pub(crate) trait SecurityLayer: fmt::Debug + Send {
    /// Most bytes that may be protected as one piece.
    fn plain_max(&self) -> usize;

    /// The longest protected piece that the peer may send, in bytes behind its length word.
    fn protected_max(&self) -> usize;

    /// Appends the protected form of `plain`, without the length word.
    fn protect(&mut self, plain: &[u8], out: &mut BytesMut);

    /// Turns a protected piece into what it protects; nothing where it is not the very piece that the peer sent next.
    fn open(&mut self, piece: &mut BytesMut) -> Option<()>;
}

/// A stream whose other end protects everything likewise.
pub(crate) struct Layered {
    stream: Box<dyn ByteStream>,
    layer: Box<dyn SecurityLayer>,
    /// What was received, of at most one piece.
    received: BytesMut,
    /// What was opened, and not read yet.
    opened: BytesMut,
    /// What is protected, and not sent yet: at most one piece.
    unsent: BytesMut,
    /// Behind what is wrong nothing can be right.
    is_broken: bool,
}

impl Layered {
    pub(crate) fn new(stream: Box<dyn ByteStream>, layer: Box<dyn SecurityLayer>) -> Self {
        Self {
            stream,
            layer,
            received: BytesMut::new(),
            opened: BytesMut::new(),
            unsent: BytesMut::new(),
            is_broken: false,
        }
    }

    /// How many bytes the piece that is being received still lacks; its length word counts until it is there.
    fn missing(&self) -> io::Result<usize> {
        let Some(word) = self.received.first_chunk::<WORD>() else { return Ok(WORD - self.received.len()) };
        let length = usize::try_from(u32::from_be_bytes(*word)).unwrap_or(usize::MAX);
        if !(1..=self.layer.protected_max()).contains(&length) {
            let max = self.layer.protected_max();
            return Err(broken(&format!("it announces a piece of {length} bytes; 1 to {max} are possible")));
        }
        Ok((WORD + length).saturating_sub(self.received.len()))
    }

    /// Receives until a piece is whole, and opens it. `false`: the peer has ended.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let missing = self.missing()?;
            if missing == 0 {
                self.received.advance(WORD);
                let opened = self.layer.open(&mut self.received);
                opened.ok_or_else(|| broken("a piece was altered, lost or repeated on its way"))?;
                std::mem::swap(&mut self.received, &mut self.opened);
                self.received.clear();
                return Poll::Ready(Ok(true));
            }
            let mut limited = (&mut self.received).limit(missing);
            if ready!(poll_read_buf(Pin::new(&mut self.stream), cx, &mut limited))? == 0 {
                let is_within = !self.received.is_empty();
                return Poll::Ready(if is_within {
                    Err(io::ErrorKind::UnexpectedEof.into())
                } else {
                    Ok(false)
                });
            }
        }
    }

    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.advance(count);
        }
        Poll::Ready(Ok(()))
    }

    /// Protects as much as one piece holds, and says how much that is.
    fn take(&mut self, plain: &[u8]) -> usize {
        let count = plain.len().min(self.layer.plain_max());
        let plain = plain.get(..count).unwrap_or_default();
        self.unsent.clear();
        self.unsent.put_u32(0);
        self.layer.protect(plain, &mut self.unsent);
        let length = u32::try_from(self.unsent.len() - WORD).unwrap_or(u32::MAX);
        if let Some(word) = self.unsent.first_chunk_mut::<WORD>() {
            *word = length.to_be_bytes();
        }
        count
    }
}

impl AsyncRead for Layered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A piece may protect nothing at all.
        while self.opened.is_empty() {
            if self.is_broken {
                return Poll::Ready(Err(broken("it was broken before")));
            }
            let piece = ready!(self.poll_piece(cx));
            self.is_broken = piece.is_err();
            if !piece? {
                return Poll::Ready(Ok(()));
            }
        }
        let count = self.opened.len().min(to.remaining());
        to.put_slice(&self.opened.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Layered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, plain: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_unsent(cx))?;
        Poll::Ready(Ok(if plain.is_empty() { 0 } else { self.take(plain) }))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The connection's own error, for the one that takes it out again.
fn broken(how: &str) -> io::Error {
    let what = format!("the SASL security layer is broken: {how}");
    let advice = "somebody on the way may have changed bytes, or the server is no libvirt daemon: nothing of it is believed";
    io::Error::new(io::ErrorKind::InvalidData, Error::way(ErrorKind::Protocol, what, Some(advice.to_owned())))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// A layer that anyone could break: every byte is increased by the number of its piece, and one more.
    #[derive(Debug, Default)]
    struct Shift {
        sent: u8,
        received: u8,
    }

    impl SecurityLayer for Shift {
        fn plain_max(&self) -> usize {
            5
        }

        fn protected_max(&self) -> usize {
            8
        }

        fn protect(&mut self, plain: &[u8], out: &mut BytesMut) {
            self.sent += 1;
            out.put_u8(self.sent);
            out.extend(plain.iter().map(|byte| byte.wrapping_add(self.sent)));
        }

        fn open(&mut self, piece: &mut BytesMut) -> Option<()> {
            self.received += 1;
            let number = piece.split_to(1);
            piece.iter_mut().for_each(|byte| *byte = byte.wrapping_sub(self.received));
            (number[0] == self.received).then_some(())
        }
    }

    const PIECES: &[u8] = b"\0\0\0\x04\x01bcd\0\0\0\x01\x02\0\0\0\x02\x03g";

    fn layered(size: usize) -> (Layered, DuplexStream) {
        let (near, far) = duplex(size);
        (Layered::new(Box::new(near), Box::new(Shift::default())), far)
    }

    /// All that is read of what a peer sends, which then ends.
    async fn read(sent: &[u8]) -> io::Result<Vec<u8>> {
        let (mut layered, mut far) = layered(1024);
        far.write_all(sent).await?;
        drop(far);
        let mut all = Vec::new();
        layered.read_to_end(&mut all).await.map(|_| all)
    }

    fn kind(error: io::Error) -> ErrorKind {
        error.downcast::<Error>().expect("an error of ours").kind()
    }

    #[tokio::test]
    async fn pieces_are_joined_and_empty_ones_passed_over() -> io::Result<()> {
        assert_eq!(read(PIECES).await?, b"abcd");
        assert_eq!(read(b"").await?, b"");
        Ok(())
    }

    #[tokio::test]
    async fn pieces_may_come_byte_by_byte_and_be_read_byte_by_byte() -> io::Result<()> {
        let (mut layered, mut far) = layered(1);
        let sending = tokio::spawn(async move { far.write_all(PIECES).await });
        let mut all = Vec::new();
        let mut byte = [0];
        while layered.read(&mut byte).await? == 1 {
            all.push(byte[0]);
        }
        assert_eq!(all, b"abcd");
        sending.await?
    }

    #[tokio::test]
    async fn an_end_within_a_piece_is_none_between_two() -> io::Result<()> {
        for cut in 0..PIECES.len() {
            let outcome = read(&PIECES[..cut]).await;
            if [0, 8, 13].contains(&cut) {
                assert!(outcome.is_ok(), "{cut}");
            } else {
                assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{cut}");
            }
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_length_that_cannot_be_is_an_error_before_anything_is_kept() {
        for word in [[0, 0, 0, 0], [0, 0, 0, 9], [0xff; 4], *b"HTTP"] {
            assert_eq!(kind(read(&word).await.unwrap_err()), ErrorKind::Protocol, "{word:?}");
        }
    }

    #[tokio::test]
    async fn behind_a_broken_piece_nothing_is_read_any_more() -> io::Result<()> {
        let (mut layered, mut far) = layered(1024);
        far.write_all(b"\0\0\0\x02\x07x\0\0\0\x02\x02d").await?;
        for _ in 0..2 {
            assert_eq!(kind(layered.read_u8().await.unwrap_err()), ErrorKind::Protocol);
        }
        Ok(())
    }

    #[tokio::test]
    async fn what_is_sent_is_cut_into_pieces_that_the_peer_takes() -> io::Result<()> {
        let (mut layered, mut far) = layered(3);
        let sending = tokio::spawn(async move {
            layered.write_all(b"abcdef").await?;
            layered.flush().await
        });
        let mut sent = Vec::new();
        far.read_to_end(&mut sent).await?;
        assert_eq!(sent, b"\0\0\0\x06\x01bcdef\0\0\0\x02\x02h");
        sending.await?
    }
}
