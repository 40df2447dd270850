//! Daemons that are reached over a network, by each transport that libvirt has.

mod addresses;
#[path = "../lab/mod.rs"]
mod lab;
mod looks;
mod tcp;
