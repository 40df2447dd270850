//! The libvirt client that needs no libvirt.
