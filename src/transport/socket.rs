//! A connected unix socket that wakes its task for what comes. Knows neither paths nor daemons.
//!
//! tokio's own is told of room to write as well: whenever the daemon has read a call, its client would be woken in vain, and
//! once more as soon as the reply is there.

use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::io::retry_on_intr;
use rustix::net::{SendFlags, Shutdown, send, shutdown};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::net::unix::pipe::{Receiver, Sender};

/// A stream over a unix socket.
pub(super) struct Socket {
    /// It reads from any descriptor, and is told of nothing but what has come there.
    incoming: Receiver,
    /// While there is no room to write: tells when there is.
    room: Option<Sender>,
}

impl Socket {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        let incoming = Receiver::from_owned_fd_unchecked(stream.into_std()?.into())?;
        Ok(Self { incoming, room: None })
    }

    /// As much as there is room for, now.
    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(retry_on_intr(|| send(&self.incoming, bytes, SendFlags::NOSIGNAL))?)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.incoming).poll_read(cx, to)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let sent = match &self.room {
                None => self.send(bytes),
                Some(room) => {
                    ready!(room.poll_write_ready(cx))?;
                    room.try_io(|| self.send(bytes))
                }
            };
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.room.is_none() {
                        let same = self.incoming.as_fd().try_clone_to_owned()?;
                        self.room = Some(Sender::from_owned_fd_unchecked(same)?);
                    }
                }
                sent => {
                    self.room = None;
                    return Poll::Ready(sent);
                }
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(shutdown(&self.incoming, Shutdown::Write).map_err(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    fn pair() -> io::Result<(Socket, UnixStream)> {
        let (one, other) = UnixStream::pair()?;
        Ok((Socket::new(one)?, other))
    }

    #[tokio::test]
    async fn what_has_no_room_is_written_once_the_peer_has_read_and_nothing_is_lost() -> io::Result<()> {
        let (mut socket, mut peer) = pair()?;
        let sent: Vec<u8> = (0..4_000_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
        let mut received = vec![0; sent.len()];
        let both = async { tokio::try_join!(socket.write_all(&sent), peer.read_exact(&mut received)) };
        timeout(Duration::from_secs(20), both).await??;
        assert_eq!(received, sent);
        assert!(socket.room.is_none(), "it goes on being told of room");
        // And again: being full a second time is noticed, too.
        let both = async { tokio::try_join!(socket.write_all(&sent), peer.read_exact(&mut received)) };
        timeout(Duration::from_secs(20), both).await??;
        assert_eq!(received, sent);
        Ok(())
    }

    #[tokio::test]
    async fn what_came_before_the_end_is_read_and_then_the_end() -> io::Result<()> {
        let (mut socket, mut peer) = pair()?;
        peer.write_all(b"last words").await?;
        drop(peer);
        let mut read = Vec::new();
        timeout(Duration::from_secs(5), socket.read_to_end(&mut read)).await??;
        assert_eq!(read, b"last words");
        let error = socket.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        Ok(())
    }

    #[tokio::test]
    async fn a_peer_is_told_the_end_and_may_go_on_itself() -> io::Result<()> {
        let (mut socket, mut peer) = pair()?;
        socket.shutdown().await?;
        let mut read = Vec::new();
        timeout(Duration::from_secs(5), peer.read_to_end(&mut read)).await??;
        assert!(read.is_empty());
        peer.write_all(b"still here").await?;
        let mut word = [0; 10];
        timeout(Duration::from_secs(5), socket.read_exact(&mut word)).await??;
        assert_eq!(&word, b"still here");
        Ok(())
    }
}
