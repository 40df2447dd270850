//! Who wants to know what, and what has not been told yet. A client that does not read is given up: what waits for it is
//! bounded.

use std::collections::BTreeMap;
use std::task::{Context, Waker};

use bytes::BytesMut;
use virtwire_protocol::Event;
use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::network::{NetworkEventCallbackMetadataChange, NetworkEventLifecycle};
use virtwire_protocol::remote::{Network as Reference, OptText, Uuid};
use virtwire_protocol::service::{Answer, write_event};

use super::fault::{from, rpc};

/// Bytes of events that may wait for one client.
pub(super) const UNSENT_MAX: usize = 256 * 1024;

/// Events that one client may ask for.
const CALLBACKS_MAX: usize = 1024;

/// Kinds of events (`virNetworkEventID`).
const LIFECYCLE: i32 = 0;
const METADATA_CHANGE: i32 = 1;

/// What happened to a network (`virNetworkEventLifecycleType`).
#[derive(Clone, Copy, Debug)]
pub(super) enum Lifecycle {
    Defined = 0,
    Undefined = 1,
    Started = 2,
    Stopped = 3,
}

/// All clients, and what each asked for.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    clients: BTreeMap<u64, Listener>,
    next_client: u64,
    next_callback: i32,
}

#[derive(Debug, Default)]
struct Listener {
    callbacks: Vec<Callback>,
    unsent: BytesMut,
    /// It did not read for too long: some events are lost, and the connection with them.
    is_lost: bool,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Callback {
    id: i32,
    event: i32,
    /// Only this network's events.
    network: Option<Uuid>,
}

/// The client did not read its events.
#[derive(Debug)]
pub(super) struct Lost;

impl Listeners {
    /// Takes a client in; the number stands for it from then on.
    pub(super) fn enter(&mut self) -> u64 {
        self.next_client += 1;
        self.clients.insert(self.next_client, Listener::default());
        self.next_client
    }

    pub(super) fn leave(&mut self, client: u64) {
        self.clients.remove(&client);
    }

    /// Sends `client` the events of this kind from now on; returns the number that each of them will carry.
    pub(super) fn register(&mut self, client: u64, event: i32, network: Option<Uuid>) -> Answer<i32> {
        if !matches!(event, LIFECYCLE | METADATA_CHANGE) {
            let text = format!("unsupported network event ID {event}");
            return Err(rpc(code::INTERNAL_ERROR, text));
        }
        let listener = self.clients.entry(client).or_default();
        if listener.callbacks.len() >= CALLBACKS_MAX {
            let text = format!("more than {CALLBACKS_MAX} network event callbacks");
            return Err(rpc(code::INTERNAL_ERROR, text));
        }
        let is_same = |callback: &Callback| (callback.event, callback.network) == (event, network);
        if listener.callbacks.iter().any(is_same) {
            return Err(from(0, code::INVALID_ARG, "event callback already tracked"));
        }
        let id = self.next_callback;
        self.next_callback = self.next_callback.wrapping_add(1) & i32::MAX;
        listener.callbacks.push(Callback { id, event, network });
        Ok(id)
    }

    pub(super) fn deregister(&mut self, client: u64, id: i32) -> Answer<()> {
        let callbacks = self.clients.get_mut(&client).map(|listener| &mut listener.callbacks);
        let at =
            callbacks.as_ref().and_then(|callbacks| callbacks.iter().position(|callback| callback.id == id));
        match (callbacks, at) {
            (Some(callbacks), Some(at)) => {
                callbacks.remove(at);
                Ok(())
            }
            _ => {
                let text = format!("network event callback {id} not registered");
                Err(rpc(code::INTERNAL_ERROR, text))
            }
        }
    }

    pub(super) fn lifecycle(&mut self, net: &Reference, event: Lifecycle) {
        self.tell(LIFECYCLE, net, |callback_id| NetworkEventLifecycle {
            callback_id,
            net: net.clone(),
            event: event as i32,
            detail: 0,
        });
    }

    pub(super) fn metadata_change(&mut self, net: &Reference, r#type: i32, nsuri: &OptText) {
        self.tell(METADATA_CHANGE, net, |callback_id| NetworkEventCallbackMetadataChange {
            callback_id,
            net: net.clone(),
            r#type,
            nsuri: nsuri.clone(),
        });
    }

    fn tell<E: Event>(&mut self, event: i32, net: &Reference, message: impl Fn(i32) -> E) {
        for listener in self.clients.values_mut() {
            let is_wanted = |callback: &&Callback| {
                callback.event == event && callback.network.is_none_or(|network| network == net.uuid)
            };
            for callback in listener.callbacks.iter().filter(is_wanted) {
                let fits = listener.unsent.len() < UNSENT_MAX;
                listener.is_lost |=
                    !fits || write_event(&message(callback.id), &mut listener.unsent).is_err();
                if let Some(waker) = listener.waker.take() {
                    waker.wake();
                }
            }
        }
    }

    /// Moves what waits for `client` to `out`, and wakes the task when there is more.
    pub(super) fn take(&mut self, client: u64, cx: &Context<'_>, out: &mut BytesMut) -> Result<(), Lost> {
        let listener = self.clients.entry(client).or_default();
        if listener.is_lost {
            return Err(Lost);
        }
        out.unsplit(listener.unsent.split());
        listener.waker = Some(cx.waker().clone());
        Ok(())
    }

    /// Wakes the task of `client` when something happens, but leaves what waits where it is bounded.
    pub(super) fn watch(&mut self, client: u64, cx: &Context<'_>) -> Result<(), Lost> {
        let listener = self.clients.entry(client).or_default();
        listener.waker = Some(cx.waker().clone());
        if listener.is_lost { Err(Lost) } else { Ok(()) }
    }
}
