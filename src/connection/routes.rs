//! Which event goes to whom: a table of what the server was asked to tell, and of the queues that wait for it. Knows no
//! event's body beyond the number that each begins with.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use virtwire_protocol::frame::{Frame, Status};
use virtwire_protocol::remote::{PROGRAM, Uuid};
use virtwire_protocol::session::Outgoing;
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
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) topic: Topic,
    /// The call, to be made once more on the wire that follows a lost one.
    pub(crate) call: Outgoing,
    /// Who waits for it; none where a topic is asked for once more.
    pub(crate) queue: Option<Arc<Queue>>,
}

/// What the server was asked to tell, and who waits for it.
#[derive(Debug)]
struct Route {
    topic: Topic,
    call: Outgoing,
    /// The wire on which the server was asked, and what it calls it there; none once that wire is lost.
    served: Option<(u64, i32)>,
    queues: Vec<Arc<Queue>>,
}

/// The table: as long as the topics that users asked for, whatever the peer sends. It outlives a lost wire where another
/// one is to follow.
#[derive(Debug, Default)]
pub(super) struct Routes {
    routes: Mutex<Vec<Route>>,
    /// How many wires there have been.
    wires: AtomicU64,
    /// Another wire follows one that is lost.
    has_successors: AtomicBool,
}

impl Routes {
    pub(super) fn next_wire(&self) -> u64 {
        self.wires.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn expect_successors(&self, has_successors: bool) {
        self.has_successors.store(has_successors, Ordering::Relaxed);
    }

    /// The reply to a registration has come on this wire. Called before any later frame is looked at: the first events
    /// may have come together with it.
    pub(super) fn registered(&self, wire: u64, registration: Registration, reply: &Frame) {
        let Registration { topic, call, queue } = registration;
        let (Status::Ok, Some(id)) = (reply.header.status, callback_id(&reply.payload)) else { return };
        let served = Some((wire, id));
        let mut routes = self.lock();
        if let Some(route) = routes.iter_mut().find(|route| route.topic == topic) {
            route.served = served;
            route.queues.iter().for_each(|queue| queue.goes_on());
            route.queues.extend(queue);
        } else {
            // Also where nobody waits any more: the server takes no topic twice.
            routes.push(Route { topic, call, served, queues: Vec::from_iter(queue) });
        }
    }

    /// Gives an event of this wire to those who wait for it; it costs next to nothing where nobody does.
    pub(super) fn deliver(&self, wire: u64, event: &Frame) {
        let Some(id) = callback_id(&event.payload).filter(|_| event.header.prog == PROGRAM.number) else {
            return;
        };
        let mut copy = None;
        for route in self.lock().iter() {
            if (route.topic.procedure, route.served) != (event.header.proc, Some((wire, id))) {
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

    /// Takes out a topic of this wire that nobody waits for any more; returns its number there.
    pub(super) fn take_unused(&self, wire: u64) -> Option<i32> {
        let mut routes = self.lock();
        routes.iter_mut().for_each(|route| route.queues.retain(|queue| !queue.is_abandoned()));
        // What no wire serves need not be told to any.
        routes.retain(|route| !(route.queues.is_empty() && route.served.is_none()));
        let is_unused =
            |route: &Route| route.queues.is_empty() && route.served.is_some_and(|(of, _)| of == wire);
        let unused = routes.iter().position(is_unused)?;
        routes.remove(unused).served.map(|(_, id)| id)
    }

    /// What is to be asked for once more, on the wire that follows.
    pub(super) fn unserved(&self) -> Vec<Registration> {
        let routes = self.lock();
        let unserved = routes.iter().filter(|route| route.served.is_none());
        unserved
            .map(|route| Registration { topic: route.topic, call: route.call.clone(), queue: None })
            .collect()
    }

    /// This topic is told no more, and why.
    pub(super) fn refused(&self, topic: Topic, cause: &Error) {
        let mut routes = self.lock();
        for route in routes.iter().filter(|route| route.topic == topic) {
            route.queues.iter().for_each(|queue| queue.end(cause));
        }
        routes.retain(|route| route.topic != topic);
    }

    /// The wire ended: those who wait hear it now, or of a gap once another wire serves.
    pub(super) fn lost(&self, cause: &Error) {
        if !self.has_successors.load(Ordering::Relaxed) {
            return self.end(cause);
        }
        for route in self.lock().iter_mut() {
            route.served = None;
            route.queues.iter().for_each(|queue| queue.stops(cause));
        }
    }

    /// No event will come any more.
    pub(super) fn end(&self, cause: &Error) {
        for route in self.lock().drain(..) {
            route.queues.iter().for_each(|queue| queue.end(cause));
        }
    }

    /// Never held across an await.
    fn lock(&self) -> MutexGuard<'_, Vec<Route>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number that events, and the replies to what asks for them, begin with.
fn callback_id(payload: &Bytes) -> Option<i32> {
    xdr::from_bytes(payload).ok()
}
