//! The libvirt client that needs no libvirt.

#[cfg(feature = "xml")]
pub mod xml;
