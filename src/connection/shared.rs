//! What a connection's handles and its task both know.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use super::routes::Routes;
use crate::error::Error;

#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The server has opened the connection, so it is to be closed politely.
    pub(super) is_open: AtomicBool,
    /// Why the connection ended, once it has.
    pub(super) cause: OnceLock<Error>,
    /// Where events go.
    pub(super) routes: Routes,
}
