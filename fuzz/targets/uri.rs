//! A connection URI: understood, it is understood again as the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::uri(input));
