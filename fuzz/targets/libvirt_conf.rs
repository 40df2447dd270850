//! The text of a libvirt.conf: understood, written and understood again, it is the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::libvirt_conf(input));
