//! What the targets assert, compiled once for all of them. Each is a module of some crate's tests, which plain `cargo test`
//! runs over the committed corpus as well.

#![allow(dead_code, reason = "some checks are shared with tests that use more of them")]

#[path = "../../tests/client_checks/mod.rs"]
mod client_checks;
#[path = "../../tests/daemon_checks/mod.rs"]
mod daemon_checks;
#[path = "../../protocol/tests/differential_checks/mod.rs"]
mod differential_checks;
#[path = "../../tests/filled/mod.rs"]
mod filled;
#[path = "../../protocol/tests/frame_payload_checks/mod.rs"]
mod frame_payload_checks;
#[path = "../../protocol/tests/procedure_checks/mod.rs"]
mod procedure_checks;
#[path = "../../protocol/tests/registry/mod.rs"]
mod registry;
#[path = "../../protocol/tests/session_checks/mod.rs"]
mod session_checks;
#[path = "../../tests/text_checks/mod.rs"]
mod text_checks;
#[path = "../../protocol/tests/walk/mod.rs"]
mod walk;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

macro_rules! targets {
    ($($(#[$meta:meta])* $name:ident = $check:path;)*) => {$(
        $(#[$meta])*
        pub fn $name(input: &[u8]) {
            $check(input);
        }
    )*};
}

targets! {
    /// Every type, from the same payload.
    xdr = frame_payload_checks::check;
    /// A client's session, in any pieces.
    session = session_checks::check;
    /// One procedure's arguments, reply or event.
    procedures = procedure_checks::check;
    /// Our codec beside another's.
    differential = differential_checks::check;
    /// The whole client, whatever its server does.
    client = client_checks::check;
    /// The in-memory hypervisor, whatever its client sends.
    daemon = daemon_checks::check;
    /// A connection URI.
    uri = text_checks::uri;
    /// The text of a libvirt.conf.
    libvirt_conf = text_checks::libvirt_conf;
    /// The text of an auth.conf.
    auth_conf = virtwire::fuzzing::auth_conf;
    /// SASL's mechanisms but GSSAPI, and their layers.
    sasl = virtwire::fuzzing::sasl;
    /// GSSAPI, its layer, and the files and answers of Kerberos.
    gssapi = virtwire::fuzzing::gssapi;
    /// A network's XML.
    network_xml = text_checks::network_xml;
}
