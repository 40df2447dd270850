//! Asking a server for events, and asking it to stop. A server takes each topic once a connection: streams share it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use virtwire_protocol::Call;
use virtwire_protocol::procedure::Procedure;
use virtwire_protocol::remote::network::ConnectNetworkEventDeregisterAny;
use virtwire_protocol::session::Outgoing;

use super::driver::Errand;
use super::wire::{Patience, Question};
use super::{Connection, Registration, Topic, deadline};
use crate::error::{Error, Result};
use crate::events::Queue;

impl Connection {
    /// The room for events of one stream.
    pub(crate) fn event_queue(&self) -> usize {
        self.inner.event_queue
    }

    /// Has the events of `topic` put into `queue` from now on; `call` asks the server for them, unless it was asked
    /// already. To be undone by [`Connection::unsubscribe`], also where this fails.
    pub(crate) async fn subscribe<C: Call>(&self, topic: Topic, call: &C, queue: &Arc<Queue>) -> Result<()> {
        let (within, deadline) = self.query_deadline();
        let Ok(_alone) = timeout_at(deadline, self.inner.registering.lock()).await else {
            return Err(Error::timeout(format!("{} (waiting for its turn)", C::INFO.name), within));
        };
        if self.inner.routes.join(topic, queue) {
            return Ok(());
        }
        let outgoing = Outgoing::new(call).map_err(|error| Error::invalid(error.to_string()))?;
        let registration = Registration { topic, call: outgoing, queue: Some(Arc::clone(queue)) };
        self.call_for(call, until(deadline), Some(Errand::Register(registration))).await.map(drop)
    }

    /// In the background, tells the server what nobody wants any more. What it cannot be told in time stays with it and
    /// with the routes: the next stream of that topic takes it over.
    pub(crate) fn unsubscribe(&self) {
        let connection = self.clone();
        self.inner.runtime.spawn(async move {
            let (_, deadline) = connection.query_deadline();
            // A server that refuses sends at worst events that nobody takes.
            while let Ok(Some(_)) = timeout_at(deadline, connection.deregister_one(deadline)).await {}
        });
    }

    /// One by one, and none while another is unanswered: the slots are for callers. `None`: nothing is left to do.
    async fn deregister_one(&self, deadline: Instant) -> Option<()> {
        let turn = Arc::clone(&self.inner.deregistering).acquire_owned().await.ok()?;
        let _alone = self.inner.registering.lock().await;
        let wire = self.inner.wire().ok()?;
        let callback_id = self.inner.routes.take_unused(wire.shared.number)?;
        let outgoing = Outgoing::new(&ConnectNetworkEventDeregisterAny { callback_id }).ok()?;
        let question = Question { outgoing, errand: Some(Errand::Deregister { _turn: turn }) };
        let patience = Patience { within: until(deadline), deadline };
        // On this very wire: on another one the number means something else.
        let _ = wire.exchange(question, ConnectNetworkEventDeregisterAny::INFO, patience).await;
        Some(())
    }

    fn query_deadline(&self) -> (Duration, Instant) {
        let within = self.inner.timeouts.query;
        (within, deadline(Instant::now(), within))
    }

    /// Runs `work` to its end, also where this future is dropped.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let done = self.inner.runtime.spawn(work).await;
        done.unwrap_or_else(|_| Err(self.inner.wire().map_or_else(|cause| cause, |wire| wire.cause())))
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
