//! One step of the way to a server, under a deadline whose error names the step. Knows no step itself.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};
use crate::trace;

/// Does the work of a step that is no call, such as `connecting to 192.0.2.7:16509`.
pub(crate) async fn step<T>(
    what: &str,
    within: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let limited = async {
        timeout_at(deadline(Instant::now(), within), work)
            .await
            .unwrap_or_else(|_| Err(Error::timeout(what, within)))
    };
    trace::step(what, limited).await
}

/// When a wait ends. Who wants none to end gives a time that no clock reaches.
pub(crate) fn deadline(begin: Instant, within: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    begin + within.min(FAR)
}
