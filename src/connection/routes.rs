//! Which event goes to whom: a table of what the server was asked to tell, and of the queues that wait for it. Knows no
//! event's body beyond the number that each begins with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use virtwire_protocol::frame::{Frame, Status};
use virtwire_protocol::remote::{PROGRAM, Uuid};
use virtwire_protocol::xdr;

use crate::error::Error;
use crate::events::Queue;

/// What a server can be asked to tell, once a connection: one kind of events, of one object or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    /// The procedure by which the events come.
    pub(crate) procedure: i32,
    /// Only this object's events.
    pub(crate) object: Option<Uuid>,
}

/// A call that asks for a topic: its reply is the number that the events will carry.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) topic: Topic,
    pub(crate) queue: Arc<Queue>,
}

/// What the server was asked to tell, and who waits for it.
#[derive(Debug)]
struct Route {
    topic: Topic,
    callback_id: i32,
    queues: Vec<Arc<Queue>>,
}

/// The table: as long as the topics that users asked for, whatever the peer sends.
#[derive(Debug, Default)]
pub(super) struct Routes(Mutex<Vec<Route>>);

impl Routes {
    /// The reply to a registration has come. Called before any later frame is looked at: the first events may have come
    /// together with it.
    pub(super) fn registered(&self, registration: Registration, reply: &Frame) {
        let Registration { topic, queue } = registration;
        if let (Status::Ok, Some(callback_id)) = (reply.header.status, callback_id(&reply.payload)) {
            // Also where nobody waits any more: the server takes no topic twice.
            self.lock().push(Route { topic, callback_id, queues: vec![queue] });
        }
    }

    /// Gives an event to those who wait for it; it costs next to nothing where nobody does.
    pub(super) fn deliver(&self, event: &Frame) {
        let Some(id) = callback_id(&event.payload).filter(|_| event.header.prog == PROGRAM.number) else {
            return;
        };
        let mut copy = None;
        for route in self.lock().iter() {
            if (route.topic.procedure, route.callback_id) != (event.header.proc, id) {
                continue;
            }
            for queue in &route.queues {
                // A copy: what waits must not keep the buffer that it was received in.
                let body = copy.get_or_insert_with(|| Bytes::copy_from_slice(&event.payload));
                queue.push(event.header.proc, body);
            }
        }
    }

    /// Adds the queue to those that wait for this topic; false where the server has not been asked for it.
    pub(super) fn join(&self, topic: Topic, queue: &Arc<Queue>) -> bool {
        let mut routes = self.lock();
        let route = routes.iter_mut().find(|route| route.topic == topic);
        route.map(|route| route.queues.push(Arc::clone(queue))).is_some()
    }

    /// Takes out a topic that nobody waits for any more; returns its number.
    pub(super) fn take_unused(&self) -> Option<i32> {
        let mut routes = self.lock();
        routes.iter_mut().for_each(|route| route.queues.retain(|queue| !queue.is_abandoned()));
        let unused = routes.iter().position(|route| route.queues.is_empty())?;
        Some(routes.remove(unused).callback_id)
    }

    /// No event will come any more.
    pub(super) fn end(&self, cause: &Error) {
        for route in self.lock().drain(..) {
            route.queues.iter().for_each(|queue| queue.end(cause));
        }
    }

    /// Never held across an await.
    fn lock(&self) -> MutexGuard<'_, Vec<Route>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number that events, and the replies to what asks for them, begin with.
fn callback_id(payload: &Bytes) -> Option<i32> {
    xdr::from_bytes(payload).ok()
}
