//! XML, as a tree and as a network: read, written and read again, it is the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::network_xml(input));
