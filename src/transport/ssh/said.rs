//! What a program says on standard error: the last of it is kept, however much there is, and the program is never held up
//! by nobody reading. Judges none of it.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::ChildStderr;

/// How much of the last that a program said is kept.
const KEPT: usize = 4096;

/// Reads in a row before others have their turn: a flood must not stop the stream beside it.
const TURNS: usize = 4;

#[derive(Debug)]
pub(crate) struct Said {
    stderr: Option<ChildStderr>,
    last: Vec<u8>,
}

impl Said {
    pub(crate) fn on(stderr: Option<ChildStderr>) -> Self {
        Self { stderr, last: Vec::new() }
    }

    /// Hears what there is; ready once the program, and whoever else has its stderr, will say no more.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 4096];
        for _ in 0..TURNS {
            let Some(stderr) = &mut self.stderr else { return Poll::Ready(()) };
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(stderr).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.last.extend_from_slice(buffer.filled());
                    self.last.drain(..self.last.len().saturating_sub(KEPT));
                }
                Poll::Ready(_) => self.stderr = None,
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does some work, and hears meanwhile.
    #[cfg(feature = "evidence")]
    pub(crate) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            let _ = self.poll(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Hears all that is still said.
    #[cfg(feature = "evidence")]
    pub(crate) async fn rest(&mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last)
    }
}
