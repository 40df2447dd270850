//! The thread behind a connection. It knows nothing of what runs on it.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::error::{Error, Result};

/// How long the thread stays for goodbyes once nobody needs it: a little longer than a connection takes for its own.
const FAREWELL: Duration = Duration::from_secs(2);

/// A current-thread runtime on a thread of its own, which ends with the last reference to this.
#[derive(Debug)]
pub(super) struct Runtime {
    handle: Handle,
    /// Dropped with this: that tells the thread.
    _needed: oneshot::Sender<Infallible>,
}

impl Runtime {
    pub(super) fn start() -> Result<Arc<Self>> {
        let cannot = |error| Error::unsupported(format!("no thread can be started: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let handle = runtime.handle().clone();
        let (needed, is_needed) = oneshot::channel();
        let work = move || {
            runtime.block_on(async {
                let _ = is_needed.await;
                idle().await;
            });
        };
        thread::Builder::new().name("virtwire".to_owned()).spawn(work).map_err(cannot)?;
        Ok(Arc::new(Self { handle, _needed: needed }))
    }

    /// Runs a future on this thread to its end; the other thread wakes it.
    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }
}

/// Waits until nothing is left to do.
async fn idle() {
    let deadline = Instant::now() + FAREWELL;
    while Handle::current().metrics().num_alive_tasks() > 0 && Instant::now() < deadline {
        sleep(Duration::from_millis(1)).await;
    }
}
