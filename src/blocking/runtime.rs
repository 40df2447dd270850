//! The thread behind a connection. It knows nothing of what runs on it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::error::{Error, Result};

/// How long the thread stays for goodbyes once nobody needs it: a little longer than a connection takes for its own. Who
/// drops the last reference waits for that, since the program may end then, and the thread with it.
const FAREWELL: Duration = Duration::from_secs(2);

/// A current-thread runtime on a thread of its own, which ends with the last reference to this.
#[derive(Debug)]
pub(super) struct Runtime {
    handle: Handle,
    /// Dropped once this is: that tells the thread.
    needed: Option<oneshot::Sender<Infallible>>,
    /// Closed once the thread has nothing left to do. Only ever touched by who drops this.
    done: Mutex<mpsc::Receiver<Infallible>>,
}

impl Runtime {
    pub(super) fn start() -> Result<Arc<Self>> {
        let cannot = |error| Error::unsupported(format!("no thread can be started: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let handle = runtime.handle().clone();
        let (needed, is_needed) = oneshot::channel();
        let (working, done) = mpsc::channel::<Infallible>();
        let work = move || {
            let _working = working;
            runtime.block_on(async {
                let _ = is_needed.await;
                idle().await;
            });
        };
        thread::Builder::new().name("virtwire".to_owned()).spawn(work).map_err(cannot)?;
        Ok(Arc::new(Self { handle, needed: Some(needed), done: Mutex::new(done) }))
    }

    /// Runs a future on this thread to its end; the other thread wakes it.
    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        drop(self.needed.take());
        // In async code nothing may wait; there the process is likely to stay for longer than this takes.
        if Handle::try_current().is_err() {
            let done = self.done.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = done.recv_timeout(FAREWELL);
        }
    }
}

/// Waits until nothing is left to do.
async fn idle() {
    let deadline = Instant::now() + FAREWELL;
    while Handle::current().metrics().num_alive_tasks() > 0 && Instant::now() < deadline {
        sleep(Duration::from_millis(1)).await;
    }
}
