//! The in-memory hypervisor, over real frames: by hand, by virsh and libvirt-python, and by clients that mean harm.

#![cfg(feature = "testdaemon")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails where it should"
)]

mod domains;
mod events;
mod hostile;
mod networks;
mod opening;
mod parts;
mod peer;
mod real_clients;
