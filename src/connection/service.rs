//! Which wire serves a connection now, and waiting for the one that follows. Opens none itself.

use std::sync::Arc;

use tokio::time::timeout_at;
use virtwire_protocol::procedure::ProcedureInfo;

use super::Inner;
use super::wire::{Patience, Wire};
use crate::error::{Error, Result};

/// What serves a connection.
#[derive(Clone, Debug)]
pub(super) enum Service {
    /// This wire, and none after it.
    Once(Arc<Wire>),
    /// This wire, and once it is lost another one.
    Again(Arc<Wire>),
    /// Nothing any more, and why.
    Over(Error),
}

impl Inner {
    /// The wire that serves, or served last.
    pub(super) fn wire(&self) -> Result<Arc<Wire>> {
        match &*self.service.borrow() {
            Service::Once(wire) | Service::Again(wire) => Ok(Arc::clone(wire)),
            Service::Over(cause) => Err(cause.clone()),
        }
    }

    /// Whether another wire follows one that is lost.
    pub(super) fn is_followed(&self) -> bool {
        matches!(&*self.service.borrow(), Service::Again(_))
    }

    /// From now on this wire serves, unless none is wanted any more.
    pub(super) fn follow(&self, wire: Arc<Wire>) -> bool {
        self.replace(|_| Service::Again(wire))
    }

    /// No other wire follows.
    pub(super) fn follow_no_more(&self) {
        self.replace(Service::Once);
        self.routes.expect_successors(false);
    }

    /// No wire serves any more.
    pub(super) fn give_up(&self, cause: &Error) {
        self.replace(|_| Service::Over(cause.clone()));
    }

    /// Puts something in place of a wire that is to be followed; false where none is.
    fn replace(&self, next: impl FnOnce(Arc<Wire>) -> Service) -> bool {
        self.service.send_if_modified(|service| match service {
            Service::Again(wire) => {
                *service = next(Arc::clone(wire));
                true
            }
            Service::Once(_) | Service::Over(_) => false,
        })
    }

    /// The wire that serves once this one is lost.
    pub(super) async fn wire_after(
        &self,
        lost: &Arc<Wire>,
        info: &ProcedureInfo,
        patience: Patience,
    ) -> Result<Arc<Wire>> {
        let mut service = self.service.subscribe();
        let is_next = |service: &Service| !matches!(service, Service::Again(wire) if Arc::ptr_eq(wire, lost));
        let waited = timeout_at(patience.deadline, service.wait_for(is_next)).await.map(drop);
        waited.map_err(|_| {
            let what = format!("{} (waiting for the lost connection to be opened again)", info.name);
            Error::timeout(what, patience.within)
        })?;
        self.wire()
    }
}
