//! A program whose standard input and output are the stream, and which ends with it. The last of its stderr is kept
//! for the error that tells of its end.

use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::pin::{Pin, pin};
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::process::{self, Command};
use tokio::time::{Sleep, sleep};

use super::diagnosis;
pub(super) use super::diagnosis::Target;
use super::said::Said;
use super::terminal::Terminal;
use crate::error::{Error, ErrorKind, Result};

/// How long a program that has closed its end may take to end itself.
const END: Duration = Duration::from_secs(1);

pub(super) struct Child {
    socket: UnixStream,
    /// Killed where this is dropped, and waited for by the runtime.
    process: process::Child,
    /// Until the login is done.
    terminal: Option<Terminal>,
    said: Said,
    /// Whether anything ever came from the server.
    was_reached: bool,
    /// Runs from when the stream has ended.
    ending: Option<Pin<Box<Sleep>>>,
    target: Target,
}

impl Child {
    /// Starts a program, a name without a slash being looked for in `PATH`. `terminal` is put back where it
    /// is ended while it asks there.
    pub(super) fn start(mut command: Command, target: Target, terminal: Option<Terminal>) -> Result<Self> {
        let spawned = spawn(&mut command);
        let (socket, mut process) = spawned.map_err(|error| {
            let program = Path::new(command.as_std().get_program()).display();
            let what = format!("cannot run '{program}': {error}");
            Error::way(ErrorKind::Unreachable, what, target.without_program())
        })?;
        let said = Said::on(process.stderr.take());
        Ok(Self { socket, process, terminal, said, was_reached: false, ending: None, target })
    }

    /// Why the stream ended: the program's last words, once it has ended itself. Others may hold its stderr open for longer,
    /// so that is not waited for without a limit.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let ending = self.ending.get_or_insert_with(|| Box::pin(sleep(END)));
        let is_late = ending.as_mut().poll(cx).is_ready();
        if is_late {
            let _ = self.process.start_kill();
        }
        let ended = ready!(pin!(self.process.wait()).poll(cx));
        if self.said.poll(cx).is_pending() && !is_late {
            return Poll::Pending;
        }
        Poll::Ready(io::Error::other(self.error(ended.ok())))
    }

    fn error(&self, ended: Option<ExitStatus>) -> Error {
        diagnosis::of(&self.target, &self.said.text(), ended, self.was_reached)
    }
}

fn spawn(command: &mut Command) -> io::Result<(UnixStream, process::Child)> {
    let (socket, other) = std::os::unix::net::UnixStream::pair()?;
    socket.set_nonblocking(true)?;
    command.env("LC_ALL", "C").kill_on_drop(true).stderr(Stdio::piped());
    command.stdin(OwnedFd::from(other.try_clone()?)).stdout(OwnedFd::from(other));
    // The ends that the program has are closed here with `command`, or its end would never show.
    let process = command.spawn()?;
    Ok((UnixStream::from_std(socket)?, process))
}

impl AsyncRead for Child {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let child = self.get_mut();
        let _ = child.said.poll(cx);
        let before = buffer.filled().len();
        let outcome = ready!(Pin::new(&mut child.socket).poll_read(cx, buffer));
        if outcome.is_ok() && buffer.filled().len() > before {
            child.was_reached = true;
            child.terminal = None;
            return Poll::Ready(Ok(()));
        }
        child.poll_end(cx).map(Err)
    }
}

impl AsyncWrite for Child {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let child = self.get_mut();
        if child.ending.is_none() {
            if let Ok(count) = ready!(Pin::new(&mut child.socket).poll_write(cx, bytes)) {
                return Poll::Ready(Ok(count));
            }
        }
        child.poll_end(cx).map(Err)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
