//! Daemons that are reached over a network, by each transport that libvirt has.

mod addresses;
mod commands;
#[path = "../lab/mod.rs"]
mod lab;
mod looks;
mod ssh;
mod ssh_words;
mod sshd;
mod tcp;
