//! What a wire's handles and its task both know.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use super::routes::Routes;
use crate::error::Error;

#[derive(Debug)]
pub(super) struct Shared {
    /// Which of the connection's wires it is, counted from 1.
    pub(super) number: u64,
    /// The server has opened the connection, so it is to be closed politely.
    pub(super) is_open: AtomicBool,
    /// Why the wire ended, once it has.
    pub(super) cause: OnceLock<Error>,
    /// Where events go: the same for all wires of a connection.
    pub(super) routes: Arc<Routes>,
}

impl Shared {
    pub(super) fn new(routes: Arc<Routes>) -> Self {
        Self { number: routes.next_wire(), is_open: AtomicBool::new(false), cause: OnceLock::new(), routes }
    }
}
