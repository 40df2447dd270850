//! The libvirt client that needs no libvirt.

#[cfg(feature = "testdaemon")]
pub mod testdaemon;
#[cfg(feature = "xml")]
pub mod xml;
