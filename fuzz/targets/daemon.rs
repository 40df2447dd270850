//! The in-memory hypervisor fed with an arbitrary client's bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::daemon(input));
