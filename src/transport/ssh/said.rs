//! What a program says on standard error: the last of it is kept, however much there is, and the program is never held up
//! by nobody reading. Judges none of it.

use std::borrow::Cow;
use std::future::Future;
#[cfg(feature = "evidence")]
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::ChildStderr;
use tokio::time::{Sleep, sleep};

/// How much of the last that a program said is kept.
const KEPT: usize = 4096;

/// Reads in a row before a pause: a flood is heard slowly, and takes no time from the stream beside it.
const TURNS: usize = 16;
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(crate) struct Said {
    stderr: Option<ChildStderr>,
    last: Vec<u8>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Said {
    pub(crate) fn on(stderr: Option<ChildStderr>) -> Self {
        Self { stderr, last: Vec::new(), pause: None }
    }

    /// Hears what there is; ready once the program, and whoever else has its stderr, will say no more.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
            }
            for _ in 0..TURNS {
                let Some(stderr) = &mut self.stderr else { return Poll::Ready(()) };
                let mut bytes = [0; 4096];
                let mut buffer = ReadBuf::new(&mut bytes);
                match ready!(Pin::new(stderr).poll_read(cx, &mut buffer)) {
                    Ok(()) if !buffer.filled().is_empty() => self.keep(buffer.filled()),
                    _ => self.stderr = None,
                }
            }
            self.pause = Some(Box::pin(sleep(PAUSE)));
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
        self.last.drain(..self.last.len().saturating_sub(KEPT));
    }

    /// Does some work, and hears meanwhile.
    #[cfg(feature = "evidence")]
    pub(crate) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
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
