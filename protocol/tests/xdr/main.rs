//! The codec and every declared message: against literal bytes, against another implementation of XDR, and against
//! bytes that are malformed.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;
mod literal;
mod malformed;
mod oracle;
mod properties;
#[path = "../registry/mod.rs"]
mod registry;
#[path = "../walk/mod.rs"]
mod walk;
