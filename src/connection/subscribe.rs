//! Asking a server for events, and asking it to stop. A server takes each topic once a connection: streams share it.

use std::sync::Arc;

use virtwire_protocol::Call;
use virtwire_protocol::remote::network::ConnectNetworkEventDeregisterAny;

use super::{Connection, Registration, Topic};
use crate::error::Result;
use crate::events::Queue;

impl Connection {
    /// The room for events of one stream.
    pub(crate) fn event_queue(&self) -> usize {
        self.inner.event_queue
    }

    /// Has the events of `topic` put into `queue` from now on; `call` asks the server for them, unless it was asked
    /// already. To be undone by [`Connection::unsubscribe`], also where this fails.
    pub(crate) async fn subscribe<C: Call>(&self, topic: Topic, call: &C, queue: &Arc<Queue>) -> Result<()> {
        let _alone = self.inner.registering.lock().await;
        if self.inner.shared.routes.join(topic, queue) {
            return Ok(());
        }
        let registration = Registration { topic, queue: Arc::clone(queue) };
        self.call_for(call, self.inner.timeouts.query, Some(registration)).await.map(drop)
    }

    /// Has no more events put into `queue`, in the background, and tells the server where nobody else wants them.
    pub(crate) fn unsubscribe(&self, queue: &Arc<Queue>) {
        let (connection, queue) = (self.clone(), Arc::clone(queue));
        self.inner.runtime.spawn(async move {
            let _alone = connection.inner.registering.lock().await;
            for callback_id in connection.inner.shared.routes.leave(&queue) {
                // A server that refuses, or is gone, sends at worst events that nobody takes.
                let _ = connection.call(&ConnectNetworkEventDeregisterAny { callback_id }).await;
            }
        });
    }

    /// Runs `work` to its end, also where this future is dropped.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let done = self.inner.runtime.spawn(work).await;
        done.unwrap_or_else(|_| Err(self.cause()))
    }
}
