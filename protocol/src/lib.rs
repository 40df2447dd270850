//! libvirt protocol without I/O.
